#!/usr/bin/env python3
"""What runs in a warm start lies in one part of the command, as tools/function_order.txt has it."""

import os
import subprocess
import unittest
from pathlib import Path

ORDER = Path(__file__).resolve().parents[2] / 'tools/function_order.txt'


class FunctionOrder(unittest.TestCase):
    def setUp(self):
        symbols = [line.split() for line in subprocess.run(['nm', os.environ['BMES']], capture_output=True, text=True, check=True).stdout.splitlines()]
        self.code = {symbol[2]: int(symbol[0], 16) for symbol in symbols if len(symbol) == 3 and symbol[1] in 'tTwW'}
        self.names = ORDER.read_text().splitlines()

    def test_the_functions_of_the_list_are_those_of_this_engine(self):
        found = sum(name in self.code for name in self.names)
        self.assertGreater(found, len(self.names) * 0.8, 'scripts/function-order makes the list anew')

    def test_they_lie_side_by_side(self):
        listed = sorted(self.code[name] for name in self.names if name in self.code)
        everything = max(self.code.values()) - min(self.code.values())
        self.assertLess(listed[len(listed) * 9 // 10] - listed[0], everything * 0.6)


if __name__ == '__main__':
    unittest.main()
