"""docs/vendoring.md works as written: each of its blocks is run in a fresh folder with a copy of
examples/host, and the hosts it builds say of a golden file what they should. The compilers refuse every warning."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import host_build

golden = host_build.root / 'test/golden/v4.bmes'
expected = '''3 modules
/app/data.json
/app/main.mjs (entry)
  ./x.mjs -> /app/x.mjs
  ./data.json -> /app/data.json
  ./late.mjs -> ?
  ./source.wasm -> ?
/app/x.mjs
  ./main.mjs -> /app/main.mjs
'''
refused = 'truncated at 8 in header.file_size\n'
strict = '-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror'
# What each way builds, in the order of the document; a way that is added there belongs here.
ways = {'A copy of the headers': ['host'], 'One header': ['host'], 'Meson': ['build/host', 'build/host_c'],
        'Installation, and pkg-config': ['host', 'host_c'], 'CMake': ['build/host', 'build/host_c']}
failures = []

blocks = re.findall(r'^```sh\n# (.*?)\n(.*?)^```$', (host_build.root / 'docs/vendoring.md').read_text(), re.M | re.S)
if [re.split(r'[:(]', title)[0].strip() for title, _ in blocks] != list(ways):
    sys.exit(f'docs/vendoring.md shows {[title for title, _ in blocks]}, and this test knows {list(ways)}')


def run(folder, command, environment):
    done = subprocess.run(command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


with tempfile.TemporaryDirectory() as top:
    top = pathlib.Path(top)
    tree = top / 'bmes'
    shutil.copytree(host_build.root, tree, ignore=shutil.ignore_patterns('build*', 'node_modules', '.git', 'corpus'))
    (top / 'bin').mkdir()
    for name, compiler in (('c++', 'g++'), ('cc', 'gcc')):
        wrapper = top / 'bin' / name
        wrapper.write_text(f'#!/bin/sh\nexec {compiler} {strict} "$@"\n')
        wrapper.chmod(0o755)
    (top / 'damaged.bmes').write_bytes(golden.read_bytes()[:-1])
    # A build around this one must not show through: its flags, its compilers, its own installations.
    environment = {name: value for name, value in os.environ.items()
                   if not re.match(r'(C|CXX|CPP|LD)FLAGS$|CPATH$|PKG_CONFIG|CMAKE|DESTDIR|MESON|NINJA', name)}
    environment |= {'BMES': str(tree), 'PREFIX': str(top / 'prefix'), 'CC': 'gcc', 'CXX': 'g++',
                    'PATH': f'{top / "bin"}:{os.environ["PATH"]}'}

    def follow(title, commands, programs):
        """What went wrong on one of the ways."""
        folder = top / re.sub(r'\W+', '-', title)
        shutil.copytree(host_build.root / 'examples/host', folder)
        code, words = run(folder, ['sh', '-eu', '-c', commands], environment)
        if code != 0:
            return [f'{title}: exit code {code}\n{words}']
        wrong = []
        for program in programs:
            for file, what in ((golden, (0, expected)), (top / 'damaged.bmes', (1, refused))):
                if (said := run(folder, [folder / program, file], environment)) != what:
                    wrong.append(f'{title}: {program} {file.name} gave {said}')
        return wrong

    ways = [(title, commands, programs) for (title, commands), programs in zip(blocks, ways.values())]
    # The last way starts where the one before it ends.
    after_another = [lambda way=way: follow(*way) for way in ways[:-2]] + [lambda: follow(*ways[-2]) + follow(*ways[-1])]
    for _, wrong in host_build.each(lambda do: do(), [(do,) for do in after_another]):
        failures += wrong
    prefix = top / 'prefix'
    installed = {str(path.relative_to(prefix)) for path in prefix.rglob('*') if not path.is_dir()}
    for path in host_build.include.rglob('*.h*'):
        if (name := f'include/{path.relative_to(host_build.include)}') not in installed:
            failures.append(f'{name} is not installed')
    configured = [folder.parent for folder in top.glob('*/build/meson-info')]
    if len(configured) != 2:
        failures.append(f'Meson configured {configured}, and two ways use it')
    for build in configured:
        _, options = run(top, ['meson', 'introspect', '--buildoptions', build], environment)
        if not any((option['name'], option['value']) == ('buildtype', 'release') for option in json.loads(options)):
            failures.append(f'{build.parent.name}: who asks for nothing gets a build without optimisation')
    if 'lib/pkgconfig/bmes-c.pc' in installed and 'Requires' in (prefix / 'lib/pkgconfig/bmes-c.pc').read_text():
        failures.append('hosts in C are asked for what only the headers need')
    if strangers := [name for name in installed if not re.match(r'include/bmes|lib/(libbmes|pkgconfig/bmes|cmake/bmes)', name)]:
        failures.append(f'installed besides: {strangers}')

for failure in failures:
    print(failure, file=sys.stderr)
print(f'{len(blocks)} ways: {len(failures)} failures')
sys.exit(1 if failures else 0)
