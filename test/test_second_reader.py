"""The reader that was written from docs/format.md alone and the `bmes` command agree about every file: whether it is one, what breaks it and where,
and all that it holds. usage: test_second_reader.py BMES"""
import collections
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import time

import lz4
import second_reader
import xxh3

root = pathlib.Path(__file__).resolve().parents[1]
bmes = pathlib.Path(sys.argv[1]).resolve()
chance = random.Random(4)
counts = collections.Counter()
failures = []
SECTIONS = {kind: second_reader.Section(*section) for kind, section in second_reader.SECTIONS.items()}
# Those of the document's section 10 that a file can be refused with.
CODES = ('truncated', 'trailing_bytes', 'bad_magic', 'bad_value', 'bad_count', 'bad_offset', 'bad_index', 'bad_order', 'bad_padding', 'bad_utf8',
         'bad_checksum', 'unsupported_version', 'unsupported_section')
LAST_REQUIRED = 14
HEADER, DIRECTORY = second_reader.layout(second_reader.HEADER), second_reader.layout(second_reader.SECTION)


class Parts:
    """A file of version 4 in parts, to change them and to make the checksums right again."""

    def __init__(self):
        self.header = [0, 0]  # flags, entry
        self.sections = []    # [kind, flags, record size, bytes]

    def copy(self):
        out = Parts()
        out.header, out.sections = list(self.header), [[*section[:3], bytearray(section[3])] for section in self.sections]
        return out

    def find(self, kind):
        return next((section for section in self.sections if section[0] == kind), None)

    def put(self, kind, content, record_size=None, flags=1):
        self.sections.append([kind, flags, record_size or SECTIONS[kind].record_size, bytearray(content)])
        self.sections.sort(key=lambda section: section[0])

    def make_blobs_right(self):
        blobs, payload = self.find(11), self.find(14)
        if blobs and payload:
            for at in range(0, len(blobs[3]) - 31, 32):
                offset, size = struct.unpack_from('<QQ', blobs[3], at)
                if offset + size <= len(payload[3]):
                    blobs[3][at + 16:at + 32] = xxh3.xxh3_128(bytes(payload[3][offset:offset + size]))

    def pack(self):
        at, directory, body = 64 + 40 * len(self.sections), b'', b''
        start = at
        for kind, flags, record_size, content in self.sections:
            body += bytes(-at % (128 if kind == 14 else 8))
            at = start + len(body)
            checksum = 0 if kind == 14 else xxh3.xxh3_64(bytes(content))
            directory += struct.pack('<IIQQIIQ', kind, flags, at, len(content), record_size, len(content) // max(record_size, 1), checksum)
            body += content
            at = start + len(body)
        header = struct.pack('<IIQQIIII24x', 0x424D4553, 4, at, 0, 64, self.header[0], len(self.sections), self.header[1])
        return sealed(bytearray(header + directory + body))


def sealed(data):
    """With the header's checksum made right."""
    end = 64 + 40 * int.from_bytes(data[32:36], 'little')
    data[16:24] = xxh3.xxh3_64(bytes(data[24:end])).to_bytes(8, 'little')
    return bytes(data)


def rich():
    """A small file of version 4 with every section and more than one record in most."""
    texts = sorted(t.encode() for t in ['', '*default*', './x', '/a.mjs', '/b.mjs', '/dir', '/f', 'a', 'b', 'default', 'engine', 'json', 'type',
                                        'with', '\u00e9', '\u6f22', '\U0001f600'])
    s = {t.decode(): i for i, t in enumerate(texts)}
    ends, at = [], 0
    for t in texts:
        at += len(t)
        ends.append(at | t.isascii() << 31)
    blobs = [b'text', b'bytecode one', bytes(range(200)), b'\xff']
    payload, records = b'', b''
    for blob in blobs:
        payload += bytes(-len(payload) % 128)
        records += struct.pack('<QQ', len(payload), len(blob)) + xxh3.xxh3_128(blob)
        payload += blob
    none, default, namespace = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

    def words(*rows):
        return b''.join(struct.pack(f'<{len(row)}I', *row) for row in rows)

    file = Parts()
    file.header = [0, 1]
    file.put(1, words(ends)), file.put(2, b''.join(texts))
    file.put(3, b''.join(struct.pack('<IIQ16sQQ9I', url, flags, size, bytes([size] * 16), 5, 1795380415884622629, *rest)
                         for url, flags, size, *rest in [(s['/a.mjs'], 15, 9, 0, 0, 0, 0, 0, 0, 0, 9, 0),
                                                         (s['/b.mjs'], 4, 1, 5, 2, 2, 3, 1, 4, 2, 1, none)]))
    file.put(4, words((s['./x'], 0, 0, 1), (s['a'], 1, 2, none), (s['./x'], 2, 2, 0)))
    file.put(5, words((s['type'], s['json']), (s['with'], s['']), (s['type'], s['type'])))
    file.put(6, words((1, s['./x'], s['a'], s['a']), (2, s['./x'], namespace, s['\u00e9']), (0, s['./x'], s['*default*'], s['\u6f22'])))
    file.put(7, words((0, s['a'], none, default), (1, s['b'], s['./x'], s['']), (2, s['default'], s['./x'], none), (0, s['b'], none, s['*default*'])))
    file.put(8, words((s['b'],), (s['a'],)))
    file.put(9, words((s['a'], 0x3FFF), (s['b'], 5), (s['a'], 0x80000001), (default, 0x80000000), (namespace, 2), (s['b'], 0x80000008)))
    file.put(10, b''.join(struct.pack('<16sI', bytes([n] * 16), s['engine']) for n in (1, 2)))
    file.put(11, records), file.put(12, words((0, 1), (1, 2), (1, 3))), file.put(14, payload)
    file.put(13, b''.join(struct.pack('<IIQ16sQQ', path, kind, size, bytes([size] * 16), size, size) for path, kind, size in [
        (s['/dir'], 2, 0), (s['/f'], 1, 7), (s['type'], 0, 0)]))
    file.put(15, struct.pack('<10Q', 1, 2, 1 << 63, 4, 0, 0, 1, 1 << 63, 0, 0), flags=0)
    return file


# Damage. Each gives names and bytes.

def prefixes(data, step):
    for n in range(0, len(data), step):
        yield f'first {n} bytes', data[:n]


def changed_bytes(data, step):
    for i in range(0, len(data), step):
        for value in {data[i] ^ 1 << chance.randrange(8), 0, 0xFF} - {data[i]}:
            yield f'byte {i} is {value}', data[:i] + bytes([value]) + data[i + 1:]


def values_near(value, size, more=()):
    return sorted({n & (1 << 8 * size) - 1 for n in (0, 1, 2, 3, 6, value - 1, value + 1, value ^ 1 << 31, (1 << 31) - 1, 1 << 31, -1, -2, -3,
                                                     1 << 8 * size - 1, *more)} - {value})


def header_edits(data):
    """Fields of the header and of the directory; all but the header's own checksum is right afterwards."""
    fields = [(field.at, field.size) for field in HEADER.values()]
    for i in range(int.from_bytes(data[32:36], 'little')):
        fields += [(64 + 40 * i + field.at, field.size) for field in DIRECTORY.values()]
    for at, size in fields:
        for value in values_near(int.from_bytes(data[at:at + size], 'little'), size):
            out = bytearray(data)
            out[at:at + size] = value.to_bytes(size, 'little')
            yield f'{size} bytes at {at} are {value}', sealed(out) if at != 16 else bytes(out)


def place_of(kind, row, field):
    at, size = SECTIONS[kind].layout[field][2:]
    at += row * SECTIONS[kind].record_size
    return slice(at, at + size)


def with_field(file, kind, row, field, value):
    out, place = file.copy(), place_of(kind, row, field)
    out.find(kind)[3][place] = value.to_bytes(place.stop - place.start, 'little')
    return out


def values_for(file, kind, row, field):
    place, rows = place_of(kind, row, field), [len(content) // size for kind, _, size, content in file.sections if kind < 14]
    return values_near(int.from_bytes(file.find(kind)[3][place], 'little'), place.stop - place.start, rows)


def places(file):
    return [(kind, row, field) for kind, _, record_size, content in file.sections
            for row in range(len(content) // record_size) for field in SECTIONS[kind].layout]


def field_edits(file):
    for kind, row, field in places(file):
        for new in values_for(file, kind, row, field):
            yield f'{SECTIONS[kind].name} {row}, {field} is {new:#x}', with_field(file, kind, row, field, new).pack()


def several_edits(file, times):
    """What breaks several rules shows the order in which they are applied."""
    everywhere = places(file)
    for _ in range(times):
        out, what = file.copy(), []
        for kind, row, field in chance.sample(everywhere, chance.randrange(2, 5)):
            new = chance.choice([*values_for(file, kind, row, field), *range(8)])
            out = with_field(out, kind, row, field, new)
            what.append(f'{SECTIONS[kind].name} {row}, {field} is {new:#x}')
        if chance.random() < 0.2:
            out.header[chance.randrange(2)] = chance.randrange(4)
            what.append('header')
        data = out.pack()
        if chance.random() < 0.3:
            at = chance.randrange(24, len(data))
            data, what = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:], [*what, f'byte {at}']
            if at < 64 + 40 * len(out.sections):
                data = sealed(bytearray(data))
        yield '; '.join(what), data


def bytes_at_once(data, start, times):
    """Two or three bytes, and no checksum made right: which section, which blob and which rule is reported shows the order."""
    for _ in range(times):
        out, at = bytearray(data), sorted(chance.randrange(start, len(data)) for _ in range(chance.randrange(2, 4)))
        for i in at:
            out[i] ^= 1 << chance.randrange(8)
        yield f'bytes {at}', bytes(out[:chance.choice((len(data), len(data), at[-1] + 1))])


def text_edits(file):
    """Bytes of the text, and of the payloads with their checksums."""
    for kind in (2, 14):
        for at in range(len(file.find(kind)[3])):
            for value in (0, 0x41, 0x80, 0xBF, 0xC1, 0xC3, 0xE0, 0xED, 0xF0, 0xF4, 0xFF)[::1 if kind == 2 else 5]:
                out = file.copy()
                out.find(kind)[3][at] = value
                out.make_blobs_right()
                yield f'{SECTIONS[kind].name} {at} is {value:#x}', out.pack()


def shape_edits(file):
    """Sections without some of their rows, with more, with none, in another order, unknown ones; bytes between and after them."""
    for i, (kind, _, record_size, content) in enumerate(file.sections):
        for what in ('gone', 'cut', 'longer', 'doubled', 'first', 'optional', 'odd'):
            out = file.copy()
            section = out.sections[i]
            if what == 'gone':
                del out.sections[i]
            elif what == 'cut':
                del section[3][-record_size:]
            elif what == 'longer':
                section[3] += section[3][-record_size:]
            elif what == 'doubled':
                out.sections.insert(i, section)
            elif what == 'first':
                out.sections.insert(0, out.sections.pop(i))
            elif what == 'optional':
                section[1] = 0
            else:
                section[3] += b'\1'
            yield f'section {kind} {what}', out.pack()
            out.make_blobs_right()
            yield f'section {kind} {what}, blobs right', out.pack()
    for gone in range(1, 1 << 15, 73):
        out = file.copy()
        out.sections = [section for section in out.sections if not gone >> section[0] - 1 & 1]
        yield f'without sections {gone:#x}', out.pack()
    for kind, flags in ((0, 0), (15, 0), (15, 1), (16, 0), (16, 1), (0xFFFFFFFF, 0), (0xFFFFFFFF, 3)):
        for record_size, n in ((1, 1), (3, 2), (8, 1), (16, 4), (16, 5), (0, 0), (1000, 1)):
            out = file.copy()
            out.sections.insert(0 if kind == 0 else len(out.sections), [kind, flags, record_size, bytearray(chance.randbytes(record_size * n))])
            data = out.pack()
            yield f'section {kind} with flags {flags} and {n} records of {record_size}', data
            yield '... with a wrong byte at its end', data[:-1] + bytes([data[-1] ^ 1])
    out = file.copy()
    out.sections.append([16, 0, 0, bytearray()])
    data = bytearray(out.pack())
    data[64 + 40 * len(out.sections) - 12] = 1
    yield 'a section of one record of 0 bytes', sealed(data)
    for n in (64, 65):
        out = file.copy()
        out.sections += [[100 + i, 0, 1, bytearray(b'x')] for i in range(n - len(out.sections))]
        yield f'{n} sections', out.pack()
    data = file.pack()
    for n in ((len(data) - 64) // 40, (len(data) - 64) // 40 + 1, 64):
        yield f'{n} sections in the header', sealed(bytearray(data[:32] + n.to_bytes(4, 'little') + data[36:]))
    empty = Parts()
    for entry in (0, second_reader.NONE):
        empty.header = [0, entry]
        yield f'no sections, entry {entry:#x}', empty.pack()
    at = 64 + 40 * len(file.sections)
    for i in range(len(file.sections)):
        start, size = struct.unpack_from('<QQ', data, 64 + 40 * i + 8)
        for place in range(at, start):
            yield f'padding {place} is 1', data[:place] + b'\1' + data[place + 1:]
        at = start + size
    for more in (b'\0', b'x' * 8, b'\0' * 128):
        yield f'{len(more)} bytes more', data + more
        out = bytearray(data + more)
        out[8:16] = len(out).to_bytes(8, 'little')
        yield f'{len(more)} bytes more, and the size says so', sealed(out)


def ends(data):
    """Damage of the last bytes and of `bytecode_offset` together: what is checked last."""
    for offset in (0, 1):
        for n in range(16):
            for wrong in range(1, 17):
                out = bytearray(data[:len(data) - n])
                out[8] ^= offset
                if wrong > n:
                    out[-(wrong - n)] ^= 1
                yield f'{n} bytes less, {wrong} from the end is wrong, offset {offset}', bytes(out)


def sizes():
    """Every path through the hashes: bytecode of each size for XXH3-128, unknown sections for XXH3-64."""
    for n in [*range(0, 300), 1023, 1024, 1025, 2048, 2049, 4097]:
        content = chance.randbytes(n)
        yield f'bytecode of {n} bytes', bytes.fromhex('53454d42 01000000') + bytes(16) + n.to_bytes(4, 'little') + content
        if n:
            file = Parts()
            file.header = [0, 0xFFFFFFFF]
            file.put(16, content, record_size=1, flags=0)
            yield f'section of {n} bytes', file.pack()


def rich_old(version):
    """A small file of version 1 or 3 with two of everything."""
    def string(text):
        data = text.encode()
        return len(data).to_bytes(4, 'little') + data

    def u32(*values):
        return struct.pack(f'<{len(values)}I', *values)

    body = u32(3) + string('./x') + u32(0) + string('') + u32(1, 0) + string('\u00e9') + u32(1, 2) + b''.join(map(string, ('b', 'c', 'a', '')))
    body += u32(3) + b''.join(u32(kind) + b''.join(map(string, names)) for kind, names in [
        (2, ('./x', '*namespace*', 'n')), (2, ('./x', 'other', 'm')), (1, ('', '*namespace*', '\U0001f600'))])
    body += u32(4) + b''.join(u32(kind) + b''.join(map(string, names)) for kind, names in [
        (0, ('z', '', '', '*default*')), (0, ('y', '', '', 'local')), (1, ('x', './x', '*default*', '')), (2, ('w', './x', '', ''))])
    body += u32(2) + string('s') + string('\u6f22')
    if version == 1:
        return u32(0x424D4553, 1) + body + u32(5) + b'bytes'
    body += u32(2) + string('v') + u32(0x3FFF) + string('*default*') + u32(0) + u32(1) + string('') + u32(1) + u32(0xABCDEF)
    offset = 16 + len(body) + -(16 + len(body)) % 8
    return u32(0x424D4553, 3, offset, 5) + body + bytes(offset - 16 - len(body)) + b'bytes'


def old_edits(data):
    """Every four bytes of a file without checksums, as if they were a count, a size or an enumeration."""
    for at in range(0, len(data) - 3):
        value = int.from_bytes(data[at:at + 4], 'little')
        for new in values_near(value, 4)[::2]:
            yield f'4 bytes at {at} are {new}', data[:at] + new.to_bytes(4, 'little') + data[at + 4:]
    for at in range(len(data)):
        yield f'byte {at} is gone', data[:at] + data[at + 1:]
        for value in (b'\0', b'\x80', b'\xC3', b'\xF0\x9F', b'\xED\xA0\x80', b'a'):
            yield f'{value} before byte {at}', data[:at] + value + data[at:]
            yield f'{value} at byte {at}', data[:at] + value + data[at + len(value):]
    yield 'a byte more', data + b'\0'


# Real files.

def files_of(folder):
    return [(str(path.relative_to(root)), path.read_bytes()) for path in sorted((root / folder).rglob('*')) if path.is_file()]


def examples():
    """The worked examples of the document: section 11."""
    text = (root / 'docs/format.md').read_text()
    for name, block in re.findall(r'<!-- table: (example: .*?) -->\n```text\n(.*?)```', text, re.S):
        data = b''
        for at, line in re.findall(r'^(0x[0-9A-F]+)  (.*)$', block, re.M):
            if len(data) != int(at, 16):
                fail(name, f'{len(data)} bytes before', at)
            run = re.match(r'([0-9A-F]{2}) \((\d+) times\)', line)
            data += bytes.fromhex(run[1]) * int(run[2]) if run else bytes.fromhex(re.match(r'(?:[0-9A-F]{2} )*[0-9A-F]{2}(?=  |$)', line)[0])
        yield name, data


def made_files(folder):
    """Files that the command makes of real modules; None if it has no engine."""
    (folder / 'a.mjs').write_text('export const a = 1;')
    tried = command('compile', folder / 'a.mjs', '-o', folder / 'a.bmes')
    if tried.returncode and b'has no JavaScript engine' in tried.stderr:
        return None
    out, packages = [], root / 'node_modules'

    def made(name, path, done):
        if done.returncode or not path.is_file():
            fail(name, 'a file is made', (done.stdout + done.stderr).decode(errors='replace')[-500:])
        else:
            data = path.read_bytes()
            counts['packed'] += lz4.is_frame(data)
            out.append((name, lz4.unpacked(data)))

    made('a.mjs', folder / 'a.bmes', tried)
    (folder / 'graph.mjs').write_text(
        'import { "\u00e9" as b, default as d } from "./other.mjs"; import * as ns from "./other.mjs";'
        'import j from "./d.json" with { type: "json" }; export { d as default, ns as "" };'
        'export * from "./other.mjs"; export * as all from "./other"; await j;')
    (folder / 'other.mjs').write_bytes(
        '\ufeffconst b = "\u6f22\U0001f600"; export { b as "\u00e9" }; export default class {}; export let u = import.meta.url; //'.encode()
        + b'\xff\xc3')
    (folder / 'd.json').write_text('{}')
    imported = [path for path in map(packages.joinpath, ('lodash-es/lodash.js', 'date-fns/index.js', 'three/build/three.module.js',
                                                         'd3-array/src/index.js', 'd3-geo/src/index.js')) if path.exists()]
    (folder / 'program.mjs').write_text(''.join(f'import * as m{i} from "{path}"; if (!Object.keys(m{i}).length) throw 1;\n'
                                                for i, path in enumerate(imported)))
    for name in ('graph', 'program'):
        # Times are in the file only if the sources are older than a moment. The command ends before its cache is written unless it is to tell.
        time.sleep(0.05)
        cache = folder / f'{name}.cache'
        done = command('run', '--trace', 'json', '--cache-dir', cache, folder / f'{name}.mjs')
        kept = sorted(cache.glob('*.cache')) if cache.is_dir() else []
        made(f'cache of {name}.mjs', kept[0] if len(kept) == 1 else cache, done)
    for package, pattern in (('lodash-es', '_b*.js'), ('rxjs', 'dist/esm/internal/*.js'), ('date-fns', 'format*.js'), ('three', 'src/math/*.js')):
        sources = sorted((packages / package).glob(pattern))
        if sources:
            made(f'{package}, version 4', folder / 'out.bmes', command('compile', '-o', folder / 'out.bmes', *sources))
        for path in sources[:12]:
            old, new = folder / 'version1.bmes', folder / 'version3.bmes'
            made(f'{path.name}, version 1', old, command('compile', '--format-version', 1, '-o', old, path))
            made(f'{path.name}, version 3', new, command('convert', '--format-version', 3, old, new))
    return out


def check_writer(name, file):
    """What the document asks of writers, and what it says of sources that are still there: 4.5, 5.2, 5.7, 8."""
    used, blobs = set(), []
    for section in file.sections.values():
        used |= {row[field] for row in section.rows for field, type, *_ in section.layout.values() if type in ('string', 'name')}
    for i, row in enumerate(file.rows('module')):
        blobs += [row['text']] if row['text'] != second_reader.NONE else []
        blobs += [file.rows('payload')[j]['blob'] for j in file.run('module', i, 'payloads', 'payload')]
    if not used >= set(range(len(file.strings))):
        fail(name, 'every string is referred to', set(range(len(file.strings))) - used)
    if list(dict.fromkeys(blobs)) != list(range(len(file.rows('blob')))):
        fail(name, 'blobs are in the order of their first use', blobs)
    if len({row['checksum'] for row in file.rows('blob')}) != len(file.rows('blob')):
        fail(name, 'no two blobs are of the same bytes', 'two are')
    for fact in file.rows('fact'):
        counts['facts'] += 1
        if fact['kind'] != 1 and (fact['size'] or any(fact['hash']) or fact['modification_time'] or fact['change_time']):
            fail(name, 'only a file has a size, a hash and times', fact)
    if not all(row['flags'] & 1 == (row['kind'] <= LAST_REQUIRED) for row in file.directory.rows if row['kind'] in SECTIONS):
        fail(name, 'sections 1 to 14 are required, and no other', file.directory.rows)
    for module in file.content()['modules']:
        data = pathlib.Path(module['url']).read_bytes()
        units = len(data.removeprefix(b'\xef\xbb\xbf').decode(errors='replace').encode('utf-16-le')) // 2
        said = tuple(module[field] for field in ('source_size', 'source_hash', 'source_length'))
        if said != (len(data), xxh3.xxh3_128(data).hex(), units):
            fail(f'{name}, {module["url"]}', (len(data), xxh3.xxh3_128(data).hex(), units), said)
        counts['sources'] += 1
        if module['text']:
            start = file.sections['payload_bytes'].offset + module['text']['offset']
            if stated_size(file.data[start:start + module['text']['size']]) != len(data):
                fail(f'{name}, {module["url"]}', 'the text is a zstd frame that states its size', file.data[start:start + 18].hex())
            counts['texts'] += 1


def stated_size(frame):
    """RFC 8878, 3.1.1.1: the content size of a frame without a dictionary, or None."""
    magic, descriptor = struct.unpack_from('<IB', frame)
    if magic != 0xFD2FB528 or descriptor & 3:
        return None
    single = descriptor >> 5 & 1
    size = [single, 2, 4, 8][descriptor >> 6]
    at = 5 + (not single)
    return int.from_bytes(frame[at:at + size], 'little') + 256 * (size == 2) if size else None


# What the two readers say.

HASHED = {'bytecode', 'payload_bytes', 'unknown_section', 'padding'}
NUMBERS = {field.name for fields in (HEADER, DIRECTORY, *(section.layout for section in SECTIONS.values()))
           for field in fields.values() if field.type == 'u64'}


def fail(name, ours, theirs):
    counts['failures'] += 1
    if len(failures) < 40:
        failures.append(f'{name}\n  document: {ours}\n  command:  {theirs}'[:1000])


def command(*arguments):
    environment = {name: value for name, value in os.environ.items() if not name.startswith('BMES_')}
    return subprocess.run([bmes, *map(str, arguments)], capture_output=True, timeout=200, env=environment)


def ours(data):
    try:
        return second_reader.read(data), None
    except second_reader.Refused as e:
        code, field, offset = e.args
        return None, (code, field, offset)


def comparable(field):
    """A field of `inspect --json` as second_reader.py says it."""
    value = field.get('checksum', field.get('value'))
    if field['field'] in HASHED and 'value' in field:  # the command shows the bytes themselves where they are few
        value = xxh3.xxh3_128(bytes.fromhex(value)).hex()
    if field['size'] == 8 and isinstance(value, str) and field['field'].split('.')[-1] in NUMBERS:
        value = int(value)
    return field['offset'], field['size'], field['field'], value


WHY = ('a name is not well-formed Unicode', 'not JavaScript', 'the engine gave no bytecode', 'the engine reported an error',
       'the record has an entry that the format has no place for')
TRAITS = ('captured', 'const', 'var', 'let', 'exported', 'imported', 'imported namespace', 'function', 'parameter', 'sloppy-mode hoisted',
          'private field', 'private method', 'private getter', 'private setter')


def quoted(name):
    return 'no name' if name is None else name['tag'] if isinstance(name, dict) else f'"{name}"'


def lines_of_module(module, lists, urls):
    """A module as `inspect` shows it to people, from the lists of it on."""
    def rows(title, rows):
        return [f'  {title} ({len(rows)}):', *(f'    {row}' for row in rows)] if rows else []

    def bits(value):
        return ', '.join(name for i, name in enumerate(TRAITS) if value >> i & 1) or 'none'

    out = rows('requests', [['', 'defer ', 'source '][row.get('phase', 0)] + quoted(row['specifier'])
                            + ''.join(f' with {quoted(a["key"])}: {quoted(a["value"])}' for a in row['attributes'] or [])
                            + (f' -> module {urls[row["resolved"]]} {quoted(row["resolved"])}' if row.get('resolved') is not None else '')
                            for row in module['requests']])
    out += rows('imports', [f'{["single", "single TypeScript", "namespace"][row["type"]]} {quoted(row["import_name"])} as {quoted(row["local_name"])}'
                            f' from {quoted(row["module_request"])}' for row in module['imports']])
    out += rows('exports', [f'{["local", "indirect", "namespace"][row["type"]]} {quoted(row["export_name"])} is '
                            + [quoted(row['target_name']), f'{quoted(row["target_name"])} of {quoted(row["module_name"])}',
                               f'all of {quoted(row["module_name"])}'][row['type']] for row in module['exports']])
    out += rows('stars', [quoted(row['module_name'] if isinstance(row, dict) else row) for row in module['stars']])
    out += rows('variables', [f'{scope} {quoted(row["name"])}: {bits(row["bits"])}' for scope, row in lists])
    return out


def lines_of(version, content):
    """What `inspect --all` shows to people: of version 4 all that comes after the directory, else the lists."""
    if version != 4:
        lists = [('declared', row) for row in content.get('declared', [])] + [('lexical', row) for row in content.get('lexical', [])]
        return lines_of_module(content, lists, {})

    def time_of(value):
        return f'{value // 10 ** 9}.{value % 10 ** 9:09}' if value else 'unknown'

    def times(row, prefix=''):
        where = f', inode {row["inode"]} on device {row["device"]:#x}' if row['inode'] or row['device'] else ''
        return f'modified {time_of(row[prefix + "modification_time"])}, changed {time_of(row[prefix + "change_time"])}{where}'

    engines, urls = content['engines'], {module['url']: i for i, module in enumerate(content['modules'])}
    out = [f'  entry: module {urls[content["entry"]]} {quoted(content["entry"])}'] if content['entry'] is not None else []
    out += [f'engine {i}: {quoted(row["description"])}, fingerprint {row["fingerprint"]}' for i, row in enumerate(engines)]
    for row in content['facts']:
        out.append(f'fact: {quoted(row["path"])} is {["absent", "file", "directory"][row["kind"]]}')
        if row['kind'] == 1:
            out.append(f'  {row["size"]} bytes, XXH3-128 {row["hash"]}, {times(row)}')
    for i, module in enumerate(content['modules']):
        out.append(f'module {i} {quoted(module["url"])}')
        if module['source_size'] or module['source_hash'] != '00' * 16 or times(module, 'source_') != 'modified unknown, changed unknown':
            out.append(f'  source: {module["source_size"]} bytes, XXH3-128 {module["source_hash"]}, {times(module, "source_")}')
        out += [f'  source length: {module["source_length"]} UTF-16 code units'] if module['source_length'] else []
        if module['text']:
            out.append(f'  text: {module["text"]["size"]} bytes, compressed')
        flags = [name for bit, name in enumerate(('top-level await', 'import.meta', 'strict', 'TypeScript')) if module['flags'] >> bit & 1]
        out.append('  flags: ' + (', '.join(flags) or 'none'))
        if module['uncacheable']:
            out.append('  not cacheable: ' + WHY[module['uncacheable'] - 1])
        out += lines_of_module(module, [(['declared', 'lexical'][row['bits'] >> 31], row) for row in module['variables']], urls)
        if module['payloads']:
            out.append(f'  payloads ({len(module["payloads"])}):')
            out += [f'    engine {row["engine"]} {quoted(engines[row["engine"]]["description"])}: {row["blob"]["size"]} bytes,'
                    f' XXH3-128 {row["blob"]["checksum"]}' for row in module['payloads']]
    return out


def compare_content(name, path, mine, shown):
    seen = json.loads(command('inspect', '--json', path).stdout)
    theirs = [comparable(field) for field in seen['fields']]
    if (seen['version'], theirs) != (mine['version'], mine['fields']):
        both = [pair for pair in zip(mine['fields'], theirs) if pair[0] != pair[1]] or [(len(mine['fields']), len(theirs))]
        fail(name, *both[0])
    counts['contents'] += 1
    counts['fields'] += len(theirs)
    if shown:
        theirs = command('inspect', '--all', path).stdout.decode().splitlines()
        start = {4: r'  entry: |engine 0|fact: |module 0'}.get(mine['version'], r'  requests|  imports|  exports|  stars|  variables|  payloads')
        theirs = theirs[next((i for i, line in enumerate(theirs) if re.match(start, line)), len(theirs)):]
        if mine['version'] != 4 and '  payloads (1):' in theirs:
            theirs = theirs[:-2]
        expected = lines_of(mine['version'], mine['content'])
        if expected != theirs:
            both = [pair for pair in zip(expected, theirs) if pair[0] != pair[1]] or [(len(expected), len(theirs))]
            fail(f'{name}, as people see it', *both[0])
        counts['shown'] += 1
        counts['lines'] += len(theirs)


def compare(folder, what, files, shown=False):
    """`files` are names and bytes; the command gets them all at once."""
    files = list(files)
    if not files:
        fail(what, 'there are files to compare', 'none')
    paths = [folder / f'{i}.bmes' for i in range(len(files))]
    for path, (_, data) in zip(paths, files):
        path.write_bytes(data)
    lines = command('validate', '--json', *paths).stdout.splitlines()
    if len(lines) != len(files):
        fail(what, f'{len(files)} files', f'{len(lines)} lines')
    for i, (path, (name, data), line) in enumerate(zip(paths, files, lines)):
        said = json.loads(line)
        theirs = None if said['valid'] else (said['error'], said['field'], said['offset'])
        mine, refused = ours(data)
        counts['files'] += 1
        counts['refused' if theirs else 'accepted'] += 1
        if theirs:
            codes[theirs[0]] += 1
        if refused != theirs:
            fail(f'{what}: {name}', refused or 'accepted', theirs or 'accepted')
        elif mine and (shown or i % 8 == 0):  # a process for each file is what takes the time
            compare_content(f'{what}: {name}', path, mine, shown)
        elif refused and i % 64 == 0:
            error = json.loads(command('inspect', '--json', path).stdout)['error']
            if (error['code'], error['field'], error['offset']) != theirs:
                fail(f'{what}: {name}, inspect', refused, error)
            counts['inspected refusals'] += 1


def some(cases, most):
    """At most so many of them, the same ones each time."""
    cases = list(cases)
    return cases if len(cases) <= most else [cases[i] for i in sorted(chance.sample(range(len(cases)), most))]


codes = collections.Counter()
began = time.monotonic()
# On a disk, thousands of small files would take longer than to read them.
memory = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory(dir=memory) as work:
    folder, work = pathlib.Path(name).resolve(), pathlib.Path(work)
    kept = [(name, data) for place in ('fuzz/seeds', 'fuzz/crashes', 'test/golden', 'test/jsc/first_description') for name, data in files_of(place)]
    written = list(examples())
    graph = rich()
    own = [('version 1', rich_old(1)), ('version 3', rich_old(3)), ('version 4', graph.pack())]
    compare(work, 'kept', kept, shown=True)
    compare(work, 'example of the document', written, shown=True)
    compare(work, 'with everything', own, shown=True)
    real = made_files(folder)
    if real is not None:
        compare(work, 'made by the command', real, shown=True)
        for name, data in real:
            if data[4] == 4 and ours(data)[0]:
                check_writer(name, second_reader.Version4(data))
    undamaged = counts['files']
    for name, data in own + written + [(name, data) for name, data in kept if data[:4] == b'SEMB']:
        compare(work, f'{name}, cut', prefixes(data, 1 + len(data) // 200))
        compare(work, f'{name}, a byte', some(changed_bytes(data, 1), 200))
    for version, data in own[:2]:
        compare(work, version, some(old_edits(data), 1000))
        compare(work, f'{version}, bytes', bytes_at_once(data, 8, 400))
        compare(work, f'{version}, its end', some(ends(data), 200))
    compare(work, 'header', header_edits(graph.pack()))
    compare(work, 'field', field_edits(graph))
    compare(work, 'fields', several_edits(graph, 1000))
    compare(work, 'bytes', bytes_at_once(graph.pack(), 64 + 40 * len(graph.sections), 400))
    compare(work, 'text', some(text_edits(graph), 700))
    compare(work, 'shape', shape_edits(graph), shown=True)
    compare(work, 'size', sizes())
print(f'{undamaged} files as they are and {counts["files"] - undamaged} damaged ones: {counts["accepted"]} accepted, {counts["refused"]} refused'
      f' ({", ".join(f"{code} {n}" for code, n in codes.most_common())})')
print(f'of {counts["contents"]} files all {counts["fields"]} fields, of {counts["shown"]} all {counts["lines"]} lines for people, of'
      f' {counts["inspected refusals"]} refusals also what inspect says' + ('' if real is None else f'; {len(real)} files that the command made'
      f' ({counts["packed"]} of them packed),'
      f' {counts["sources"]} modules in them against their sources, {counts["texts"]} compressed texts,'
      f' {counts["facts"]} facts')
      + ('; no engine, so nothing made by the command' if real is None else ''))
for code in CODES:
    if not codes[code]:
        fail('damage', f'some of it is refused with {code}', codes)
for what in ('accepted', 'refused', 'fields', 'lines', 'inspected refusals', *([] if real is None else ['sources', 'texts', 'facts'])):
    if not counts[what]:
        fail(what, 'something is compared', 0)
print(*failures, f'{counts["failures"]} disagreements, {time.monotonic() - began:.0f} s', sep='\n')
sys.exit(1 if counts['failures'] else 0)
