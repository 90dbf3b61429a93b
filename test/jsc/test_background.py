#!/usr/bin/env python3
"""The cache is written after the program's end, by a process that nobody waits for: what that process keeps, survives
and leaves behind, and what a signal does."""

import fcntl
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest

import support

QUIET = {'BMES_TRACE': None}
WAIT = {'BMES_TRACE': None, 'BMES_CACHE_WAIT': '1'}
# Long enough to be written that whoever does not wait sees it unwritten.
MANY = ''.join(f'export function f{i}(a) {{ return [a, {i}].map((x) => x + {i}).join(); }}\nf{i}(1);\n' for i in range(3000))


class BackgroundTest(support.CommandTest):
    def setUp(self):
        super().setUp()
        self.entry = self.write('main.mjs', 'import "./many.mjs"; console.log("done");')
        self.write('many.mjs', MANY)
        self.settle()

    def start(self, *arguments, env=QUIET, **settings):
        return subprocess.Popen([os.environ['BMES'], *map(str, arguments)], env=self.environment(**env), cwd=self.sources, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings)

    def wait_for_entry(self):
        give_up = time.monotonic() + 30
        while not (self.cache.exists() and {p.suffix for p in self.cache.iterdir()} - {'.engine', '.counts'} == {'.cache'}):
            self.assertLess(time.monotonic(), give_up, 'no cache, or more than that')
            time.sleep(0.01)

    def test_a_lock_of_the_callers_is_not_held(self):
        lock = self.folder / 'lock'
        with open(lock, 'w') as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            outcome = self.bmes('run', self.entry, env=QUIET, pass_fds=[held.fileno()])
        self.assertEqual((outcome.stdout, outcome.code), (b'done\n', 0), outcome)
        with open(lock, 'w') as again:
            fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.wait_for_entry()

    def test_a_pipe_of_the_callers_ends_with_the_program(self):
        reader, writer = os.pipe()
        self.bmes('run', self.entry, env=QUIET, pass_fds=[writer])
        os.close(writer)
        started = time.monotonic()
        self.assertEqual(os.read(reader, 1), b'')
        self.assertFalse(list(self.cache.glob('*.cache')) and time.monotonic() - started > 0.5, 'waited for the write')
        os.close(reader)
        self.wait_for_entry()

    def test_a_limit_on_files_neither_kills_the_run_nor_leaves_a_file(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        for env in WAIT, {}:
            with self.subTest(env=env):
                outcome = self.bmes('run', self.entry, env=env, preexec_fn=limit)
                self.assertEqual((outcome.stdout, outcome.stderr, outcome.code), (b'done\n', b'', 0), outcome)
                self.assertEqual(self.files_in(self.cache), [])
        self.assertEqual((outcome.trace['result'], outcome.trace['reason'], outcome.trace['written_bytes']), ('miss', 'no_entry', 0), outcome)

    @unittest.skipUnless(shutil.which('script') and support.has_terminals(), 'needs script(1) and terminals')
    def test_the_end_of_a_terminal_does_not_end_the_write(self):
        for _ in range(5):
            shutil.rmtree(self.cache, ignore_errors=True)
            done = subprocess.run(['script', '-qec', f'exec {os.environ["BMES"]} run {self.entry}', '/dev/null'], env=self.environment(**QUIET), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, timeout=50)
            self.assertEqual((done.stdout, done.returncode), (b'done\r\n', 0))
            self.wait_for_entry()
        self.assert_warm(self.bmes('run', self.entry), 2)

    def test_who_asks_for_it_waits_for_the_write(self):
        outcome = self.bmes('run', self.entry, env=WAIT)
        self.assertEqual((outcome.stdout, outcome.stderr, outcome.code), (b'done\n', b'', 0), outcome)
        self.entry_file()
        self.assert_warm(self.bmes('run', self.entry), 2)

    def test_the_next_run_finds_the_entry_or_knows_that_it_is_being_written(self):
        self.bmes('run', self.entry, env=QUIET)
        outcome = self.bmes('run', '--cache=readonly', self.entry)
        self.assertIn((outcome.trace['result'], outcome.trace['reason']), (('hit', ''), ('miss', 'being_written')), outcome)
        self.wait_for_entry()

    def test_a_writer_that_died_is_not_waited_for(self):
        self.bmes('run', self.entry, env=WAIT)
        file = self.entry_file()
        file.unlink()
        file.with_suffix('.writing').touch()
        started = time.monotonic()
        self.assert_cold(self.bmes('run', self.entry))
        self.assertLess(time.monotonic() - started, 20)
        self.entry_file()

    def test_a_collection_under_way_at_the_end_is_waited_for(self):
        # The engine stops a thread by a signal to look at its stack. Most of these starts end while it collects; some end just when it stops them.
        entry = self.write('keep.mjs', 'const keep = []; for (let i = 0; i < 4e5; i++) keep.push({ i, s: [i] }); console.log(keep.length);')
        for n in range(24):
            env = {**QUIET, 'JSC_collectContinuously': '1', 'JSC_collectContinuouslyPeriodMS': '1', 'BMES_CACHE_DIR': str(self.folder / f'cache-{n}')}
            outcome = self.bmes('run', entry, env=env, timeout=30)
            self.assertEqual((outcome.stdout, outcome.code), (b'400000\n', 0), outcome)

    def test_what_two_runs_learn_at_once_is_kept_of_both(self):
        self.write('one.mjs', 'console.log(1);')
        self.write('two.mjs', 'console.log(2);')
        entry = self.write('choose.mjs', 'await import(`./${process.argv[2]}.mjs`);')
        self.settle()
        running = [self.start('run', entry, name) for name in ('one', 'two')]
        for process in running:
            process.communicate(timeout=50)
        # One of them writes while the other waits for its turn.
        give_up = time.monotonic() + 20
        while not all(self.bmes('run', '--cache=readonly', entry, name).trace['hits'] == 2 for name in ('one', 'two')):
            self.assertLess(time.monotonic(), give_up)
            time.sleep(0.05)


class SignalTest(support.CommandTest):
    def setUp(self):
        super().setUp()
        self.server = self.write('server.mjs', 'import "./part.mjs"; console.log("ready"); setInterval(() => {}, 1000); process.on("exit", () => console.log("exit"));')
        self.busy = self.write('busy.mjs', 'console.log("ready"); for (;;) {}')
        self.write('part.mjs', 'export const a = 1;')
        self.settle()

    def start(self, *arguments, env, **settings):
        process = subprocess.Popen([os.environ['BMES'], 'run', *map(str, arguments)], env=self.environment(**env), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b'ready\n')
        return process

    def test_a_server_ends_at_once_by_the_signal_and_what_it_learned_is_kept(self):
        for number in signal.SIGINT, signal.SIGTERM:
            for env in WAIT, QUIET:
                with self.subTest(signal=number, env=env):
                    shutil.rmtree(self.cache, ignore_errors=True)
                    process = self.start(self.server, env=env)
                    process.send_signal(number)
                    stdout, stderr = process.communicate(timeout=10)
                    self.assertEqual((process.returncode, stdout, stderr), (-number, b'', b''))
                    give_up = time.monotonic() + 20
                    while not list(self.cache.glob('*.cache')):
                        self.assertLess(time.monotonic(), give_up)
                        time.sleep(0.01)
                    warm = self.start(self.server, env={})
                    warm.send_signal(number)
                    trace = support.json.loads(warm.communicate(timeout=10)[1])
                    self.assertEqual((trace['result'], trace['hits'], warm.returncode), ('hit', 2, -number), trace)

    def test_a_program_that_computes_is_ended_by_a_second_signal_or_by_time(self):
        for second in False, True:
            with self.subTest(second=second):
                process = self.start(self.busy, env=QUIET)
                started = time.monotonic()
                process.send_signal(signal.SIGTERM)
                if second:
                    time.sleep(0.02)
                    process.send_signal(signal.SIGTERM)
                process.communicate(timeout=10)
                self.assertEqual(process.returncode, -signal.SIGTERM)
                self.assertLess(time.monotonic() - started, 5)

    def test_a_signal_that_is_ignored_stays_ignored(self):
        entry = self.write('short.mjs', 'console.log("ready"); setTimeout(() => console.log("done"), 300);')
        process = self.start(entry, env=QUIET, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        process.send_signal(signal.SIGINT)
        self.assertEqual((process.communicate(timeout=10)[0], process.returncode), (b'done\n', 0))


if __name__ == '__main__':
    support.main()
