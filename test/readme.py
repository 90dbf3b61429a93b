"""The C++ programs in README.md build with the host's flags and print what the block after each says."""
import pathlib
import re
import subprocess
import tempfile

import host_build

text = (host_build.root / 'README.md').read_text()
blocks = re.findall(r'^```(\w*)\n(.*?)^```$', text, re.M | re.S)
failures = []
programs = 0
with tempfile.TemporaryDirectory() as folder:
    for (language, source), (next_language, expected) in zip(blocks, [*blocks[1:], ('', '')]):
        if language != 'cpp' or 'int main(' not in source:
            continue
        programs += 1
        for compiler in host_build.compilers:
            program = pathlib.Path(folder) / 'example'
            if words := host_build.compile(compiler, source, '-std=c++20', '-o', str(program)):
                failures.append(f'{compiler}: {words}')
                continue
            done = subprocess.run([program], capture_output=True, text=True)
            if done.returncode != 0 or (next_language == 'text' and done.stdout != expected):
                failures.append(f'{compiler}: exit code {done.returncode}, it printed:\n{done.stdout}instead of:\n{expected}')
if not programs:
    failures.append('README.md has no program to try')
host_build.finish(failures, f'{programs} programs of README.md')
