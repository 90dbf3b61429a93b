#!/usr/bin/env python3
"""Real programs from npm, with the imports that people write, print what Node prints: from their sources, into the cache and from it.

The programs are those of test/node, and so is the Node that they are compared with.
"""

import json
import re
import subprocess
import unittest
from pathlib import Path

import support

TOP = Path(__file__).resolve().parents[2]
PROGRAMS = TOP / 'test/node/programs'
TOOLS = json.loads((PROGRAMS / 'tools.json').read_text())
NODE = TOP / 'backends/v8/versions/node_modules/node-26/bin/node'

# What does not run yet: each asks for a module or a function of Node's that is absent (docs/runtime.md), or for an addon.
NOT_YET = {'axios', 'cheerio', 'express', 'fastify', 'koa', 'rollup', 'webpack', 'tool rollup'}

# What shows an error's stack, whose frames are the engine's.
SHOW_FRAMES = {'tool mocha'}
FRAME = re.compile(rb'^ +at .*\n', re.M)


def path_of(name):
    """A program's file, or a tool's by the path that links lead to, as npm starts it."""
    if name not in TOOLS:
        return next(path for path in PROGRAMS.glob(f'{name}.*js'))
    return next(path for top in (PROGRAMS, TOP) if (path := top / 'node_modules' / TOOLS[name][0]).exists())


@unittest.skipUnless(NODE.exists() and (PROGRAMS / 'node_modules').is_dir(), 'no programs, or no Node: run scripts/setup node')
class RealProgramsTest(support.CommandTest):
    def command(self, name):
        return [path_of(name), *TOOLS.get(name, [None])[1:]]

    def check(self, name):
        command = self.command(name)
        node = subprocess.run([NODE, *command], cwd=PROGRAMS, env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=100)
        plain = self.bmes('run', '--cache=off', *command, cwd=PROGRAMS)
        shown, expected = (FRAME.sub(b'', text) if name in SHOW_FRAMES else text for text in (plain.stdout, node.stdout))
        self.assertEqual((shown, plain.code), (expected, node.returncode), plain)
        self.assertTrue(plain.stdout, 'a program that prints nothing shows nothing')
        self.assert_seen(self.bmes('run', *command, cwd=PROGRAMS), plain)
        # What code the timing of a first run leaves out, the second one has.
        self.assert_seen(self.bmes('run', *command, cwd=PROGRAMS), plain)
        warm = self.bmes('run', *command, cwd=PROGRAMS)
        self.assert_seen(warm, plain)
        self.assert_warm(warm)

    def test_the_list_of_what_does_not_run_is_true(self):
        for name in NOT_YET:
            with self.subTest(name):
                self.assertNotEqual(self.bmes('run', '--cache=off', *self.command(name), cwd=PROGRAMS).code, 0)


def add(name):
    setattr(RealProgramsTest, 'test_' + name.replace(' ', '_').replace('-', '_'), lambda self: self.check(name))


for each in sorted({path.stem for path in PROGRAMS.glob('*.*js')} | set(TOOLS)):
    if each not in NOT_YET:
        add(each)

if __name__ == '__main__':
    support.main()
