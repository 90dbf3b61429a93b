"""`bmes validate`, `inspect` and `convert`, as somebody types them. usage: commands.py BMES"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

bmes = pathlib.Path(sys.argv.pop(1)).resolve()
empty_v1 = bytes.fromhex('53454d42 01000000' + '00000000' * 5)
import_v1 = bytes.fromhex('53454d42 01000000 01000000 03000000 2e2f78 00000000 01000000 00000000 03000000 2e2f78 01000000 61 01000000 62'
                          ' 00000000 00000000 00000000')
namespace_v1 = bytes.fromhex('53454d42 01000000 00000000 01000000 02000000 01000000 78 01000000 2a 02000000 6e73 00000000 00000000'
                             ' 03000000 cafe00')
variables_v3 = bytes.fromhex('53454d42 03000000 38000000 03000000 00000000 00000000 00000000 00000000 01000000 01000000 61 05000000'
                             ' 00000000 07000000 000000 cafe00')


class commands(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def put(self, name, content):
        (self.path / name).write_bytes(content)
        return name

    def run_bmes(self, *arguments, code=0):
        done = subprocess.run([bmes, *arguments], capture_output=True, text=True, cwd=self.path, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def test_validate_says_what_each_file_is(self):
        self.put('a.bmes', empty_v1), self.put('b.bmes', variables_v3)
        self.assertEqual(self.run_bmes('validate', 'a.bmes', 'b.bmes').stdout,
                         'a.bmes: ok (version 1, 1 module, 28 bytes)\nb.bmes: ok (version 3, 1 module, 59 bytes)\n')

    def test_validate_names_the_place_and_goes_on(self):
        self.put('cut.bmes', empty_v1[:27]), self.put('empty.bmes', b''), self.put('good.bmes', empty_v1), self.put('new.bmes', b'SEMB\x05\0\0\0')
        self.assertEqual(self.run_bmes('validate', 'cut.bmes', 'empty.bmes', '.', 'absent.bmes', 'new.bmes', 'good.bmes', code=1).stdout.splitlines(), [
            'cut.bmes: truncated at 0x18 in bytecode_size: a field runs past the end of the bytes',
            'empty.bmes: truncated at 0x0 in magic: a field runs past the end of the bytes',
            '.: Is a directory',
            'absent.bmes: No such file or directory',
            'new.bmes: unsupported_version at 0x4 in version: the file has a format version that this reader does not read',
            'good.bmes: ok (version 1, 1 module, 28 bytes)'])

    def test_validate_speaks_json(self):
        self.put('a "quoted".bmes', empty_v1), self.put('cut.bmes', empty_v1[:5])
        lines = self.run_bmes('validate', '--json', 'a "quoted".bmes', 'cut.bmes', code=1).stdout.splitlines()
        self.assertEqual(json.loads(lines[0]), {'file': 'a "quoted".bmes', 'valid': True, 'version': 1, 'modules': 1, 'bytes': 28})
        self.assertEqual(json.loads(lines[1])['field'], 'version')

    def test_a_huge_sparse_file_is_no_problem(self):
        with open(self.path / 'huge.bmes', 'wb') as huge:
            huge.write(empty_v1)
            huge.truncate(1 << 36)
        self.assertIn('trailing_bytes at 0x1c', self.run_bmes('validate', 'huge.bmes', code=1).stdout)

    def test_inspect_prints_names_for_people(self):
        self.put('a.bmes', import_v1)
        out = self.run_bmes('inspect', 'a.bmes').stdout
        self.assertIn('single "a" as "b" from "./x"', out)
        self.assertIn('version: 1', out)

    def test_inspect_escapes_what_a_terminal_would_obey(self):
        self.put('a.bmes', import_v1.replace(b'./x', b'\x1b[m'))
        self.assertNotIn('\x1b', self.run_bmes('inspect', 'a.bmes').stdout)

    def test_inspect_shows_the_bytes_around_the_damage(self):
        self.put('cut.bmes', import_v1[:-1])
        out = self.run_bmes('inspect', 'cut.bmes', code=1).stdout
        self.assertRegex(out, r'cut.bmes: truncated at 0x38 in bytecode_size')
        self.assertIn('> 00000030', out)

    def test_inspect_json_covers_every_byte(self):
        self.put('a.bmes', import_v1), self.put('b.bmes', variables_v3)
        self.run_bmes('convert', 'b.bmes', 'c.bmes', '--format-version', '4')
        for name, version in (('a.bmes', 1), ('b.bmes', 3), ('c.bmes', 4)):
            seen = json.loads(self.run_bmes('inspect', '--json', name).stdout)
            self.assertEqual((seen['valid'], seen['version']), (True, version))
            end = 0
            for field in seen['fields']:
                self.assertEqual(field['offset'], end)
                end += field['size']
            self.assertEqual(end, (self.path / name).stat().st_size)

    def test_inspect_json_of_a_broken_file_is_json(self):
        self.put('cut.bmes', import_v1[:-1])
        seen = json.loads(self.run_bmes('inspect', '--json', 'cut.bmes', code=1).stdout)
        self.assertEqual((seen['valid'], seen['version'], seen['error']['code']), (False, 1, 'truncated'))

    def test_convert_there_and_back_keeps_every_byte(self):
        for content, version in ((empty_v1, '1'), (import_v1, '1'), (variables_v3.replace(b'\x07', b'\0'), '3')):
            self.put('in.bmes', content)
            self.assertEqual(self.run_bmes('convert', 'in.bmes', 'four.bmes', '--format-version', '4').stderr, '')
            self.run_bmes('validate', 'four.bmes')
            self.run_bmes('convert', 'four.bmes', 'out.bmes', '--format-version', version)
            self.assertEqual((self.path / 'out.bmes').read_bytes(), content)

    def test_convert_says_what_is_lost(self):
        self.put('in.bmes', variables_v3)
        self.assertEqual(self.run_bmes('convert', 'in.bmes', 'out.bmes', '--format-version', '1').stderr, 'lost: variables, code features\n')

    def test_convert_knows_how_the_first_writer_spelled_namespaces(self):
        self.put('in.bmes', namespace_v1)
        self.run_bmes('convert', 'in.bmes', 'out.bmes', '--format-version', '4')
        self.assertIn('namespace *namespace* as "ns" from "x"', self.run_bmes('inspect', 'out.bmes').stdout)

    def test_convert_in_place_and_failures_leave_no_traces(self):
        self.put('a.bmes', import_v1)
        self.run_bmes('convert', 'a.bmes', 'a.bmes', '--format-version', '4')
        self.run_bmes('validate', 'a.bmes')
        self.put('bad.bmes', b'x')
        self.run_bmes('convert', 'bad.bmes', 'b.bmes', code=1)
        self.run_bmes('convert', 'a.bmes', 'absent/b.bmes', code=1)
        self.run_bmes('convert', 'a.bmes', '.', code=1)
        self.assertEqual(sorted(p.name for p in self.path.iterdir()), ['a.bmes', 'bad.bmes'])


unittest.main(verbosity=1)
