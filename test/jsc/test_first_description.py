#!/usr/bin/env python3
"""The programs of the first description of this cache (README, "Compatibility") run unchanged, and print what it says.

first_description/*.js has its blocks of code, byte for byte; what are marks to the reader there was encoded twice before it got
to us. first_description/*.fragment.js are blocks that are no programs by themselves: the tests put before them what
they need.
"""

import re
import struct
from pathlib import Path

import support

BLOCKS = Path(__file__).resolve().parent / 'first_description'
TICK = '✓'.encode().decode('mac_roman')
NEEDS_CACHE = '''import { CachedBytecode } from "bun:internal-for-testing";
const source = "export const a = () => import.meta.url;";
const cache = CachedBytecode.generateForESMWithMetadata("/test.js", source);
'''


class FirstDescriptionTest(support.CommandTest):
    def check(self, program, pattern, **settings):
        """Runs a program of it without a cache, into one, and from it. Its output, of which numbers vary."""
        for expected in None, 'miss', 'hit':
            outcome = self.bmes('run', *([] if expected else ['--cache=off']), program, **settings)
            self.assertEqual((outcome.code, outcome.stderr), (0, b''), outcome)
            self.assertRegex(outcome.stdout.decode(), re.compile(f'\\A{pattern}\\Z'))
            if expected:
                self.assertEqual(outcome.trace['result'], expected, outcome)
        self.assert_warm(outcome, 1)
        return outcome.stdout.decode()

    def fragment(self, name, before):
        """A block that is no program, behind what it needs."""
        return self.write(name, before.encode() + (BLOCKS / name).read_bytes())

    def test_generating_a_cache_writes_it(self):
        self.check(BLOCKS / 'generate.js', r'Cache generated: \d+ bytes\n')
        data = (self.sources / 'module.cache').read_bytes()
        self.assertEqual(data[:16], b'SEMB' + struct.pack('<III', 1, 0, 0))  # magic, version, no requests, no imports
        self.assertEqual(struct.unpack_from('<I', data, 16), (3,))  # add, default, greeting

    def test_validating_a_cache_tells_good_from_bad(self):
        self.bmes('run', '--cache=off', BLOCKS / 'generate.js')
        self.check(BLOCKS / 'validate.js', r'Cache is valid!\n')
        path = self.sources / 'module.cache'
        good = path.read_bytes()
        for bad in b'', good[:-1], good + b'\0', b'X' + good[1:], good[:4] + b'\2' + good[5:], good[:100]:
            path.write_bytes(bad)
            outcome = self.bmes('run', BLOCKS / 'validate.js')
            self.assertEqual((outcome.stdout, outcome.stderr, outcome.code), (b'', b'Cache is invalid or corrupted\n', 0), outcome)

    def test_inspecting_a_cache_shows_magic_version_and_size(self):
        self.check(self.fragment('inspect.fragment.js', NEEDS_CACHE), r'Magic: 0x424d4553\nVersion: 1\nTotal size: \d+ bytes\n')

    def test_the_complete_example_runs(self):
        written = Path('/tmp/utils.cache')
        self.addCleanup(written.unlink, missing_ok=True)
        t = re.escape(TICK)
        self.check(BLOCKS / 'complete-example.js', f'''ESM Bytecode Cache Demo

1\\. Generating cache\\.\\.\\.
   {t} Generated \\d+ bytes

2\\. Validating cache\\.\\.\\.
   {t} Cache is valid

3\\. Saving cache\\.\\.\\.
   {t} Saved to /tmp/utils\\.cache

4\\. Loading and re-validating\\.\\.\\.
   {t} Loaded cache is valid

5\\. Cache structure:
   Magic: 0x424d4553 \\("BMES"\\)
   Version: 1
   Size: \\d+ bytes

{t} All operations successful!
''')

    def test_performance_is_measured(self):
        self.check(BLOCKS / 'performance.js', r'Generation: \d+\.\d{3}ms avg\nValidation: \d+\.\d{3}ms avg\nSpeedup: \d+\.\dx\n')

    def test_a_syntax_error_gives_no_cache_and_no_exception(self):
        before = 'import { CachedBytecode } from "bun:internal-for-testing"; const source = "export const = 1";\n'
        path = self.fragment('generation-fails.fragment.js', before)
        path.write_bytes(path.read_bytes() + b'\nconsole.log(cache);\n')
        self.check(path, r'null\n')

    def test_what_is_no_cache_is_invalid(self):
        path = self.fragment('validation-fails.fragment.js', 'import { CachedBytecode } from "bun:internal-for-testing"; const cache = new Uint8Array(28);\n')
        text = path.read_bytes()
        self.assertEqual(text.count(b'{\n'), 1)
        path.write_bytes(text.replace(b'{\n', b'{\n  console.log("invalid");\n'))
        self.check(path, r'invalid\n')

    def test_a_file_URL_is_no_assertion_failure_any_more(self):
        path = self.fragment('file-url.fragment.js', 'import { CachedBytecode } from "bun:internal-for-testing"; const source = "export const a = 1;";\n')
        path.write_bytes(path.read_bytes() + b'\nconsole.log("went on");\n')
        self.check(path, r'went on\n')
        entry = self.write('same.mjs', NEEDS_CACHE + 'const url = CachedBytecode.generateForESMWithMetadata("file:///test.js", source);'
                                                     'console.log(url.length === cache.length);')
        self.check_program(entry)
        self.assertEqual(self.bmes('run', entry).stdout, b'true\n')

    def test_the_example_of_a_round_trip_runs(self):
        output = self.check(support.PROJECT / 'examples/test-cache-roundtrip.js', r'ESM Bytecode Cache - Round Trip Test\n\n(?:.*\n)*✓ All operations successful!\n')
        self.assertNotIn('✗', output)
        self.assertEqual(output.count('✓'), 13)

    def test_the_example_of_manual_usage_prints_what_the_document_expects(self):
        self.check(support.PROJECT / 'examples/test-manual-cache-usage.js', r'''ESM Bytecode Cache - Manual Performance Test

Test 1: Cache Generation
✅ Cache generated: \d+ bytes
⏱️  Generation time: \d+\.\d\dms

Test 2: Cache Validation
✅ Cache is valid
⏱️  Validation time: \d+\.\d\dms

Test 3: Performance Comparison
📊 Results \(100 iterations\):
   Cache generation: \d+\.\d{3}ms avg
   Cache validation: \d+\.\d{3}ms avg
   Speedup: \d+\.\dx faster
''')


if __name__ == '__main__':
    support.main()
