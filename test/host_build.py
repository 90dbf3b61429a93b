"""Compiling a source as a host would: what the headers promise to build with, warnings as errors."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
include = root / 'include'
headers = sorted(include.rglob('*.hpp'))
flags = ['-fno-exceptions', '-fno-rtti', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wsign-conversion', '-Wshadow',
         '-Werror', f'-I{include}']
compilers = ['g++', 'clang++-14', 'clang++-19']  # scripts/setup installs all of them


def compile(compiler, source, *more):
    """Compiles `source`, a text; gives the compiler's words if it refuses."""
    done = subprocess.run([compiler, *flags, *more, '-x', 'c++', '-'], input=source, capture_output=True, text=True)
    return '' if done.returncode == 0 else done.stderr or 'the compiler gave no reason'


def each(function, items):
    """function(*item) for all items, as many at once as there are cores; gives (item, answer) in order."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(zip(items, pool.map(lambda item: function(*item), items)))


def finish(failures, what):
    for failure in failures:
        print(failure, file=sys.stderr)
    if not compilers:
        print('no compiler to try')
        sys.exit(77)  # Meson: skipped
    print(f'{what}: {len(failures)} failed, with {", ".join(compilers)}')
    sys.exit(1 if failures else 0)
