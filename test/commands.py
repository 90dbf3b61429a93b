"""`bmes validate`, `inspect` and `convert`, as somebody types them. usage: commands.py BMES"""
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import unittest

bmes = pathlib.Path(sys.argv.pop(1)).resolve()
golden = pathlib.Path(__file__).resolve().parent / 'golden'
example_v1 = bytes.fromhex('53454d42 01000000' + '00000000' * 4 + '02000000 cafe')  # as in docs/inspect.md
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
        done = self.run_bytes(*arguments, code=code)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    def run_bytes(self, *arguments, code=0, **settings):
        done = subprocess.run([bmes, *arguments], capture_output=True, cwd=self.path, timeout=60, **settings)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def names(self):
        return sorted(p.name for p in self.path.iterdir())

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
        out = self.run_bmes('inspect', '--all', 'a.bmes').stdout
        self.assertIn('single "a" as "b" from "./x"', out)
        self.assertIn('version: 1', out)

    def test_inspect_starts_with_a_page(self):
        self.put('a.bmes', variables_v3)
        self.assertEqual(self.run_bmes('inspect', 'a.bmes').stdout, """\
a.bmes:
  version 3, 1 module, 59 bytes
  engine: "unknown", for 1 module

  what                          number           bytes   share
  bytecode                           1               3   5.1 %
  requests, imports, exports         1              56  94.9 %

      bytecode        text imports exports  largest modules
             3           0       0       0  (a module without a URL)

  --modules PATTERN shows the records of modules, --all all, --json every byte.
""")

    def test_the_page_of_a_graph_names_folder_engines_and_the_bytes_of_each_kind(self):
        out = self.run_bmes('inspect', golden / 'v4.bmes').stdout
        size = (golden / 'v4.bmes').stat().st_size
        self.assertIn(f'  version 4, 3 modules, {size:,} bytes\n', out)
        self.assertIn('  entry: "/app/main.mjs"\n  all modules are below: "/app/"\n', out)
        self.assertRegex(out, r'  engine: ".*", for \d modules?\n')
        shown = [int(line.split()[-3].replace(',', '')) for line in out.splitlines() if line.endswith(' %')]
        self.assertEqual(sum(shown), size)
        self.assertTrue(all(len(line) <= 80 for line in out.splitlines()[1:]), out)
        self.assertLessEqual(len(out.splitlines()), 24)

    def test_inspect_shows_the_modules_that_match_and_no_others(self):
        def shown(pattern, code=0):
            out = self.run_bmes('inspect', '--modules', pattern, golden / 'v4.bmes', code=code)
            return [line.split()[2] for line in out.stdout.splitlines() if line.startswith('module ')], out.stderr
        self.assertEqual(shown('*.mjs'), (['"/app/main.mjs"', '"/app/x.mjs"'], ''))
        self.assertEqual(shown('x.mjs'), (['"/app/x.mjs"'], ''))
        self.assertEqual(shown('/app/[dx]*'), (['"/app/data.json"', '"/app/x.mjs"'], ''))
        self.assertEqual(shown('*/?.mjs'), (['"/app/x.mjs"'], ''))
        names, words = shown('app/x.mjs', code=1)
        self.assertEqual(names, [])
        self.assertIn('no module matches "app/x.mjs"', words)

    def test_only_one_way_of_inspecting_can_be_asked_for(self):
        for one, other in (['--json', '--all'], ['--all', '--modules=x'], ['--json', '--modules=x']):
            self.assertIn('excludes', self.run_bmes('inspect', one, other, golden / 'v4.bmes', code=2).stderr)

    def test_inspect_escapes_what_a_terminal_would_obey(self):
        self.put('a.bmes', import_v1.replace(b'./x', b'\x1b[m'))
        self.assertNotIn('\x1b', self.run_bmes('inspect', '--all', 'a.bmes').stdout)

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

    def test_inspect_json_is_what_its_document_says(self):
        text = (golden / '../../docs/inspect.md').read_text()
        tables = [dict(re.findall(r'^\| `(\w+)` \| ([^|]*) \|', part, re.M)) for part in re.split(r'^##+ (?:JSON|A field|An error|Example)\n', text, flags=re.M)]
        file, field, error = tables[1:-1]
        seen = set()
        types = {'string': (str,), 'number': (int,), 'boolean': (bool,), 'object': (dict,), 'array of objects': (list,), 'number or null': (int, type(None)),
                 'number or string': (int, str)}

        def check(table, one, what):
            for key, value in one.items():
                self.assertIn(key, table)
                self.assertIn(type(value), types[table[key]], key)
                seen.add((what, key))
        self.put('five.bmes', b'SEMB\x05\0\0\0'), self.put('cut.bmes', import_v1[:-1]), self.put('none.bmes', b'x')
        for path in *sorted(golden.glob('*.bmes')), 'five.bmes', 'cut.bmes', 'none.bmes':
            out = subprocess.run([bmes, 'inspect', '--json', path], capture_output=True, text=True, cwd=self.path).stdout
            self.assertEqual(out.count('\n'), 1)
            told = json.loads(out)
            check(file, told, 'file')
            self.assertEqual('error' in told, not told['valid'])
            for one in told['fields']:
                check(field, one, 'field')
                self.assertNotEqual('value' in one, 'checksum' in one)
            check(error, told.get('error', {}), 'error')
        self.assertEqual(seen, {(what, key) for what, table in (('file', file), ('field', field), ('error', error)) for key in table})

    def test_inspect_json_of_the_documents_example_is_in_the_document(self):
        shown = re.findall(r'^```json\n(.*?)^```$', (golden / '../../docs/inspect.md').read_text(), re.M | re.S)
        self.put('example.bmes', example_v1), self.put('broken.bmes', example_v1[:-1])
        for (name, code), text in zip((('example.bmes', 0), ('broken.bmes', 1)), shown, strict=True):
            self.assertEqual(json.loads(self.run_bmes('inspect', '--json', name, code=code).stdout), json.loads(text))

    def test_a_dash_is_standard_input_and_output(self):
        four = self.run_bytes('convert', '-', '-', '--format-version', '4', input=import_v1).stdout
        self.put('four.bmes', four)
        self.run_bmes('validate', 'four.bmes')
        self.assertEqual(self.run_bytes('validate', '-', input=four).stdout, f'-: ok (version 4, 1 module, {len(four)} bytes)\n'.encode())
        self.assertEqual(json.loads(self.run_bytes('inspect', '--json', '-', input=four).stdout)['file'], '-')
        with open(self.path / 'four.bmes', 'rb') as file:  # a file as standard input, which can be mapped
            self.assertEqual(self.run_bytes('convert', '--format-version=1', '-', '-', stdin=file).stdout, import_v1)
        self.assertEqual(self.run_bytes('validate', '-', input=b'', code=1).stdout, b'-: truncated at 0x0 in magic: a field runs past the end of the bytes\n')
        self.assertEqual(self.names(), ['four.bmes'])

    def test_what_is_no_file_of_ours_is_written_over_by_force_only(self):
        self.put('in.bmes', import_v1), self.put('notes.txt', b'mine'), self.put('empty', b''), self.put('broken.bmes', import_v1[:9])
        words = self.run_bmes('convert', 'in.bmes', 'notes.txt', code=1).stderr
        self.assertEqual(words, 'bmes: notes.txt: it is no BMES file; --force writes over it\n')
        self.assertEqual((self.path / 'notes.txt').read_bytes(), b'mine')
        for output in 'empty', 'broken.bmes', 'in.bmes':
            self.run_bmes('convert', 'in.bmes', output)
        self.run_bmes('convert', 'in.bmes', 'notes.txt', '--force')
        self.run_bmes('validate', 'notes.txt')
        self.assertEqual(self.names(), ['broken.bmes', 'empty', 'in.bmes', 'notes.txt'])

    def test_links_and_modes_stay_when_a_file_is_replaced(self):
        self.put('in.bmes', import_v1), self.put('real.bmes', empty_v1)
        (self.path / 'real.bmes').chmod(0o640)
        (self.path / 'link.bmes').symlink_to('real.bmes')
        self.run_bmes('convert', 'in.bmes', 'link.bmes', '--format-version', '1')
        self.assertTrue((self.path / 'link.bmes').is_symlink())
        self.assertEqual((self.path / 'real.bmes').read_bytes(), import_v1)
        self.assertEqual((self.path / 'real.bmes').stat().st_mode & 0o777, 0o640)
        subprocess.run([bmes, 'convert', 'in.bmes', 'new.bmes'], cwd=self.path, check=True, preexec_fn=lambda: os.umask(0o027))
        self.assertEqual((self.path / 'new.bmes').stat().st_mode & 0o777, 0o640)

    def test_a_disk_that_is_full_leaves_the_old_file(self):
        self.put('in.bmes', import_v1), self.put('out.bmes', empty_v1)
        limit = lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20)))
        done = self.run_bytes('convert', 'in.bmes', 'out.bmes', code=1, preexec_fn=limit)
        self.assertEqual(done.stderr, b'bmes: out.bmes: File too large\n')
        self.assertEqual((self.path / 'out.bmes').read_bytes(), empty_v1)
        self.assertEqual(self.names(), ['in.bmes', 'out.bmes'])
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([bmes, 'convert', 'in.bmes', '-'], cwd=self.path, stdout=full, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stderr), (1, b'bmes: -: No space left on device\n'))

    def test_a_mistyped_word_is_told_what_is_near(self):
        for arguments, words in (
                (['rnu', 'x'], 'there is no command or file rnu (did you mean run?)'),
                (['insepct', 'a.bmes'], 'there is no command or file insepct (did you mean inspect?)'),
                (['help'], 'there is no command or file help (did you mean --help?)'),
                (['--unknown', 'x'], 'bmes run has no option --unknown'),
                (['--cach=off', 'x'], 'bmes run has no option --cach (did you mean --cache?)'),
                (['run', '--cache-dri', 'folder', 'x'], 'bmes run has no option --cache-dri (did you mean --cache-dir?)'),
                (['-x', 'y'], 'bmes run has no option -x'),
                (['validate', '--jsno', 'a.bmes'], 'bmes validate has no option --jsno (did you mean --json?)'),
                (['inspect', '--moduels', 'x', 'a.bmes'], 'bmes inspect has no option --moduels (did you mean --modules?)'),
                (['inspect', 'a.bmes', 'b.bmes'], 'bmes inspect takes no b.bmes here'),
                (['cache', 'lsit'], 'bmes cache takes no lsit here (did you mean list?)'),
                (['cache', 'list', '--jsno'], 'bmes cache list has no option --jsno (did you mean --json?)'),
                (['why', 'x', '--jsno'], 'bmes why has no option --jsno (did you mean --json?)'),
                (['convert', 'a', 'b', 'c'], 'bmes convert takes no c here')):
            with self.subTest(arguments=arguments):
                done = self.run_bmes(*arguments, code=2)
                self.assertEqual((done.stdout, done.stderr), ('', f'bmes: {words}\n'))

    def test_every_help_fits_a_screen(self):
        for command in [], ['run'], ['compile'], ['validate'], ['inspect'], ['convert'], ['cache'], ['cache', 'prune'], ['cache', 'list'], ['why'], ['graph']:
            lines = self.run_bmes(*command, '--help').stdout.splitlines()
            self.assertLessEqual(len(lines), 24, command)
            for line in lines:
                self.assertLessEqual(len(line), 80)

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
        self.assertIn('namespace *namespace* as "ns" from "x"', self.run_bmes('inspect', '--modules=*', 'out.bmes').stdout)

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
