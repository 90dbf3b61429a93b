"""bmes.h builds alone as C and as C++ with every compiler, its codes are those of docs/format.md, and the shared library
exports what it declares and needs the C library only: c_library.py LIBRARY."""
import re
import subprocess
import sys

import host_build

header = host_build.include / 'bmes.h'
library = sys.argv[1]
text = header.read_bytes().decode('ascii')
code = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
failures = []

if len(text.splitlines()) > 300:
    failures.append('bmes.h has more than 300 lines')
if defined := set(re.findall(r'^#define (\w+)', code, re.M)) - {'BMES_H', 'BMES_NONE'}:
    failures.append(f'bmes.h defines {defined}')

warnings = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Werror', '-fsyntax-only', f'-I{host_build.include}']
builds = [(compiler.replace('clang++', 'clang').replace('g++', 'gcc'), 'c', standard)
          for compiler in host_build.compilers for standard in ('c99', 'c11')]
builds += [(compiler, 'c++', 'c++20') for compiler in host_build.compilers]
for compiler, language, standard in builds:
    done = subprocess.run([compiler, *warnings, f'-std={standard}', '-x', language, '-'], text=True, capture_output=True,
                          input='#include <bmes.h>\n#include <bmes.h>\nint main(void) { return bmes_error_name(0) == 0; }\n')
    if done.returncode != 0:
        failures.append(f'{compiler} -std={standard}: {done.stderr or "the compiler gave no reason"}')

specified = {name.upper(): int(number) for number, name in
             re.findall(r'^\| (\d+) \| `(\w+)` \| (?:malformed|stale|misuse) \|', (host_build.root / 'docs/format.md').read_text(), re.M)}
declared = {name: int(number) for name, number in re.findall(r'\bBMES_(\w+) = (\d+)', code)}
for name, number in specified.items():
    if declared.get(name) != number:
        failures.append(f'error {number} is BMES_{name} in docs/format.md, and {declared.get(name)} in bmes.h')
if not specified:
    failures.append('docs/format.md has no table of errors')

functions = set(re.findall(r'\b(bmes_\w+)\(', code))
symbols = subprocess.run(['nm', '-D', '--defined-only', '--format=posix', library], text=True, capture_output=True, check=True).stdout
exported = {line.split()[0] for line in symbols.splitlines()}
if functions != exported or not functions:
    failures.append(f'declared and not exported: {functions - exported}; exported and not declared: {exported - functions}')
dynamic = subprocess.run(['readelf', '-d', library], text=True, capture_output=True, check=True).stdout
needed = re.findall(r'\(NEEDED\).*\[(.*)\]', dynamic)
if strangers := [name for name in needed if not re.match(r'(libc|libm|ld-linux.*)\.so', name)]:
    failures.append(f'the library needs {strangers}')
if not re.search(r'\(SONAME\).*\[libbmes\.so\.\d+\]', dynamic):
    failures.append('the library has no SONAME with a version')
host_build.finish(failures, f'{len(functions)} functions, {len(builds)} builds')
