"""Machines of 32 bits and of the other byte order: the golden files are written there, byte for byte, and the seeds of the
fuzzers are read, merged and resolved. Each is tried where its compiler is (g++-12-multilib; g++-12-s390x-linux-gnu and
qemu-user)."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent
golden = root / 'test' / 'golden'
# What is not the compiler's own comes from the machine that this runs on.
flags = ['-std=c++20', '-O1', '-fno-exceptions', '-fno-rtti', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wsign-conversion', '-Wshadow', '-Werror',
         f'-I{root}/include', '-static']
platforms = {
    'i386': (['g++-12', 'g++'], ['-m32', '-idirafter', '/usr/include/x86_64-linux-gnu'], []),
    's390x': (['s390x-linux-gnu-g++-12', 's390x-linux-gnu-g++'], ['-idirafter', '/usr/include'], ['qemu-s390x']),
}
replays = ['round_trip', 'merge', 'resolve_export']


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    return '' if done.returncode == 0 else f'status {done.returncode} from {" ".join(map(str, command))}:\n{(done.stdout + done.stderr)[-1500:]}'


def builds(compiler, own, folder):
    source = folder / 'nothing.cpp'
    source.write_text('#include <string>\nint main() { return static_cast<int>(std::string().size()); }\n')
    return not run(compiler, *own, '-std=c++20', '-static', source, '-o', folder / 'nothing')


def check(name, compiler, own, runner, folder):
    writer = folder / 'make'
    if words := run(compiler, *flags, *own, golden / 'make.cpp', '-o', writer):
        yield words
        return
    for version in '134':
        made = subprocess.run([*runner, writer, version], capture_output=True).stdout
        if made != (golden / f'v{version}.bmes').read_bytes():
            yield f'v{version}.bmes has other bytes than in {golden}'
    counter = folder / 'work.o'
    if words := run(compiler, *flags, *own, '-c', root / 'test' / 'work.cpp', '-o', counter):
        yield words
        return
    for target in replays:
        program = folder / target
        objects = []
        for source, more in ((root / 'fuzz' / f'{target}.cpp', ['-fsanitize-coverage=trace-pc']), (root / 'fuzz' / 'replay_main.cpp', ['-fexceptions'])):
            objects.append(folder / f'{source.stem}.o')
            if words := run(compiler, *flags, *own, *more, '-c', source, '-o', objects[-1]):
                yield words
                return
        wraps = [f'-Wl,--wrap={symbol}' for symbol in ('__sanitizer_cov_trace_pc', '_Znwm', '_ZSt11_Hash_bytesPKvmm')]
        yield run(compiler, *own, '-static', *wraps, *objects, counter, '-o', program) or \
            run(*runner, program, '--whole', root / 'fuzz' / 'seeds', root / 'fuzz' / 'crashes')


tried, failures = [], []
for name, (compilers, own, runner) in platforms.items():
    compiler = next((c for c in compilers if shutil.which(c)), None)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if not compiler or (runner and not shutil.which(runner[0])) or not builds(compiler, own, folder):
            continue
        tried.append(name)
        failures += [f'{name}: {words}' for words in check(name, compiler, own, runner, folder) if words]
for failure in failures:
    print(failure, file=sys.stderr)
if not tried:
    print('no compiler for another platform')
    sys.exit(77)  # Meson: skipped
print(f'{", ".join(tried)}: {len(failures)} failed')
sys.exit(1 if failures else 0)
