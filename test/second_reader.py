"""A second reader of the format, written from docs/format.md alone: it shows that the document is enough to write one.

`python3 second_reader.py FILE...` prints for each file a line of JSON: what the file holds, or the code, field and offset it is refused with.
Comments name the document's sections and rules.
"""
import collections
import functools
import json
import sys

import xxh3

NONE, DEFAULT, NAMESPACE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
MOST = (1 << 31) - 1


class Refused(Exception):
    """code, field, offset"""


def require(held, code, field, offset):
    if not held:
        raise Refused(code, field, offset)


def check_utf8(data, field, offset):
    try:
        return data.decode()
    except UnicodeDecodeError as e:
        raise Refused('bad_utf8', field, offset + e.start) from None


def check_zero(data, start, end):
    for i in range(start, end):
        require(data[i] == 0, 'bad_padding', 'padding', i)


def tag(name):
    """A name that is no text. None is the name that is not there."""
    return {'tag': name}


class Fields:
    """Every byte that was read, in the order of the file: offset, size, name and value."""

    def __init__(self, data):
        self.data, self.at, self.all = data, 0, []

    def take(self, size, field):
        require(size <= len(self.data) - self.at, 'truncated', field, self.at)
        self.at += size
        return self.data[self.at - size:self.at]

    def add(self, field, start, value):
        self.all.append((start, self.at - start, field, value))
        return value

    def number(self, field, size=4):
        start = self.at
        return self.add(field, start, int.from_bytes(self.take(size, field), 'little'))

    def hex(self, field, size):
        start = self.at
        return self.add(field, start, self.take(size, field).hex())

    def blob(self, field, size):
        start = self.at
        checksum = xxh3.xxh3_128(self.take(size, field)).hex()
        return self.add(field, start, checksum) if size else checksum

    # Versions 1 and 3: section 3.

    def string(self, field, empty=False):
        start = self.at
        data = self.take(int.from_bytes(self.take(4, field), 'little'), field)
        text = check_utf8(data, field, start + 4)
        require(not (empty and text), 'bad_value', field, start)
        return self.add(field, start, text)

    def limited(self, field, most):
        value = self.number(field)
        require(value <= most, 'bad_value', field, self.at - 4)
        return value

    def list(self, field, smallest, read):
        count = self.number(field)
        require(count <= (len(self.data) - self.at) // smallest, 'bad_count', field, self.at - 4)
        return [read(self) for _ in range(count)]


# 3.2

def read_attribute(f):
    return {'key': f.string('attribute.key'), 'value': f.string('attribute.value')}


def read_request(f):
    specifier = f.string('request.specifier')
    has = f.limited('request.has_attributes', 1)
    return {'specifier': specifier, 'attributes': f.list('request.attribute_count', 8, read_attribute) if has else None}


def read_import(f):
    kind, request, name = f.limited('import.type', 2), f.string('import.module_request'), f.string('import.import_name')
    name = tag(name) if kind == 2 and name == '*namespace*' else name
    return {'type': kind, 'module_request': request, 'import_name': name, 'local_name': f.string('import.local_name')}


def read_export(f):
    kind, name = f.limited('export.type', 2), f.string('export.export_name')
    module, imported = f.string('export.module_name', empty=kind == 0), f.string('export.import_name', empty=kind != 1)
    local = f.string('export.local_name', empty=kind != 0)
    target = [tag(local) if local == '*default*' else local, imported, None][kind]
    return {'type': kind, 'export_name': name, 'module_name': module if kind else None, 'target_name': target}


def read_star(f):
    return f.string('star.module_name')


def read_variable(f):
    name, bits = f.string('variable.name'), f.number('variable.bits')
    require(bits & ~0x3FFF == 0, 'bad_value', 'variable.bits', f.at - 4)
    return {'name': tag(name) if name == '*default*' else name, 'bits': bits}


def read_lists(f):
    return {'requests': f.list('request_count', 8, read_request), 'imports': f.list('import_count', 16, read_import),
            'exports': f.list('export_count', 20, read_export), 'stars': f.list('star_count', 4, read_star)}


def read_version_1(f):
    """3.1"""
    module = read_lists(f)
    size = f.number('bytecode_size')
    return module | {'bytecode': {'offset': f.at, 'size': size, 'checksum': f.blob('bytecode', size)}}


def read_version_3(f):
    """3.3"""
    offset, size = f.number('bytecode_offset'), f.number('bytecode_size')
    module = read_lists(f) | {'declared': f.list('declared_count', 8, read_variable), 'lexical': f.list('lexical_count', 8, read_variable),
                              'code_features': f.number('code_features')}
    data, start = f.data, f.at
    f.blob('padding', -start % 8)
    check_zero(data, start, f.at)
    require(offset == f.at, 'bad_offset', 'bytecode_offset', 8)
    return module | {'bytecode': {'offset': offset, 'size': size, 'checksum': f.blob('bytecode', size)}}


# Version 4: sections 4 to 6. The fields of the records, in their order, with the types of 4.3.

HEADER = 'magic:u32 version:u32 file_size:u64 checksum:u64 header_size:u32 flags:u32 section_count:u32 entry:module? reserved:byte[24]'
SECTION = 'kind:u32 flags:u32 offset:u64 size:u64 record_size:u32 record_count:u32 checksum:u64'
SECTIONS = {
    1: ('string', 'end:u32'),
    2: ('string_bytes', ''),
    3: ('module', 'url:string flags:bits(F) source_size:u64 source_hash:byte[16] source_modification_time:u64 source_change_time:u64'
        ' uncacheable:0-5 requests:first(request) imports:first(import) exports:first(export) stars:first(star)'
        ' variables:first(variable) payloads:first(payload) source_length:u32 text:blob?'),
    4: ('request', 'specifier:string phase:0-2 attributes:first(attribute) resolved:module?'),
    5: ('attribute', 'key:string value:string'),
    6: ('import', 'type:0-2 module_request:string import_name:name local_name:string'),
    7: ('export', 'type:0-2 export_name:string module_name:name target_name:name'),
    8: ('star', 'module_name:string'),
    9: ('variable', 'name:name bits:bits(80003FFF)'),
    10: ('engine', 'fingerprint:byte[16] description:string'),
    11: ('blob', 'offset:u64 size:u64 checksum:byte[16]'),
    12: ('payload', 'engine:engine blob:blob'),
    13: ('fact', 'path:string kind:0-2 size:u64 hash:byte[16] modification_time:u64 change_time:u64'),
    14: ('payload_bytes', ''),
    15: ('identity', 'device:u64 inode:u64'),
}
# 4.5 in the order of 6.2, rule 10: what is ordered, by which field.
ORDERS = {'module': 'url', 'engine': 'fingerprint', 'fact': 'path', 'attribute': 'key', 'import': 'local_name', 'export': 'export_name',
          'variable': 'name', 'payload': 'engine'}


Field = collections.namedtuple('Field', 'name type at size')


@functools.cache
def layout(fields):
    """The fields of a record, by name, with their offsets in it."""
    out, at = {}, 0
    for name, type in (field.split(':') for field in fields.split()):
        size = 8 if type == 'u64' else int(type[5:-1]) if type.startswith('byte') else 4
        out[name] = Field(name, type, at, size)
        at += size
    return out


class Section:
    """The records of one section; one that the file does not have has none."""

    def __init__(self, name, fields):
        self.name, self.layout, self.rows, self.offset, self.size = name, layout(fields), [], 0, 0
        self.record_size = sum(field.size for field in self.layout.values()) or 1

    def read(self, data, offset, count, add):
        self.offset = offset
        for i in range(count):
            row = {}
            for name, type, at, size in self.layout.values():
                start = offset + i * self.record_size + at
                value = data[start:start + size]
                row[name] = value if type.startswith('byte') else int.from_bytes(value, 'little')
                add(start, size, f'{self.name}.{name}', value.hex() if type.startswith('byte') else row[name])
            self.rows.append(row)

    def place(self, i, field):
        return self.offset + i * self.record_size + self.layout[field].at

    def require(self, held, code, i, field):
        if not held:
            raise Refused(code, f'{self.name}.{field}', self.place(i, field))


class Version4:
    def __init__(self, data):
        self.data = data
        self.fields = []
        self.sections = {name: Section(name, fields) for name, fields in SECTIONS.values()}
        self.open()
        self.check_sections()
        self.check_strings()
        self.check_records()
        self.check_orders()
        self.check_names()
        self.check_blobs()
        identities = self.sections['identity']
        require(len(identities.rows) in (0, len(self.rows('module')) + len(self.rows('fact'))), 'bad_count', 'identity', identities.offset)  # 19

    def add(self, start, size, field, value):
        if size:
            self.fields.append((start, size, field, value))

    def rows(self, name):
        return self.sections[name].rows

    def run(self, owner, i, field, owned):
        """4.4: the indices of the rows that record i of a section owns."""
        rows = self.rows(owner)
        return range(rows[i][field], rows[i + 1][field] if i + 1 < len(rows) else len(self.rows(owned)))

    def open(self):
        """6.1"""
        data = self.data
        require(len(data) >= 64, 'truncated', 'header', 0)                                                      # 1
        top = Section('header', HEADER)
        top.read(data, 0, 1, self.add)
        header = self.header = top.rows[0]
        # 2 and 3: see read().
        top.require(header['file_size'] <= len(data), 'truncated', 0, 'file_size')                              # 4
        top.require(header['file_size'] == len(data), 'trailing_bytes', 0, 'file_size')                         # 5
        top.require(header['header_size'] == 64, 'bad_value', 0, 'header_size')                                 # 6
        count = header['section_count']
        top.require(count <= 64, 'bad_count', 0, 'section_count')                                               # 7
        end = 64 + 40 * count
        require(end <= len(data), 'truncated', 'section', 64)                                                   # 8
        top.require(header['checksum'] == xxh3.xxh3_64(data[24:end]), 'bad_checksum', 0, 'checksum')            # 9
        top.require(header['flags'] == 0, 'bad_value', 0, 'flags')                                              # 10
        top.require(not any(header['reserved']), 'bad_padding', 0, 'reserved')                                  # 11
        directory = self.directory = Section('section', SECTION)
        directory.read(data, 64, count, self.add)
        before = 0
        for i, row in enumerate(directory.rows):
            kind = row['kind']
            directory.require(kind > before, 'bad_order', i, 'kind')                                            # 12
            directory.require(row['flags'] & ~1 == 0, 'bad_value', i, 'flags')                                  # 13
            directory.require(kind in SECTIONS or not row['flags'] & 1, 'unsupported_section', i, 'kind')       # 14
            directory.require(row['offset'] == end + -end % (128 if kind == 14 else 8), 'bad_offset', i, 'offset')     # 15
            directory.require(row['offset'] + row['size'] <= len(data), 'bad_offset', i, 'size')                # 16
            directory.require(1 <= row['record_count'] <= MOST, 'bad_count', i, 'record_count')                 # 17
            directory.require(row['record_size'] * row['record_count'] == row['size'], 'bad_count', i, 'size')  # 18
            if kind in SECTIONS:
                section = self.sections[SECTIONS[kind][0]]
                directory.require(row['record_size'] == section.record_size, 'bad_value', i, 'record_size')     # 19
                section.offset, section.size = row['offset'], row['size']
            before, end = kind, row['offset'] + row['size']
        require(end == len(data), 'trailing_bytes', 'end', end)                                                 # 20

    def padding(self, start, end):
        """Zero bytes before a section or a blob: 6.2, rules 1 and 16."""
        check_zero(self.data, start, end)
        self.add(start, end - start, 'padding', xxh3.xxh3_128(self.data[start:end]).hex())

    def check_sections(self):
        """6.2, rules 1 and 2"""
        end = 64 + 40 * len(self.directory.rows)
        for row in self.directory.rows:
            self.padding(end, row['offset'])
            end = row['offset'] + row['size']
        for i, row in enumerate(self.directory.rows):
            expected = xxh3.xxh3_64(self.data[row['offset']:row['offset'] + row['size']]) if row['kind'] != 14 else 0
            self.directory.require(row['checksum'] == expected, 'bad_checksum', i, 'checksum')
            if row['kind'] not in SECTIONS:
                self.add(row['offset'], row['size'], 'unknown_section', xxh3.xxh3_128(self.data[row['offset']:row['offset'] + row['size']]).hex())
            elif SECTIONS[row['kind']][1]:
                self.sections[SECTIONS[row['kind']][0]].read(self.data, row['offset'], row['record_count'], self.add)

    def check_strings(self):
        """6.2, rules 3 to 8; 5.1"""
        ends, place = self.sections['string'], self.sections['string_bytes'].offset
        text = self.data[place:place + self.sections['string_bytes'].size]
        check_utf8(text, 'string_bytes', place)                                                                 # 3
        self.strings, before, start = [], None, 0
        for i, row in enumerate(ends.rows):
            end, ascii = row['end'] & MOST, row['end'] >> 31
            ends.require(start <= end <= len(text), 'bad_offset', i, 'end')                                     # 4
            string = text[start:end]
            require(end == len(text) or text[end] & 0xC0 != 0x80, 'bad_utf8', 'string_bytes', place + end)      # 5
            ends.require(ascii == string.isascii(), 'bad_value', i, 'end')                                      # 6
            ends.require(before is None or before < string, 'bad_order', i, 'end')                              # 7
            self.strings.append(string.decode())
            self.add(place + start, len(string), 'string_bytes', self.strings[-1])
            before, start = string, end
        require(start == len(text), 'bad_count', 'string_bytes', place + start)                                 # 8

    def check_records(self):
        """6.2, rule 9; 4.3"""
        for name in [name for kind, (name, _) in SECTIONS.items() if 3 <= kind <= 13]:
            section = self.sections[name]
            for i, row in enumerate(section.rows):
                for field in section.layout.values():
                    self.check_value(section, i, field.name, field.type, row[field.name])
            for field in section.layout.values():
                if field.type.startswith('first') and not section.rows:
                    owned = self.sections[field.type[6:-1]]
                    require(not owned.size, 'bad_count', owned.name, owned.offset)

    def check_value(self, section, i, field, type, value):
        if type == 'string':
            section.require(value < len(self.strings), 'bad_index', i, field)
        elif type == 'name':
            section.require(value < len(self.strings) or value >= NAMESPACE, 'bad_index', i, field)
        elif type.rstrip('?') in self.sections:
            section.require(value < len(self.rows(type.rstrip('?'))) or (type[-1] == '?' and value == NONE), 'bad_index', i, field)
        elif type.startswith('0-'):
            section.require(value <= int(type[2:]), 'bad_value', i, field)
        elif type.startswith('bits'):
            section.require(value & ~int(type[5:-1], 16) == 0, 'bad_value', i, field)
        elif type.startswith('first'):
            section.require(value <= len(self.rows(type[6:-1])), 'bad_index', i, field)
            section.require(value == 0 if i == 0 else value >= section.rows[i - 1][field], 'bad_order', i, field)

    def check_orders(self):
        """6.2, rule 10; 4.5"""
        owners = {field.type[6:-1]: (owner, field.name)
                  for owner, section in self.sections.items() for field in section.layout.values() if field.type.startswith('first')}
        for name, key in ORDERS.items():
            section = self.sections[name]
            runs = [range(len(section.rows))]
            if name in owners:
                owner, field = owners[name]
                runs = [self.run(owner, i, field, name) for i in range(len(self.rows(owner)))]
            for run in runs:
                keys = [(section.rows[i].get('bits', 0) >> 31, section.rows[i][key]) for i in run]
                for i, first, second in zip(run[1:], keys, keys[1:]):
                    section.require(first < second, 'bad_order', i, key)

    def check_names(self):
        """6.2, rules 11 to 13"""
        exports, imports = self.sections['export'], self.sections['import']
        for i, row in enumerate(exports.rows):
            exports.require((row['module_name'] == NONE) == (row['type'] == 0), 'bad_value', i, 'module_name')  # 11
            exports.require((row['target_name'] == NONE) == (row['type'] == 2), 'bad_value', i, 'target_name')
        for i, row in enumerate(imports.rows):
            imports.require((row['import_name'] == NAMESPACE) == (row['type'] == 2), 'bad_value', i, 'import_name')    # 12
        require(self.header['entry'] == NONE or self.header['entry'] < len(self.rows('module')), 'bad_index', 'header.entry', 36)     # 13

    def check_blobs(self):
        """6.2, rules 14 to 18; 5.6"""
        blobs, place, size = self.sections['blob'], self.sections['payload_bytes'].offset, self.sections['payload_bytes'].size
        end = 0
        for i, row in enumerate(blobs.rows):
            start = end + -end % 128
            blobs.require(row['offset'] == start and start + row['size'] <= size, 'bad_offset', i, 'offset')    # 14
            blobs.require(row['size'] != 0, 'bad_value', i, 'size')                                             # 15
            self.padding(place + end, place + start)                                                            # 16
            end = start + row['size']
            checksum = xxh3.xxh3_128(self.data[place + start:place + end])
            blobs.require(row['checksum'] == checksum, 'bad_checksum', i, 'checksum')                           # 17
            self.add(place + start, row['size'], 'payload_bytes', checksum.hex())
        require(end == size, 'bad_count', 'payload_bytes', place + end)                                         # 18

    # What the records mean.

    def name(self, value):
        tags = {NONE: None, DEFAULT: tag('*default*'), NAMESPACE: tag('*namespace*')}
        return tags[value] if value in tags else self.strings[value]

    def blob(self, value):
        return None if value == NONE else {field: v.hex() if field == 'checksum' else v for field, v in self.rows('blob')[value].items()}

    def record(self, name, i):
        out = {}
        for field, type, *_ in self.sections[name].layout.values():
            value = self.rows(name)[i][field]
            if type in ('string', 'name'):
                out[field] = self.name(value)
            elif type.startswith('first'):
                out[field] = [self.record(type[6:-1], row) for row in self.run(name, i, field, type[6:-1])]
            elif type.startswith('blob'):
                out[field] = self.blob(value)
            elif type == 'module?':
                out[field] = None if value == NONE else self.strings[self.rows('module')[value]['url']]
            else:
                out[field] = value.hex() if type.startswith('byte') else value
        return out

    def content(self):
        entry = self.header['entry']
        return {'entry': None if entry == NONE else self.strings[self.rows('module')[entry]['url']]} | {
            name + 's': [self.record(name, i) | self.identity(name, i) for i in range(len(self.rows(name)))] for name in ('engine', 'module', 'fact')}

    def identity(self, name, i):
        """5.8: device and inode of a module or a fact."""
        rows, before = self.rows('identity'), {'module': 0, 'fact': len(self.rows('module'))}
        return rows[before[name] + i] if rows and name in before else {'device': 0, 'inode': 0} if name in before else {}


def read(data):
    """Section 2. What a file holds: its content, and every field of it in the order of the file. Raises Refused."""
    f = Fields(data)
    require(f.number('magic') == 0x424D4553, 'bad_magic', 'magic', 0)
    version = f.number('version')
    if version == 4:
        file = Version4(data)
        return {'version': 4, 'content': file.content(), 'fields': sorted(file.fields)}
    require(version in (1, 3), 'unsupported_version', 'version', 4)
    content = read_version_1(f) if version == 1 else read_version_3(f)
    require(f.at == len(data), 'trailing_bytes', 'end', f.at)
    return {'version': version, 'content': content, 'fields': f.all}


def main():
    failed = False
    for path in sys.argv[1:]:
        with open(path, 'rb') as file:
            data = file.read()
        try:
            print(json.dumps({'file': path, **read(data)}))
        except Refused as e:
            failed = True
            code, field, offset = e.args
            print(f'{path}: {code} {field} {offset}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
