"""Shared stores against real servers and hostile ones: the right reason, no later than the deadline, in bounded memory.
test_stores.py [redis|http ...], with STORE_PROBE=<path of store_probe>. Without a server's program it fails."""
import contextlib
import itertools
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

import hostile_server
import servers

PROBE = os.environ['STORE_PROBE']
MOST_BYTES = 16 << 20
# Sanitizers are slower, and have memory of their own.
IS_SANITIZED = os.environ.get('STORE_PROBE_IS_SANITIZED') == '1'
LATE_MS, MOST_KIB = (400, 1 << 20) if IS_SANITIZED else (100, 120 * 1024)
failures, done = [], 0
folder = pathlib.Path(tempfile.mkdtemp(prefix='bmes-stores-'))


class line:
    def __init__(self, text):
        self.reason, self.message, self.bytes, self.hash, self.ms, self.peak = (text.split('\t') + [''] * 5)[:6]

    def __repr__(self):
        return f'<{self.reason or "good"}: {self.message} {self.bytes} bytes, {self.ms} ms, {self.peak} KiB>'


def probe(url, *commands, deadline=5000, **options):
    """A line for each command."""
    words = [PROBE, url, '--deadline-ms', str(deadline), *(w for name, value in options.items() for w in (f'--{name}', str(value)))]
    ran = subprocess.run(words, input='\n'.join(commands), text=True, capture_output=True, timeout=120)
    lines = [line(text) for text in ran.stdout.splitlines()]
    if ran.returncode not in (0, 2) or ran.stderr:
        check(False, f'{url} {commands}: ended with {ran.returncode}: {ran.stderr[-2000:]}')
    asked = sum(not c.startswith('sleep') for c in commands)
    return lines + [line('no answer')] * (asked - len(lines))


def check(holds, what):
    global done
    done += 1
    if not holds:
        failures.append(what)
        print('FAILS', what, flush=True)


def expect(url, commands, reasons, what='', **options):
    lines = probe(url, *commands, **options)
    got = [l.reason for l in lines]
    check(got == reasons, f'{what} {url} {commands}: {lines}, expected {reasons}')
    return lines


def blob(name, size):
    path = folder / name
    path.write_bytes((bytes(range(256)) + os.urandom(1 << 16)) * (size // 65792 + 1) if size > 256 else bytes(range(size)))
    with open(path, 'r+b') as f:
        f.truncate(size)
    return path


ONE, SOME, MANY, LARGE, OVER = (blob(n, s) for n, s in (('one', 1), ('some', 5000), ('many', 65536), ('large', 8 << 20), ('over', (16 << 20) + 1)))
KEY = '00112233445566778899aabbccddeeff'


def secret(text, mode=0o600):
    path = folder / f'secret-{text.strip()}'
    path.write_text(text)
    path.chmod(mode)
    return path


def test_real(server, has_claims, **options):
    """What every server has to do."""
    url = server.url
    for path in (ONE, SOME, MANY, LARGE):
        out = folder / 'out'
        put, got, looked = expect(url, [f'put k-{path.name} {path}', f'get k-{path.name} {out}', f'look k-{path.name}'], ['', '', ''], **options)
        check(out.exists() and out.read_bytes() == path.read_bytes() and got.hash == put.hash, f'{url}: {path.name} does not come back: {got}')
    expect(url, ['get unknown', 'look unknown', 'get k-one'], ['no_entry', 'no_entry', ''], 'a connection is of use after an answer that is none', **options)
    before = server.writes
    lines = expect(url, [f'add new {SOME}', f'add new {ONE}', 'get new'], ['', '', ''], **options)
    if has_claims:
        check([l.message for l in lines[:2]] == ['new', 'old'] and lines[2].bytes == '5000' and server.writes == before + 1, f'{url}: add: {lines}')
        lines = expect(url, ['claim c 1', 'claim c 1', 'claim d', 'sleep 1100', 'claim c 1'], [''] * 4, **options)
        check([l.message for l in lines] == ['first', 'not', 'first', 'first'], f'{url}: claim: {lines}')
    expect(url, [f'put new {ONE}', 'get new', 'remove new', 'get new'], ['', '', '', 'no_entry'], **options)
    again = probe(url, 'remove new', **options)[0].reason
    check(again in ('', 'no_entry'), f'{url}: what is not there is removed: {again}')
    expect(url, ['get k-large', 'get k-one'], ['remote_damaged', ''], 'larger than allowed', most=1 << 20, **options)
    put = probe(url, f'put over {OVER}', 'get over', most=MOST_BYTES, **options)
    check(put[0].reason and put[1].reason == 'no_entry', f'{url}: more than allowed is put: {put}')
    threads = [threading.Thread(target=expect, args=(url, [f'put t{i} {MANY}', f'get t{i}', 'get k-many'] * 5, [''] * 15), kwargs=options) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def test_redis_settings():
    with servers.redis() as s:
        base = s.url.rsplit('/', 1)[0]
        expect(f'{base}/2', [f'put {KEY} {ONE}'], [''])
        expect(s.url, [f'get {KEY}'], ['no_entry'], 'another database')
        expect(f'{base}/99', [f'get {KEY}'], ['remote_status'], 'no such database')
        expect(f'{base}?prefix=a%20b%25:', [f'put {KEY} {ONE}'], [''])
        check(s.keys() == [f'a b%:{KEY}'], f'prefix: {s.keys()}')
        expect(s.url, [f'put {KEY} {ONE}'], [''])
        check(f'bmes:{KEY}' in s.keys() and s.control.call('TTL', f'bmes:{KEY}') == -1, f'{s.keys()}')
        for verb in ('put', 'add'):
            expect(f'{base}/0?ttl=1', [f'{verb} ttl-{verb} {ONE}', f'get ttl-{verb}', 'sleep 1200', f'get ttl-{verb}'], ['', '', 'no_entry'])
        (folder / 'empty').write_bytes(b'')
        expect(s.url, [f'put empty {folder / "empty"}', 'get empty', 'look empty'], ['', '', ''])
        s.control.call('LPUSH', f'bmes:{KEY[::-1]}', 'x')
        expect(s.url, [f'get {KEY[::-1]}', f'get {KEY}'], ['remote_status', ''], 'a key of another type')
        expect(s.url.replace('127.0.0.1', 'localhost'), [f'get {KEY}'], [''], 'a name of /etc/hosts')
        expect(s.url.replace('redis://', 'redis://:secret@'), [f'get {KEY}'], ['remote_denied'], 'a password where there is none')
        # A server that went and came back, and a connection that it closed meanwhile.
        p = subprocess.Popen([PROBE, s.url, '--deadline-ms', '2000'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        reasons = []
        for action in (lambda: None, lambda: s.control.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'), s.kill, s.start):
            action()
            p.stdin.write('look gone\n')
            p.stdin.flush()
            reasons.append(line(p.stdout.readline()).reason)
        p.communicate()
        check(reasons == ['no_entry', 'no_entry', 'remote_unreachable', 'no_entry'] and p.returncode == 0, f'the server went and came: {reasons}')
    with servers.redis(password='a/b @c') as s:
        test_url = s.url.replace('a%2Fb%20%40c', 'wrong')
        expect(s.url, [f'put {KEY} {ONE}', f'get {KEY}'], ['', ''])
        lines = expect(test_url, [f'get {KEY}'], ['remote_denied'])
        check('wrong' not in lines[0].message, f'a password is shown: {lines}')
        bare = f'redis://127.0.0.1:{s.port}/0'
        expect(bare, [f'get {KEY}', f'put {KEY} {ONE}', f'claim {KEY}'], ['remote_denied', 'remote_denied', ''])
        expect(bare, [f'get {KEY}'], [''], token=secret_password(s.password))
        expect(bare, [f'get {KEY}'], ['remote_denied'], token=secret('wrong\n'))
        s.control.call('ACL', 'SETUSER', 'reader', 'on', '>secret', '~bmes:*', '+get', '+select')
        url = bare.replace('redis://', 'redis://reader:secret@')
        expect(url, [f'get {KEY}', f'put {KEY} {ONE}', f'get {KEY}'], ['', 'remote_denied', ''])
        expect(url + '?prefix=other:', [f'get {KEY}'], ['remote_denied'])
    with servers.redis(unix=True, database=3) as s:
        test_real(s, True)
        s.stop()
        expect(s.url, ['get x'], ['remote_unreachable'])
    with servers.redis(maxmemory='4mb') as s:
        expect(s.url, [f'put {KEY} {LARGE}', f'put {KEY} {ONE}'], ['remote_status', ''], 'no room')
    for url in ('redis://', 'redis://:1', 'redis://h:0', 'redis://h:99999', 'redis://h/x', 'redis://h?db=1', 'redis://h?ttl=0', 'redis://h?prefix=%zz',
                'redis://u@h', 'redis+unix://relative', 'redis+unix:///' + 'x' * 200, 'redis://h/1#2', 'redis://[::1', 'redis://h?ttl=1e3'):
        lines = probe(url, 'get x')
        check(lines[0].reason == 'settings' and lines[0].message, f'{url}: {lines}')


def secret_password(text):
    path = folder / 'secret-file'
    path.write_text(text + '\n')
    path.chmod(0o600)
    return path


def test_tls(make, scheme):
    with make(tls=True) as s:
        expect(s.url, [f'put {KEY} {LARGE}', f'get {KEY}', 'get unknown', f'get {KEY}'], ['', '', 'no_entry', ''], ca=s.ca)
        lines = expect(s.url, [f'get {KEY}'], ['remote_failed'], 'another authority', ca=s.other_ca)
        expect(s.url, [f'get {KEY}'], ['remote_failed'], 'the authorities of the system')
        check(lines[0].message, 'no words for a certificate that nobody trusts')
        plain = s.url.replace(scheme, scheme[:-1])
        check(probe(plain, 'get x', ca=s.ca, deadline=1000)[0].reason.startswith('remote_'), 'no TLS where it is expected')
        expect(s.url.replace('127.0.0.1', 'localhost'), [f'get {KEY}'], [''], ca=s.ca)
        expect(s.url, [f'get {KEY}'], ['remote_damaged'], 'larger than allowed', ca=s.ca, most=1 << 20)
        test_real(s, scheme == 'rediss', ca=s.ca)
    with make(tls=True, names='DNS:elsewhere.test') as s:
        for url in (s.url, s.url.replace('127.0.0.1', 'localhost')):
            expect(url, [f'get {KEY}'], ['remote_failed'], 'a certificate of another name', ca=s.ca)
    for kind, reasons in (('stall', ['remote_timeout']), ('half_close', ['remote_damaged', 'remote_failed']), ('garbage', ['remote_timeout', 'remote_failed', 'remote_damaged'])):
        with hostile_server.hostile(kind, 'redis' if scheme == 'rediss' else 'http') as s:
            got = probe(s.url.replace(scheme[:-1], scheme), 'get x', deadline=400)[0]
            check(got.reason in reasons and float(got.ms) <= 400 + LATE_MS, f'{kind} with TLS: {got}')


EXPECTED = {'refuse': ['unreachable'], 'stall': ['timeout'], 'stall_in_body': ['timeout'], 'half_close': ['damaged'], 'short': ['damaged'],
            'long': ['damaged'], 'endless': ['damaged'], 'endless_chunked': ['damaged'], 'endless_line': ['damaged'], 'status_500': ['status'],
            'redirect': ['redirected'], 'garbage': ['damaged'], 'drip': ['timeout'], 'huge_length': ['damaged'], 'nested': ['damaged'],
            'slow': ['timeout']}
# HTTP: what is behind the length that is stated is another answer, and what is no answer of HTTP may have another name.
EXPECTED_HTTP = {'long': ['', 'damaged'], 'endless_line': ['damaged', 'failed', 'status'], 'garbage': ['damaged', 'failed', 'status']}


def test_hostile(protocol):
    deadline = 500
    for kind in hostile_server.kinds(protocol):
        if kind == 'other_blob':
            with hostile_server.hostile(kind, protocol) as s:
                lines = expect(s.url, [f'put a {ONE}', f'put b {SOME}', 'get a', 'get b'], [''] * 4)
                check([l.bytes for l in lines[2:]] == ['5000', '1'], f'{kind}: {lines}')
            continue
        reasons = EXPECTED[kind] if protocol == 'redis' else EXPECTED_HTTP.get(kind, EXPECTED[kind])
        reasons = [r and f'remote_{r}' for r in reasons]
        with hostile_server.hostile(kind, protocol, delay=2) as s:
            commands = ['get a', 'get b', 'look a', f'put a {ONE}', f'put b {LARGE}', f'add c {SOME}', 'remove a']
            lines = probe(s.url, *commands, deadline=deadline, most=MOST_BYTES)
            for command, got in zip(commands, lines):
                what = f'{protocol} {kind}: {command}: {got}'
                if command.startswith('get'):
                    check(got.reason in reasons, f'{what}, expected {reasons}')
                check(got.ms and float(got.ms) <= deadline + LATE_MS, f'{what}: too late')
                check(got.peak and int(got.peak) < MOST_KIB, f'{what}: too much memory')
                # An answer that cannot be one may still be one to another question.
                if kind in ('refuse', 'stall', 'half_close', 'status_500', 'redirect', 'nested', 'slow'):
                    check(got.reason in reasons, f'{what}, expected {reasons}')
            check(s.visits == 0, f'{protocol} {kind}: a client went elsewhere')
    with hostile_server.hostile('slow', protocol, delay=0.1) as s:
        expect(s.url, [f'put a {SOME}', 'get a', 'look a', 'get b', 'remove a', 'get a'], ['', '', '', 'no_entry', '', 'no_entry'], 'slow, in time', deadline=1000)
    if protocol == 'redis':
        for kind in hostile_server.kinds('redis'):
            with hostile_server.hostile(kind, 'redis', delay=2, greets=False, password='p') as s:
                got = probe(s.url, 'get a', deadline=300, most=MOST_BYTES)[0]
                check(got.reason.startswith('remote_') and float(got.ms) <= 300 + LATE_MS, f'{kind} to AUTH: {got}')


def test_names(scheme, rest):
    """A name that nobody has, and one whose server of names says nothing."""
    got = probe(f'{scheme}://no-such-host.invalid{rest}', 'get a', deadline=700)[0]
    check(got.reason in ('remote_unreachable', 'remote_timeout') and float(got.ms) <= 700 + LATE_MS, f'no such host: {got}')
    # Packets to an address of documentation are lost, or refused by a router.
    got = probe(f'{scheme}://192.0.2.1{rest}', 'get a', deadline=300)[0]
    check(got.reason in ('remote_unreachable', 'remote_timeout') and float(got.ms) <= 300 + LATE_MS, f'nobody at an address: {got}')


def test_silent_names(scheme, rest):
    """A server of names that says nothing: the system waits for it for seconds. A mount of our own makes it the one to ask; only root can."""
    if os.geteuid() != 0 or subprocess.run(['unshare', '-m', 'true'], capture_output=True).returncode != 0:
        print('left out, needs a mount of its own: a silent server of names')
        return
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with silent:
        silent.bind(('127.0.0.53', 53))
        conf = folder / 'resolv.conf'
        conf.write_text('nameserver 127.0.0.53\noptions timeout:5 attempts:1\n')
        mounted = ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"', conf]
        ran = subprocess.run([*mounted, PROBE, f'{scheme}://some.host.test{rest}', '--deadline-ms', '300'], input='get a\nget b\n', text=True, capture_output=True, timeout=100)
        lines = [line(text) for text in ran.stdout.splitlines()]
        check(len(lines) == 2 and all(l.reason == 'remote_timeout' and float(l.ms) <= 300 + LATE_MS for l in lines), f'a silent server of names: {lines} {ran.stderr}')


def test_http_answers():
    """Answers that are not nginx's: a server here gives them, one a connection."""
    endless = itertools.repeat(b'x' * 65536)
    for what, head, body, command, reason in (
            ('a 404 without end', b'HTTP/1.1 404 No\r\n\r\n', endless, 'get a', 'no_entry'),
            ('a 404 that says it is long', b'HTTP/1.1 404 No\r\nContent-Length: 99999999999\r\n\r\n', endless, 'get a', 'no_entry'),
            ('a 500 without end', b'HTTP/1.1 500 No\r\n\r\n', endless, 'get a', 'remote_status'),
            ('a PUT with nowhere to go', b'HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n', [], f'put a {ONE}', 'remote_status'),
            ('headers without end', b'HTTP/1.1 200 OK\r\n', itertools.repeat(b'X-Y: ' + b'z' * 900 + b'\r\n'), 'get a', 'remote_damaged')):
        with socket.create_server(('127.0.0.1', 0)) as server:
            def serve():
                peer = server.accept()[0]
                with peer, contextlib.suppress(OSError):
                    peer.recv(65536)
                    peer.sendall(head)
                    for piece in body:
                        peer.sendall(piece)
            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            got = expect(f'http://127.0.0.1:{server.getsockname()[1]}/x', [command], [reason], what, deadline=2000, most=MOST_BYTES)[0]
            check(float(got.ms or 9e9) < 1500 and int(got.peak or 9e9) < MOST_KIB, f'{what}: {got}')
            thread.join(5)
            check(not thread.is_alive(), f'{what}: the connection stays open')


@contextlib.contextmanager
def scripted(*connections):
    """A server that gives each connection its answers, in order, and ends it; those in pieces slowly. Yields its address and the requests that it got."""
    requests = []

    def serve(server):
        for answers in connections:
            peer = server.accept()[0]
            with peer, contextlib.suppress(OSError):
                for answer in answers:
                    pieces = [answer] if isinstance(answer, bytes) else answer
                    got = b''
                    while b'\r\n\r\n' not in got and (data := peer.recv(65536)):
                        got += data
                    requests.append(got.decode('latin-1'))
                    for piece in pieces:
                        peer.sendall(piece)
                        time.sleep(0.01 * (len(pieces) > 1))

    with socket.create_server(('127.0.0.1', 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield f'127.0.0.1:{server.getsockname()[1]}', requests
        thread.join(5)
        check(not thread.is_alive(), 'the server was not asked for all that it had')


def test_s3():
    profile = f'[other]\naws_access_key_id=x\naws_secret_access_key=y\n[default]\naws_access_key_id = {servers.s3.ID}\r\naws_secret_access_key={servers.s3.SECRET}\n'
    for name, text in ('s3', profile), ('s3-token', profile + 'aws_session_token = a/b+c=\n'), ('s3-wrong', profile.replace('wJalr', 'wJalx')), ('s3-none', '[other]\n' + profile[:50]):
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    with servers.s3() as s:
        test_real(s, False, s3=folder / 's3')
        lines = expect(s.url, [f'add once {SOME}', f'add once {ONE}', 'get once'], ['', '', ''], s3=folder / 's3')
        check([l.message for l in lines[:2]] == ['new', 'old'] and lines[2].bytes == '5000', f'{lines}')
        for what in {}, {'s3': folder / 's3-wrong'}, {'s3': folder / 's3', 'region': 'eu-west-1'}, {'s3': folder / 's3-token'}:
            expect(s.url, ['get x', f'put x {ONE}'], ['remote_denied'] * 2, f'{what}', **what)
        expect(s.url.replace('{key}', 'a%2fb%7e c/{key}'.replace(' ', '+')) + '?b=%20x&a=1', [f'put {KEY} {ONE}', f'get {KEY}'], ['', ''], 'a path and a query', s3=folder / 's3')
    with servers.s3() as s:
        expect(s.url, [f'put x {ONE}', 'get x'], ['', ''], 'another name', s3=folder / 's3', headers=secret('host:  bucket.test \nx-own: 1\n'))
    with servers.s3('eu-west-1', 'a/b+c=') as s:
        expect(s.url, [f'put x {ONE}', 'get x'], ['', ''], s3=folder / 's3-token', region='eu-west-1')
    for what in {'s3': folder / 's3-none'}, {'s3': folder / 's3', 'token': secret('abc\n')}, {'region': 'x'}, {'s3': folder / 's3', 'region': 'x\ny'}:
        check(probe('http://127.0.0.1:1/', 'get x', **what)[0].reason == 'settings', f'{what} is taken')
    (folder / 's3').chmod(0o644)
    check(probe('http://127.0.0.1:1/', 'get x', s3=folder / 's3')[0].reason == 'settings', 'credentials that everybody may read')


def test_http_requests():
    """What a server is told, and the ways in which it may answer."""
    one = b'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx'
    gone = b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'
    with scripted([one, gone]) as (host, requests):
        lines = expect(f'http://me:a%20b@{host}/{{key}}/{{key}}?sign=1', [f'get {KEY}', f'look {KEY}'], ['', 'no_entry'])
        check(lines[0].bytes == '1', f'{lines}')
        for verb, request in zip(('GET', 'HEAD'), requests):
            head = request.split('\r\n')
            check(head[0] == f'{verb} /{KEY}/{KEY}?sign=1 HTTP/1.1' and f'Host: {host}' in head and 'Authorization: Basic bWU6YSBi' in head, f'{request!r}')
    headers = secret('X-Own: 1\r\nhost: other.test\n\nauthorization: Own\n')
    with scripted([one]) as (host, requests):
        expect(f'http://me@{host}/x', [f'get {KEY}'], [''], headers=headers)
        lower = requests[0].lower()
        check('x-own: 1\r\n' in lower and 'host: other.test\r\n' in lower and 'authorization: own\r\n' in lower, f'{lower!r}')
        check(lower.count('host:') == lower.count('authorization:') == 1 and f'get /x/{KEY} ' in lower, f'{lower!r}')
    for what, answer, size in (
            ('chunks', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n', '5'),
            ('until it ends', b'HTTP/1.1 200 OK\r\n\r\nabcd', '4'), ('of before', b'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab', '2'),
            ('after others', b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n' + one, '1')):
        with scripted([answer]) as (host, _):
            check(expect(f'http://{host}', [f'get {KEY}'], [''], what)[0].bytes == size, what)
    for what, answer in (('cut in a chunk', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc'), ('no number', b'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'),
                         ('two lengths', b'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'), ('nothing', b'')):
        with scripted([answer]) as (host, _):
            expect(f'http://{host}', [f'get {KEY}'], ['remote_damaged'], what)
    # A connection that was kept, and that the server ended when it was asked again: the question is asked again on another.
    with scripted([one, b''], [one]) as (host, requests):
        expect(f'http://{host}', [f'get {KEY}', f'get {KEY}'], ['', ''], 'a connection that ended')
        check(len(requests) == 3, f'{requests}')
    # A server that does not want what it is sent says so before it has read it, and nobody goes on sending.
    with scripted([b'HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'], [gone]) as (host, _):
        expect(f'http://{host}', [f'put {KEY} {LARGE}', f'get {KEY}'], ['remote_status', 'no_entry'], 'an early answer')
    # One that only says that an answer will come is sent the rest, and one that answers well before has not got all.
    proceed = b'HTTP/1.1 100 Continue\r\n\r\n'
    for what, answer, reason in (('to go on', proceed, ''), ('well and early', b'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n', 'remote_damaged')):
        with socket.create_server(('127.0.0.1', 0)) as server:
            got = []

            def serve():
                peer = server.accept()[0]
                with peer, contextlib.suppress(OSError):
                    got.append(len(peer.recv(300)))
                    peer.sendall(answer)
                    time.sleep(0.1)
                    while answer == proceed and sum(got) < LARGE.stat().st_size and (data := peer.recv(1 << 20)):
                        got.append(len(data))
                    peer.sendall(b'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n' if answer == proceed else b'')
            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            lines = expect(f'http://127.0.0.1:{server.getsockname()[1]}', [f'add {KEY} {LARGE}'], [reason], what)
            check(reason or lines[0].message == 'new', f'{what}: {lines}')
            thread.join(5)
    # What a miss explains is read, and a server that is slow to is left.
    with scripted([(b'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n', b'gone'), one]) as (host, _):
        expect(f'http://{host}', [f'get {KEY}', f'get {KEY}'], ['no_entry', ''], 'a miss that explains itself')
    with scripted([(b'HTTP/1.1 404 Not Found\r\nContent-Length: 999\r\n\r\n', *[b'x'] * 200)], [one]) as (host, _):
        lines = expect(f'http://{host}', [f'get {KEY}', f'get {KEY}'], ['no_entry', ''], 'a miss that explains itself slowly')
        check(float(lines[0].ms or 9e9) < 20 + LATE_MS, f'a miss that explains itself slowly: {lines}')
    with scripted([(b'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n', b'x')]) as (host, _):
        expect(f'http://{host}', [f'put {KEY} {LARGE}'], ['remote_damaged'], 'well and early, with a body that comes later')
    for url in ('http://', 'http://:1', 'http://h:0', 'http://h:99999', 'http://h/a b', 'http://h/#a', 'http://[::1', 'http://a%zz@h/', 'http:///x'):
        lines = probe(url, 'get x')
        check(lines[0].reason == 'settings' and lines[0].message, f'{url}: {lines}')
    for text in ('no header', ': 1', 'a b: 1', 'X: \x01', 'content-length: 3', 'Transfer-Encoding: chunked', 'Expect: 100-continue'):
        check(probe('http://h/', 'get x', headers=secret(text))[0].reason == 'settings', f'{text!r} is taken for a header')


def test_server_check(make, protocol):
    with make() as s:
        out = subprocess.run([PROBE, s.url, 'check', '-'], text=True, capture_output=True, timeout=100)
        rows = [r.split('\t') for r in out.stdout.splitlines()]
        print(out.stdout, flush=True)
        check(len(rows) >= 10 and all(r[0] == 'holds' for r in rows if r[1] == 'required'), f'{s.url}: {rows}')
        left = [k for k in s.keys() if 'claim' not in k]
        check(not left, f'{s.url}: left behind: {left}')
    for kind, last in (('refuse', 'reachable'), ('status_500', 'unknown key'), ('other_blob', '1 byte'), ('short', 'reachable')):
        with hostile_server.hostile(kind, protocol, blobs=lambda key: None) as s:
            out = subprocess.run([PROBE, s.url, 'check', '-'], text=True, capture_output=True, timeout=100)
            required = [r.split('\t') for r in out.stdout.splitlines() if '\trequired\t' in r]
            failed = [r[2] for r in required if r[0] == 'fails']
            check(failed == [last] and required[-1][2] == last, f'{protocol} {kind}: {out.stdout}')


def left_out(*programs):
    lacking = servers.missing(*programs)
    check(not lacking, f'{" ".join(lacking)}: not here, scripts/setup test installs them')
    return lacking


def main(which):
    if 'redis' in which:
        test_hostile('redis')
        test_names('redis', ':6379/0')
        test_silent_names('redis', '/0')
        if not left_out('redis-server', 'openssl'):
            with servers.redis() as s:
                test_real(s, True)
            test_redis_settings()
            test_tls(servers.redis, 'rediss')
            test_server_check(servers.redis, 'redis')
    if 'http' in which:
        test_hostile('http')
        test_names('http', '/cache/{key}')
        test_silent_names('http', '/{key}')
        test_http_answers()
        test_http_requests()
        test_s3()
        if not left_out('nginx', 'openssl'):
            with servers.nginx() as s:
                test_real(s, False)
            with servers.nginx(token='abc') as s:
                test_real(s, False, token=secret('abc\n'))
                expect(s.url, ['get x', f'put x {ONE}'], ['remote_denied'] * 2)
                expect(s.url, ['get x', f'put x {ONE}'], ['remote_denied'] * 2, token=secret('abd\n'))
                expect(s.url, ['get x'], ['no_entry'], token=secret('abc\n'))
            test_tls(servers.nginx, 'https')
            test_server_check(servers.nginx, 'http')
    print(f'{done} checks, {len(failures)} fail')
    sys.exit(bool(failures))


if __name__ == '__main__':
    main(sys.argv[1:] or ['redis', 'http'])
