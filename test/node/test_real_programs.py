"""Real programs from npm, with the imports that people write, against plain Node: the first run and those from the cache.

`NODE_PROGRAMS` in the environment chooses some, e.g. "zod,eslint"; `/5` is every fifth.
"""

import json
import os
import re
import unittest
from pathlib import Path

from support import PROJECT, PackageTest, on_each_version

HERE = Path(__file__).resolve().parent / 'programs'
TOOLS = json.loads((HERE / 'tools.json').read_text())
PROGRAMS = {path.stem: [path.name] for path in sorted(HERE.iterdir()) if path.suffix in ('.mjs', '.js')} | TOOLS


def chosen():
    asked = os.environ.get('NODE_PROGRAMS', '/1')
    if asked[0] == '/':
        return list(PROGRAMS)[::int(asked[1:])]
    return asked.split(',')


def path_of(name):
    """A tool's file, of this folder's packages or of the whole tree's."""
    for top in (HERE, PROJECT):
        if (path := top / 'node_modules' / name).exists():
            return path
    raise FileNotFoundError(f'{name}: scripts/setup node installs it')


class RealPrograms(PackageTest):
    pass


def add(name):
    first, *rest = PROGRAMS[name]

    def test(self, version):
        # As npm starts them: by the path that links lead to.
        command = [str(path_of(first)) if name in TOOLS else str(HERE / first), *rest]
        runs = self.same_everywhere(version, *command, cwd=HERE)
        self.assertTrue(runs[0].stdout, 'a program that prints nothing shows nothing')
        self.assertEqual(runs[3].trace['hits'], runs[3].trace['modules'], runs[3].trace)
        self.assertEqual((0, 0), (runs[3].trace['parsed'], runs[3].trace['refused']), runs[3].trace)
        self.assertGreater(runs[3].trace['modules'], 0)

    test.__name__ = 'test_' + re.sub(r'\W+', '_', name)
    setattr(RealPrograms, test.__name__, on_each_version(test))


for chosen_name in chosen():
    add(chosen_name)

if __name__ == '__main__':
    unittest.main()
