#!/usr/bin/env python3
"""Large cache files lie on the disk as LZ4 frames. Whatever becomes of one, the program runs as it should."""

import os
import random
import struct
import subprocess
import sys
from pathlib import Path

import support

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import lz4

FRAME = b'\x04\x22\x4d\x18'
ENTRY = 'import * as lodash from "LODASH"; console.log(lodash.chunk([1, 2, 3], 2), Object.keys(lodash).length);'
CONTENT_SIZE_AT = 6  # after magic, FLG and BD


class PackingTest(support.CommandTest):
    def setUp(self):
        super().setUp()
        self.entry = self.write('main.mjs', ENTRY.replace('LODASH', str(support.PACKAGES / 'lodash-es/lodash.js')))
        self.settle()
        self.cold = self.bmes('run', self.entry)
        self.assert_cold(self.cold)
        self.file = self.entry_file()
        self.good = self.file.read_bytes()

    def check_refused(self, bad, *reasons):
        self.file.write_bytes(bad)
        outcome = self.bmes('run', '--cache=readonly', self.entry)
        self.assert_seen(outcome, self.cold)
        self.assertEqual((outcome.trace['result'], outcome.trace['hits']), ('refused', 0), outcome)
        if reasons:
            self.assertIn(outcome.trace['reason'], reasons)

    def test_a_large_entry_is_packed_and_used(self):
        self.assertTrue(self.good.startswith(FRAME))
        size, = struct.unpack_from('<Q', self.good, CONTENT_SIZE_AT)
        self.assertLess(len(self.good), size * 7 // 8)
        self.assert_settled(self.bmes('run', self.entry))
        self.assertEqual(self.cold.trace['written_bytes'], len(self.good))

    def test_the_commands_look_into_packed_files(self):
        self.assertIn(b'lodash.js', self.bmes('inspect', '--all', self.file).stdout)
        self.assertEqual(self.bmes('validate', self.file).code, 0)

    def test_a_small_entry_is_not_packed(self):
        small = self.write('small.mjs', 'console.log(1)')
        self.bmes('run', small)
        self.assertEqual(sorted(p.read_bytes()[:4] for p in self.cache.glob('*.cache')), sorted([FRAME, b'BMES'[::-1]]))

    def test_no_damage_gets_through(self):
        chance, content, same = random.Random(5), lz4.unpacked(self.good), 0
        places = [*range(0, 19), *(chance.randrange(len(self.good)) for _ in range(60))]
        for place in places:
            with self.subTest(place=place):
                bad = bytearray(self.good)
                bad[place] ^= chance.choice((1, 0x80, 0xff))
                # What repeats may stand in two places: then a match with another offset is no damage.
                if place >= 19 and is_same(bad, content):
                    same += 1
                    continue
                self.check_refused(bytes(bad))
        self.assertLess(same, len(places) // 4)

    def test_truncated_and_lengthened_frames_are_refused(self):
        for size in (4, 5, 14, 15, 19, 300, len(self.good) // 2, len(self.good) - 4, len(self.good) - 1):
            with self.subTest(size=size):
                self.check_refused(self.good[:size], 'damaged_frame')
        self.check_refused(self.good + b'\0', 'damaged_frame')
        self.check_refused(self.good + self.good, 'damaged_frame')

    def test_a_frame_that_states_terabytes_allocates_nothing(self):
        # The header's checksum: the second byte of XXH32 of the bytes from FLG on.
        for size in (1 << 40, (1 << 64) - 1, len(self.good) * 300, 0):
            header = self.good[4:CONTENT_SIZE_AT] + struct.pack('<Q', size)
            bad = FRAME + header + bytes([(xxh32(header) >> 8) & 0xff]) + self.good[15:]
            with self.subTest(size=size):
                self.check_refused(bad, 'damaged_frame')

    def test_no_memory_is_taken_on_the_word_of_a_frame(self):
        # As far as its own size goes, this one might hold 20 GB; its first block is none.
        header = self.good[4:CONTENT_SIZE_AT] + struct.pack('<Q', 20 << 30)
        file = self.write('huge', FRAME + header + bytes([(xxh32(header) >> 8) & 0xff]) + b'\1\0\0\0\xff')
        os.truncate(file, 100 << 20)
        with subprocess.Popen([os.environ['BMES'], 'validate', file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(child.returncode, 1)
        self.assertLess(usage.ru_maxrss, 400 << 10)

    def test_a_packed_file_of_something_else_is_refused(self):
        self.check_refused(stored_frame(b'other bytes' * 20000), 'bad_magic')


def is_same(frame, content):
    try:
        return lz4.unpacked(bytes(frame)) == content
    except (IndexError, ZeroDivisionError):
        return False


def rotate(value, count):
    return ((value << count) | (value >> (32 - count))) & 0xffffffff


def xxh32(data):
    """XXH32 of fewer than 16 bytes, seed 0."""
    primes = 2654435761, 2246822519, 3266489917, 668265263, 374761393
    h = (primes[4] + len(data)) & 0xffffffff
    while len(data) >= 4:
        h = rotate((h + int.from_bytes(data[:4], 'little') * primes[2]) & 0xffffffff, 17) * primes[3] & 0xffffffff
        data = data[4:]
    for byte in data:
        h = rotate((h + byte * primes[4]) & 0xffffffff, 11) * primes[0] & 0xffffffff
    h = (h ^ h >> 15) * primes[1] & 0xffffffff
    h = (h ^ h >> 13) * primes[2] & 0xffffffff
    return h ^ h >> 16


def stored_frame(content):
    """An LZ4 frame of uncompressed blocks that states its size."""
    header = bytes([0x68, 0x50]) + struct.pack('<Q', len(content))
    blocks = b''.join(struct.pack('<I', len(b) | 1 << 31) + b for b in (content[i:i + 65536] for i in range(0, len(content), 65536)))
    return FRAME + header + bytes([(xxh32(header) >> 8) & 0xff]) + blocks + bytes(4)


if __name__ == '__main__':
    support.main()
