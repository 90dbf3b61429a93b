"""The single header builds alone with the host's flags and every compiler, and a host that uses it does the same as with
the headers. It holds every header that format.hpp includes, and no include of another."""
import pathlib
import re
import subprocess
import tempfile

import host_build

failures = []
script = host_build.root / 'scripts/single-header'
text = subprocess.run([script], text=True, capture_output=True, check=True).stdout
if re.search(r'#include <bmes/|#include "', text) or text.count('#pragma once') != 1:
    failures.append('it includes headers of bmes')
if len(parts := re.findall(r'^// ---- (bmes/.*)$', text, re.M)) < 20 or 'bmes/format.hpp' not in parts:
    failures.append(f'it holds only {parts}')
host = (host_build.root / 'examples/host/host.cpp').read_text()
golden = host_build.root / 'test/golden/v4.bmes'

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    subprocess.run([script, folder / 'bmes_single.hpp'], check=True)
    if (folder / 'bmes_single.hpp').read_text() != text:
        failures.append('the file is another one than what goes to standard output')
    # Alone: the folder of the headers is not where the compiler looks.
    host_build.flags = [flag for flag in host_build.flags if flag != f'-I{host_build.include}']

    def alone(compiler, standard):
        return host_build.compile(compiler, text.replace('#pragma once', ''), '-fsyntax-only', f'-std={standard}')

    def compare(compiler, number):
        said = []
        for kind, where in (('single', folder), ('headers', host_build.include)):
            program = folder / f'{kind}{number}'
            if words := host_build.compile(compiler, host, '-std=c++20', f'-I{where}', '-o', str(program)):
                return words
            done = subprocess.run([program, golden], text=True, capture_output=True)
            said.append((done.returncode, done.stdout))
        return '' if said[0] == said[1] and said[0][0] == 0 and 'main.mjs' in said[0][1] else f'they say {said}'

    tried = host_build.each(alone, [(compiler, standard) for compiler in host_build.compilers for standard in ('c++20', 'c++2b')])
    tried += host_build.each(compare, [(compiler, number) for number, compiler in enumerate(host_build.compilers)])
failures += [f'{compiler} {what}: {words}' for (compiler, what), words in tried if words]
host_build.finish(failures, f'{len(tried)} builds')
