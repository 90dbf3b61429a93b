#!/usr/bin/env python3
"""One cache for a fleet: a graph that one machine made serves others, by real servers on loopback, and nobody can slip anything in."""

import json
import os

import fleet_support
from fleet_support import PROGRAM, start_together, support
import hostile_server
import servers
import random_program


def each_server(test):
    """Runs a test once with each kind of server."""
    def run(self):
        kinds = {'redis': lambda: servers.redis(), 'redis by a password': lambda: servers.redis(password='p@ss:/w'),
                 'redis by a socket': lambda: servers.redis(unix=True), 'redis by TLS': lambda: servers.redis(password='x', tls=True),
                 'nginx': lambda: servers.nginx(), 'nginx with a token': lambda: servers.nginx(token='secret-token'), 'a bucket of S3': lambda: servers.s3('eu-west-1')}
        for kind, make in kinds.items():
            with self.subTest(kind), make() as server:
                self.kind = kind.replace(' ', '-')
                test(self, server, self.url_of(server))
    return run


def entries_in(server):
    """The keys of what is stored, without claims."""
    return sorted(key for key in server.keys() if ':claim:' not in key)


class ServersTest(fleet_support.FleetTest):
    @each_server
    def test_a_graph_that_ci_made_serves_another_checkout_of_another_user_at_another_time(self, server, url):
        ci = self.ci(url, f'ci-{self.kind}')
        first = ci.run()
        self.assertEqual(first.trace['remote'], 'no_entry', first)
        self.assert_sent(first)
        there = self.server(url, f'there-{self.kind}')
        hit = there.run()
        self.assert_remote_hit(hit, there)
        self.assertEqual(hit.trace['modules'], first.trace['modules'])
        self.assertIn(str(there.root), hit.stdout.decode())
        self.assertNotIn(str(ci.root), hit.stdout.decode())
        # From here on the server is not asked.
        server.stop()
        again = there.run()
        self.assert_settled(again)
        self.assertNotIn('remote', again.trace)
        self.assert_seen(again, hit)

    @each_server
    def test_the_same_commit_on_two_machines_is_one_entry(self, server, url):
        self.assert_sent(self.ci(url, f'one-{self.kind}', 'a/b/c').run())
        stored = entries_in(server)
        self.assertEqual(len(stored), 2, stored)
        # It has none yet of its own, gets the first one's, and has nothing to add.
        second = self.ci(url, f'two-{self.kind}', 'd').run()
        self.assert_remote_hit(second)
        self.assertEqual(entries_in(server), stored)
        # One that was not allowed to read makes the same.
        blind = self.ci(url + '|write-only', f'three-{self.kind}', 'e/f').run()
        self.assertEqual(blind.trace['upload'], 'known_there', blind)
        self.assertEqual(entries_in(server), stored)


class RulesTest(fleet_support.FleetTest):
    """What does not depend on the kind of server."""

    def setUp(self):
        super().setUp()
        self.redis = servers.redis()
        self.store = self.redis.__enter__()
        self.addCleanup(self.redis.__exit__, None, None, None)
        self.url = self.url_of(self.store)

    def with_nginx(self):
        """A server whose entries lie in a folder."""
        context = servers.nginx()
        server = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return server

    # What is looked at

    def test_any_other_source_or_fact_is_another_graph(self):
        ci = self.ci(self.url)
        self.assert_sent(ci.run())
        changes = {
            'a source': ('lib/name.mjs', "export const name = 'another';\n"),
            'a source of the same size': ('lib/name.mjs', "export const name = 'FLEET';\n"),
            'a package': ('node_modules/helper/package.json', '{"name": "helper", "version": "1.0.1", "type": "module", "exports": "./index.js"}\n'),
            'JSON': ('data.json', '{"value": 8}\n'),
        }
        for what, (path, text) in changes.items():
            with self.subTest(what):
                there = self.server(self.url, what.replace(' ', '-'), files={**PROGRAM, path: text})
                outcome = there.run()
                self.assert_remote(outcome, 'no_candidate', there)
                self.assertIn(path, outcome.trace['remote_detail'])
                self.assert_settled(there.run())

    def test_no_graph_comes_in_vain_for_an_edit_of_the_program_s_own_files(self):
        ci = self.ci(self.url)
        self.assert_sent(ci.run())
        edited, updated = {'lib/name.mjs': "export const name = 'another';\n"}, {'node_modules/helper/index.js': '// newer\n' + PROGRAM['node_modules/helper/index.js']}

        def received(name, files):
            outcome = self.server(self.url, name, files=files).run()
            self.assert_remote(outcome, 'no_candidate')
            return outcome.trace['received_bytes']

        # With a lock file, packages are what it says, and what is in them is read while the graph comes.
        manifest = received('edited', {**PROGRAM, **edited})
        self.assertGreater(received('updated', {**PROGRAM, **updated}), manifest)
        # Without, and with several candidates, they are told apart first.
        bare = {path: text for path, text in PROGRAM.items() if path != 'package-lock.json'}
        for n in range(2):
            self.assert_sent(self.ci(self.url, f'bare-{n}', files={**bare, 'lib/name.mjs': f"export const name = 'commit {n}';\n"}).run())
        manifest = received('bare-edited', {**bare, **edited})
        self.assertEqual(received('bare-updated', {**bare, **updated, 'lib/name.mjs': "export const name = 'commit 0';\n"}), manifest)

    def test_a_lock_file_a_condition_and_an_entry_are_part_of_the_key(self):
        self.assert_sent(self.ci(self.url).run())
        there = self.server(self.url, files={**PROGRAM, 'package-lock.json': '{"lockfileVersion": 2}\n'})
        self.assert_remote(there.run(), 'no_entry', there)
        there = self.server(self.url, 'conditions')
        self.assert_remote(there.bmes('run', '-C', 'production', 'main.mjs'), 'no_entry')
        there = self.server(self.url, 'entry', files={**PROGRAM, 'other.mjs': PROGRAM['main.mjs']})
        self.assert_remote(there.run('other.mjs'), 'no_entry')

    def test_candidates_of_several_commits_stand_beside_each_other_and_stay_bounded(self):
        texts = [f"export const name = 'commit {n}';\n" for n in range(11)]
        for n, text in enumerate(texts):
            self.assert_sent(self.ci(self.url, f'ci-{n}', files={**PROGRAM, 'lib/name.mjs': text}).run())
        for n, text in enumerate(texts):
            there = self.server(self.url, f'there-{n}', files={**PROGRAM, 'lib/name.mjs': text})
            if n >= 3:
                self.assert_remote_hit(there.run(), there)
            else:
                self.assert_remote(there.run(), 'no_candidate', there)

    def test_one_changed_source_on_a_machine_that_has_an_entry_asks_and_gets_the_new_graph(self):
        there = self.server(self.url)
        self.assert_remote(there.run(), 'no_entry')
        changed = {**PROGRAM, 'lib/name.mjs': "export const name = 'deployed';\n"}
        self.assert_sent(self.ci(self.url, files=changed).run())
        there.write('lib/name.mjs', changed['lib/name.mjs'])
        self.settle()
        self.assert_remote_hit(there.run(), there)
        self.assert_settled(there.run())

    def test_a_folder_with_a_strange_name_is_a_checkout_too(self):
        self.assert_sent(self.ci(self.url, place='a b/100%/ü').run())
        there = self.server(self.url, place="x'y/#1?")
        self.assert_remote_hit(there.run(), there)

    def test_errors_and_stacks_show_the_paths_of_this_machine(self):
        files = {**PROGRAM, 'main.mjs': "import { fail } from './lib/fail.mjs';\nfail();\n", 'lib/fail.mjs': "export function fail() {\n  throw new TypeError('here');\n}\n"}
        ci = self.ci(self.url, files=files)
        self.assert_sent(ci.run())
        there = self.server(self.url, files=files)
        outcome = there.run()
        self.assertIn(f'{there.root}/lib/fail.mjs:2', outcome.stderr.decode())
        self.assert_remote_hit(outcome, there)

    def test_programs_made_by_chance_do_the_same_from_elsewhere(self):
        hits = 0
        for seed in range(int(os.environ.get('BMES_SEEDS', '12'))):
            with self.subTest(seed):
                files = {**random_program.make(seed), 'package-lock.json': f'{{"seed": {seed}}}'}
                ci, there = self.ci(self.url, f'ci-{seed}', files=files), self.server(self.url, f'there-{seed}', files=files)
                if ci.run('main.mjs', 'A').trace.get('upload') != 'sent':
                    continue
                plain, far = there.uncached('main.mjs', 'A'), there.run('main.mjs', 'A')
                self.assert_seen(far, plain)
                self.assertEqual(far.trace['remote'], 'hit', far)
                hits += 1
        self.assertGreater(hits, 5)

    # Who is believed

    def test_without_a_trusted_key_nothing_is_asked(self):
        self.assert_sent(self.ci(self.url).run())
        there = self.server(self.url, BMES_CACHE_TRUST=None)
        self.assert_remote(there.run(), 'no_trusted_key', there)

    def test_only_trusted_keys_count_and_revoked_ones_never(self):
        self.assert_sent(self.ci(self.url).run())
        _, other = self.new_key('ci-1')
        there = self.server(self.url, 'other', BMES_CACHE_TRUST=other)
        self.assert_remote(there.run(), 'unknown_key', there)
        there = self.server(self.url, 'both', BMES_CACHE_TRUST=f'{other} {self.public}')
        self.assert_remote_hit(there.run(), there)
        there = self.server(self.url, 'revoked', BMES_CACHE_TRUST=f'{other} {self.public}', BMES_CACHE_REVOKED=self.public)
        self.assert_remote(there.run(), 'revoked_key', there)

    def test_whoever_can_write_to_the_server_can_change_nothing(self):
        server = self.with_nginx()
        self.assert_sent(self.ci(server.url).run())
        sizes = {key: len(server.get(key)) for key in server.keys()}
        manifest, blob = sorted(sizes, key=sizes.get)
        good = {key: server.get(key) for key in sizes}

        def changed(at):
            return lambda b: b[:at] + bytes([b[at] ^ 1]) + b[at + 1:]

        attacks = {
            'a byte of the graph': (blob, changed(200), 'wrong_signature'),
            'a byte of its signature': (blob, changed(50), 'wrong_signature'),
            'a byte of the manifest': (manifest, changed(150), 'wrong_signature'),
            'another signer': (manifest, changed(9), 'unknown_key'),
            'no signature': (blob, lambda b: b[96:], 'not_signed'),
            'half of it': (blob, lambda b: b[:len(b) // 2], 'wrong_signature'),
            'nothing': (manifest, lambda b: b'', 'not_signed'),
            'another entry in its place': (manifest, lambda b: good[blob], 'wrong_signature'),
            'the manifest as the graph': (blob, lambda b: good[manifest], 'wrong_signature'),
        }
        for n, (what, (key, change, reason)) in enumerate(attacks.items()):
            with self.subTest(what):
                server.put(key, change(good[key]))
                there = self.server(server.url, f'there-{n}')
                self.assert_remote(there.run(), reason, there)
                counted = json.loads(there.bmes('cache', 'stats', '--remote', '--json').stdout)
                self.assertEqual(counted['answers'], {reason: 1})
                server.put(key, good[key])
        there = self.server(server.url, 'in-the-end')
        self.assert_remote_hit(there.run(), there)

    def test_a_graph_of_another_program_under_this_ones_key_is_refused(self):
        server = self.with_nginx()
        self.assert_sent(self.ci(server.url).run())
        before = set(server.keys())
        self.assert_sent(self.ci(server.url, 'other', files={**PROGRAM, 'lib/name.mjs': "export const name = 'evil';\n", 'package-lock.json': '{}'}).run())
        mine = sorted(before, key=lambda k: len(server.get(k)))
        other = sorted(set(server.keys()) - before, key=lambda k: len(server.get(k)))
        for n in range(2):  # the manifest, the graph
            kept = server.get(mine[n])
            server.put(mine[n], server.get(other[n]))
            there = self.server(server.url, f'there-{n}')
            self.assert_remote(there.run(), 'wrong_signature', there)
            server.put(mine[n], kept)

    def test_a_graph_that_somebody_overwrote_is_put_right_by_the_next_push(self):
        server = self.with_nginx()
        ci = self.ci(server.url)
        self.assert_sent(ci.run())
        blob = max(server.keys(), key=lambda key: len(server.get(key)))
        server.put(blob, b'x' * len(server.get(blob)))
        there = self.server(server.url)
        self.assert_remote(there.run(), 'not_signed', there)
        pushed = ci.bmes('cache', 'push')
        self.assertEqual(pushed.code, 0, pushed)
        there.forget()
        self.assert_remote_hit(there.run(), there)

    def test_what_a_revoked_key_signed_is_sent_anew_by_the_next_one(self):
        for url in self.url, self.with_nginx().url:
            ci = self.ci(url, f'ci-{len(url)}')
            self.assert_sent(ci.run())
            secret, public = self.new_key('ci-2')
            rules = {'BMES_CACHE_TRUST': f'{public} {self.public}', 'BMES_CACHE_REVOKED': self.public}
            there = self.server(url, f'there-{len(url)}', **rules)
            self.assert_remote(there.run(), 'revoked_key', there)
            pushed = ci.bmes('cache', 'push', env={**rules, 'BMES_CACHE_SECRET_KEY': secret})
            self.assertEqual(pushed.code, 0, pushed)
            there.forget()
            self.assert_remote_hit(there.run(), there)

    def test_what_the_file_revokes_stays_revoked(self):
        self.assert_sent(self.ci(self.url).run())
        config = self.folder / 'fleet.json'
        config.write_text(json.dumps({'revoked_keys': [self.public]}))
        _, other = self.new_key('other')
        there = self.server(self.url, BMES_FLEET=str(config), BMES_CACHE_REVOKED=other)
        self.assert_remote(there.run(), 'revoked_key', there)

    def test_a_secret_key_in_the_place_of_a_public_one_is_not_shown(self):
        text = self.secret.read_text().strip()
        outcome = self.server(self.url, BMES_CACHE_TRUST=text).run()
        self.assertEqual(outcome.trace['remote'], 'bad_configuration', outcome)
        self.assertNotIn(text.split(':')[1], outcome.trace['remote_detail'])

    # Servers that forget, and many that ask

    def test_a_graph_that_the_server_threw_away_is_sent_again(self):
        ci = self.ci(self.url)
        self.assert_sent(ci.run())
        blob = max(self.store.keys(), key=lambda key: len(self.store.get(key)))
        self.store.delete(blob)
        there = self.server(self.url)
        self.assert_remote(there.run(), 'no_entry', there)
        other = self.ci(self.url, 'again')
        self.assert_sent(other.run())
        there.forget()
        self.assert_remote_hit(there.run(), there)

    def test_64_starts_of_a_new_program_at_once_are_right_and_send_once(self):
        machines = [self.ci(self.url, f'machine-{n}', f'place-{n}/app', BMES_CACHE_BUDGET='5000') for n in range(64)]
        expected = [machine.uncached().stdout for machine in machines[:2]]
        outcomes = start_together([([os.environ['BMES'], 'run', 'main.mjs'],
                                    self.environment(**{'BMES_CACHE_DIR': m.cache, **m.environment}), m.root) for m in machines])
        for machine, outcome in zip(machines, outcomes):
            self.assertEqual(outcome.code, 0, outcome)
            self.assertEqual(outcome.stdout.decode().replace(str(machine.root), 'R'), expected[0].decode().replace(str(machines[0].root), 'R'))
        self.assertEqual(sum(o.trace.get('upload') == 'sent' for o in outcomes), 1, [o.trace for o in outcomes][:3])
        self.assertEqual(self.store.writes, 2)

    def test_a_server_that_is_killed_in_the_middle_costs_time_and_nothing_else(self):
        self.assert_sent(self.ci(self.url).run())
        there = self.server(self.url)
        expected = there.uncached()
        for n in range(6):
            there.forget()
            if n == 3:
                self.store.kill()
            outcome = there.run(env={'BMES_CACHE_BUDGET': '300'})
            self.assert_seen(outcome, expected)
        self.assertIn(outcome.trace['remote'], ('remote_resting', 'remote_unreachable'), outcome)

    def test_a_remote_that_failed_is_left_alone_for_some_seconds(self):
        self.store.stop()
        there = self.server(self.url)
        # There is no folder yet, and nothing is kept.
        first = there.bmes('run', '--cache=readonly', 'main.mjs')
        self.assert_remote(first, 'remote_unreachable', there)
        self.assertEqual(there.cache.stat().st_mode & 0o777, 0o700)
        there.write('lib/name.mjs', "export const name = 'edited';\n")
        self.settle()
        second = there.run()
        self.assertEqual(second.trace['remote'], 'remote_resting', second)

    # Layers and roles

    def test_several_remotes_are_asked_in_their_order(self):
        with servers.redis() as other:
            second = self.url_of(other)
            self.assert_sent(self.ci(second).run())
            there = self.server(f'{self.url} {second}')
            self.assert_remote_hit(there.run(), there)
            with servers.redis() as third:
                ci = self.ci(f'{second}|read-only {self.url_of(third)}', 'roles')
                ci.environment['BMES_CACHE_REMOTE'] = f'{self.url_of(third)}|write-only {second}|read-only'
                self.assert_remote_hit(ci.run())
                self.assertEqual(entries_in(third), [], 'what came from others is not sent on')

    def test_a_remote_that_takes_all_the_time_is_not_asked_again_before_the_next_one(self):
        with hostile_server.hostile('stall', 'redis') as silent, servers.redis() as good:
            self.assert_sent(self.ci(self.url_of(good)).run())
            there = self.server(f'{silent.url} {self.url_of(good)}', BMES_CACHE_BUDGET='400')
            self.assert_remote(there.bmes('run', '--cache=readonly', 'main.mjs'), 'remote_timeout', there)
            self.assert_remote_hit(there.run(), there)

    def test_a_file_says_what_the_variables_do_not(self):
        self.assert_sent(self.ci(self.url).run())
        there = self.server(None, BMES_CACHE_TRUST=None)
        config = self.folder / 'home/.config/bmes/fleet.json'
        config.parent.mkdir(parents=True)
        config.write_text(json.dumps({'remotes': [{'url': self.url, 'role': 'read-only'}], 'trusted_keys': [self.public], 'budget_ms': 1500}))
        self.assert_remote_hit(there.run(), there)
        there.forget()
        self.assertNotIn('remote', there.run(env={'BMES_CACHE_REMOTE': 'off'}).trace)
        for wrong in ('{', '[]', '{"remote": []}', '{"remotes": [7]}', '{"trusted_keys": ["x"]}', '{"budget_ms": -1}', '{"remotes": [{"role": "read-only"}]}'):
            with self.subTest(wrong):
                there.forget()
                config.write_text(wrong)
                self.assert_remote(there.run(), 'bad_configuration', there)

    def test_a_secret_that_others_may_read_is_not_used(self):
        self.secret.chmod(0o644)
        ci = self.ci(self.url)
        self.assertEqual(ci.run().trace['remote'], 'bad_configuration')
        self.assertEqual(entries_in(self.store), [])

    def test_readonly_reads_and_off_asks_nobody(self):
        self.assert_sent(self.ci(self.url).run())
        there = self.server(self.url)
        outcome = there.bmes('run', '--cache=readonly', 'main.mjs')
        self.assertEqual((outcome.trace['remote'], outcome.trace['result'], outcome.trace['written_bytes']), ('hit', 'hit', 0), outcome)
        self.assertNotIn('remote', there.uncached().trace)

    # Commands

    def test_what_is_pushed_can_be_pulled(self):
        ci = self.ci(self.url)
        made = ci.bmes('compile', '--graph', 'esm.mjs', '--push') if ci.write('esm.mjs', "import './lib/name.mjs'; console.log('esm');\n") else None
        self.assertEqual(made.code, 0, made)
        self.assertIn('sent 1,', made.stdout.decode())
        there = self.server(self.url, files={**PROGRAM, 'esm.mjs': "import './lib/name.mjs'; console.log('esm');\n"})
        got = there.bmes('cache', 'pull', 'esm.mjs')
        self.assertEqual(got.code, 0, got)
        self.store.stop()
        self.assert_warm(there.run('esm.mjs'), 2)
        again = ci.bmes('cache', 'push', '--json')
        self.assertEqual(again.code, 1, again)

    def test_programs_are_pushed_once_each_and_pulled_on_another_machine(self):
        count = int(os.environ.get('BMES_PROGRAMS', '20'))
        files = {**PROGRAM, **{f'tool-{n}.mjs': f"import {{ name }} from './lib/name.mjs';\nconsole.log('tool {n}', name);\n" for n in range(count)}}
        tools = [f'tool-{n}.mjs' for n in range(count)]
        ci = self.ci(None, files=files, BMES_CACHE_SECRET_KEY=None)
        for tool in tools:
            ci.run(tool)
        remote = {'BMES_CACHE_REMOTE': self.url, 'BMES_CACHE_SECRET_KEY': self.secret}
        first = json.loads(ci.bmes('cache', 'push', '--json', env=remote).stdout)
        self.assertEqual((first['sent'], first['failed']), (count, 0), first)
        second = json.loads(ci.bmes('cache', 'push', '--json', env=remote).stdout)
        self.assertEqual((second['sent'], second['known'], second['failed']), (0, count, 0), second)
        there = self.server(self.url, files=files)
        got = there.bmes('cache', 'pull', '--json', *tools)
        self.assertEqual((json.loads(got.stdout)['got'], got.code), (count, 0), got)
        for n in range(0, count, max(1, count // 20)):
            self.assert_warm(there.run(tools[n]), 2)
        ci.write('tool-3.mjs', "console.log('tool 3!');\n")
        third = ci.bmes('cache', 'push', '--json', env=remote)
        self.assertEqual((json.loads(third.stdout)['failed'], third.code), (1, 1), third)
        self.assertIn('stale_here', third.stdout.decode())

    def test_keys_are_made_once_and_shown(self):
        shown = self.bmes('key', 'show', self.secret)
        self.assertEqual((shown.code, shown.stdout.decode().strip()), (0, self.public))
        self.assertEqual(self.secret.stat().st_mode & 0o777, 0o600)
        again = self.bmes('key', 'generate', 'x', '-o', self.secret)
        self.assertEqual(again.code, 1, again)
        self.assertEqual(self.bmes('key', 'generate', 'a:b', '-o', self.folder / 'k').code, 1)
        self.assertEqual(self.bmes('key', 'show', self.folder / 'none').code, 1)

    def test_serve_check_tells_a_server_that_is_fit(self):
        for server in (self.store, self.with_nginx()):
            checked = self.bmes('cache', 'serve-check', '--json', server.url)
            self.assertEqual((checked.code, json.loads(checked.stdout)['fit']), (0, True), checked)
            self.assertGreater(len(json.loads(checked.stdout)['checks']), 5)
        self.store.stop()
        checked = self.bmes('cache', 'serve-check', self.store.url)
        self.assertEqual(checked.code, 1, checked)
        self.assertIn('NOT fit', checked.stdout.decode())


if __name__ == '__main__':
    support.main()
