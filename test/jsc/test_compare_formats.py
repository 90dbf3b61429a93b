"""bench/compare-formats runs, with the least there is to measure: test_compare_formats.py COMMAND. Skipped where what it compares
with is not installed (scripts/setup bench)."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent.parent
libraries = ['flatbuffers', 'capnp', 'protobuf', 'benchmark', 'libxxhash']
there = subprocess.run(['pkg-config', '--exists', *libraries]).returncode == 0
if not there or not all(shutil.which(tool) for tool in ('flatc', 'capnp', 'protoc')):
    print('other formats are not installed')
    sys.exit(77)  # Meson: skipped
with tempfile.TemporaryDirectory() as folder:
    done = subprocess.run([root / 'bench' / 'compare-formats', '--bmes', sys.argv[1], '--build', folder, '--repetitions', '1', '--seconds', '0.001'],
                          capture_output=True, text=True)
good = done.returncode == 0 and 'the same in all formats' in done.stdout
if not good:
    print(done.stdout, done.stderr, file=sys.stderr)
sys.exit(0 if good else 1)
