"""What holds for every header of include/: short, ASCII, without what a host can't have, and in one line of
dependence. Each rule has its reason in docs/design.md."""
import re
import sys

import host_build

forbidden = re.compile(r'\b(reinterpret_cast|const_cast|dynamic_cast|memcpy|memmove|new|delete(?!;)|throw|try|catch|std::cout|std::cerr|printf'
                       r'|malloc|free|typeid)\b')
# `= delete` declares; a destructor of an interface is no allocation.
allowed = re.compile(r'= delete;')
failures = []
includes = {}
for path in host_build.headers:
    name = str(path.relative_to(host_build.include))
    raw = path.read_bytes()
    try:
        lines = raw.decode('ascii').splitlines()
    except UnicodeDecodeError as e:
        failures.append(f'{name}: byte {e.start} is not ASCII')
        continue
    if not lines or lines[0] != '#pragma once':
        failures.append(f'{name}: the first line is not #pragma once')
    if len(lines) > 300:
        failures.append(f'{name}: {len(lines)} lines, at most 300')
    if not raw.endswith(b'\n') or b'\r' in raw:
        failures.append(f'{name}: lines end with LF, the last one too')
    for number, line in enumerate(lines, 1):
        code = allowed.sub('', re.sub(r'"(\\.|[^"\\])*"', '""', line.split('//')[0]))
        if found := forbidden.search(code):
            failures.append(f'{name}:{number}: {found[0]}')
        if len(line) > 150:
            failures.append(f'{name}:{number}: {len(line)} characters, at most 150')
    includes[name] = re.findall(r'^#include <(bmes/.*)>$', '\n'.join(lines), re.M)
    if '#include "' in '\n'.join(lines):
        failures.append(f'{name}: headers are included with <>')


def find_cycle(name, above):
    if name in above:
        return [*above[above.index(name):], name]
    for included in includes.get(name, []):
        if cycle := find_cycle(included, [*above, name]):
            return cycle
    return None


for name in includes:
    if cycle := find_cycle(name, []):
        failures.append(f'include cycle: {" > ".join(cycle)}')
        break
for failure in failures:
    print(failure, file=sys.stderr)
print(f'{len(includes)} headers: {len(failures)} failures')
sys.exit(1 if failures else 0)
