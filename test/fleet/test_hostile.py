#!/usr/bin/env python3
"""Whatever a server does, a program does what it does without one, within the budget: BMES_STARTS says how often (the campaign of
docs/fleet.md has 10,000)."""

import os
import resource
import time

import fleet_support
from fleet_support import PROGRAM, support
import hostile_server
import servers

BUDGET_MS = 60
STARTS = int(os.environ.get('BMES_STARTS', '3'))  # with each kind of server
# What may be said of a server that is none; whatever is said, nothing of it was used.
REASONS = {'no_entry', 'remote_unreachable', 'remote_timeout', 'remote_status', 'remote_denied', 'remote_damaged', 'remote_redirected', 'remote_failed',
           'not_signed', 'unknown_key', 'wrong_signature', 'no_candidate', 'remote_too_slow'}
EXPECTED = {'refuse': {'remote_unreachable'}, 'stall': {'remote_timeout'}, 'stall_in_body': {'remote_timeout'}, 'short': {'remote_damaged'},
            'endless_chunked': {'remote_damaged', 'remote_timeout'}, 'status_500': {'remote_status'}, 'redirect': {'remote_redirected'},
            'other_blob': {'wrong_signature'}, 'huge_length': {'remote_damaged'}, 'nested': {'remote_damaged'}, 'drip': {'remote_timeout'}}


class HostileTest(fleet_support.FleetTest):
    def blobs(self):
        """Entries that are signed, each for another key than it will be asked for."""
        with servers.nginx() as server:
            self.assert_sent(self.ci(server.url, 'blobs', files={**PROGRAM, 'package-lock.json': '{"other": 1}'}).run())
            return [server.get(key) for key in server.keys()]

    def check(self, kind, protocol, **settings):
        with hostile_server.hostile(kind, protocol, **settings) as server:
            there = self.server(server.url, f'{kind}-{protocol}', BMES_CACHE_BUDGET=BUDGET_MS)
            expected = there.uncached()
            reasons = set()
            for n in range(STARTS):
                # Empty caches: a server that failed is asked again.
                there.forget()
                outcome = there.run()
                self.assert_seen(outcome, expected)
                self.assertEqual(outcome.trace['hits'], 0, outcome)
                self.assertLess(outcome.trace['remote_ms'], BUDGET_MS + 40 + self.patience, outcome)
                reasons.add(outcome.trace['remote'])
            self.assertLessEqual(reasons, EXPECTED.get(kind, REASONS), kind)
            if kind == 'redirect':
                self.assertEqual(server.visits, 0)
            # What could not be sent changes nothing either.
            ci = self.ci(server.url, f'ci-{kind}-{protocol}', BMES_CACHE_BUDGET=BUDGET_MS)
            ci.environment['BMES_FLEET'] = str(self.quick)
            self.assert_seen(ci.run(), ci.uncached())

    def setUp(self):
        super().setUp()
        self.quick = self.folder / 'quick.json'
        self.quick.write_text('{"upload_budget_ms": 100}')
        # Under sanitizers, or beside other tests, a process may have to wait for the processor.
        self.patience = 100

    def test_http(self):
        blobs = self.blobs()
        for kind in hostile_server.kinds('http'):
            with self.subTest(kind):
                self.check(kind, 'http', **({'blobs': lambda key: blobs[int(key[-1], 16) % len(blobs)]} if kind == 'other_blob' else {}))

    def test_redis(self):
        blobs = self.blobs()
        for kind in hostile_server.kinds('redis'):
            with self.subTest(kind):
                self.check(kind, 'redis', **({'blobs': lambda key: blobs[int(key[-1], 16) % len(blobs)]} if kind == 'other_blob' else {}))

    def test_an_endless_answer_takes_no_endless_memory(self):
        for protocol in 'http', 'redis':
            with hostile_server.hostile('endless', protocol) as server:
                there = self.server(server.url, protocol, BMES_CACHE_BUDGET=1000)
                before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
                began = time.monotonic()
                there.run()
                self.assertLess(time.monotonic() - began, 3)
                self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, max(before, 700 * 1024))


if __name__ == '__main__':
    support.main()
