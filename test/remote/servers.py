"""Servers for tests. s3() is one of Python's; redis() and nginx() are real ones, started in a temporary folder on a free port of this machine, and stopped with it.
Each of these is a context manager and has url, as BMES_CACHE_REMOTE takes it, keys(), delete(key), writes, kill(), start() and stop()."""
import calendar
import getpass
import hashlib
import hmac
import http.server
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def missing(*programs):
    """Those of the programs that are not on this machine."""
    path = os.environ.get('PATH', os.defpath) + ':/usr/sbin:/sbin'
    return [p for p in programs if not shutil.which(p, path=path)]


def find(program):
    return shutil.which(program, path=os.environ.get('PATH', os.defpath) + ':/usr/sbin:/sbin') or program


def make_authority(folder, name):
    """A certificate authority of its own: the file of its certificate."""
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', f'/CN={name}',
                    '-keyout', folder / f'{name}.key', '-out', folder / f'{name}.crt'], check=True, capture_output=True)
    return folder / f'{name}.crt'


def make_certificate(folder, authority, names):
    """The files of a certificate for the names (as subjectAltName takes them) and of its key."""
    key, request, certificate, extra = (folder / f'server.{end}' for end in ('key', 'csr', 'crt', 'ext'))
    extra.write_text(f'subjectAltName={names}\n')
    subprocess.run(['openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=a server of a test', '-keyout', key,
                    '-out', request], check=True, capture_output=True)
    subprocess.run(['openssl', 'x509', '-req', '-in', request, '-CA', authority, '-CAkey', authority.with_suffix('.key'),
                    '-CAcreateserial', '-days', '2', '-extfile', extra, '-out', certificate], check=True, capture_output=True)
    return certificate, key


class server:
    """A process that listens. `ca` is the file of the authority that a client has to trust, `other_ca` one of another."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='bmes-server-'))
        self.process = None
        self.ca = self.other_ca = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Starts it, where it was before if it was killed, and waits until it answers."""
        with open(self.folder / 'output.log', 'ab') as output:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        deadline = time.monotonic() + 10
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f'{self.command()[0]} does not start: {(self.folder / "output.log").read_text()}')
            time.sleep(0.02)

    def end(self, number):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if self.process:
            self.process.wait()
        self.process = None

    def kill(self):
        """As if the power went: nothing is answered from now on. start() brings it back."""
        self.end(signal.SIGKILL)

    def stop(self):
        self.end(signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)


class redis_client:
    """One connection, plain: call() gives bytes, a number, None or a list; an error of the server is raised."""

    def __init__(self, path, password=None):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.file = self.socket.makefile('rb')
        if password:
            self.call('AUTH', password)

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, *words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.socket.sendall(b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(w), w) for w in words))

    def call(self, *words):
        self.send(*words)
        return self.reply()

    def reply(self):
        line = self.file.readline()
        if not line.endswith(b'\r\n'):
            raise ConnectionError('the connection was closed')
        kind, rest = line[:1], line[1:-2]
        if kind == b'-':
            raise RuntimeError(rest.decode())
        if kind == b'+':
            return rest
        if kind == b':':
            return int(rest)
        if kind == b'$':
            return None if int(rest) < 0 else self.file.read(int(rest) + 2)[:-2]
        return [self.reply() for _ in range(int(rest))]


class redis(server):
    """`maxmemory` as redis.conf takes it, such as '4mb'; `names` are those of the certificate."""

    def __init__(self, password=None, tls=False, unix=False, maxmemory=None, database=0, names='IP:127.0.0.1,DNS:localhost'):
        super().__init__()
        self.password, self.tls, self.unix, self.maxmemory = password, tls, unix, maxmemory
        self.socket_path = self.folder / 'redis.sock'
        self.port = 0 if unix else free_port()
        user = f':{urllib.parse.quote(password, safe="")}@' if password else ''
        self.url = (f'redis+unix://{user}{self.socket_path}?db={database}' if unix else
                    f'{"rediss" if tls else "redis"}://{user}127.0.0.1:{self.port}/{database}')
        self.database = database
        self.stored = []
        self.control = None
        if tls:
            self.ca, self.other_ca = make_authority(self.folder, 'ca'), make_authority(self.folder, 'other-ca')
            self.certificate, self.key = make_certificate(self.folder, self.ca, names)

    def command(self):
        words = [find('redis-server'), '--bind', '127.0.0.1', '--dir', str(self.folder), '--save', '', '--appendonly', 'no',
                 '--unixsocket', str(self.socket_path), '--notify-keyspace-events', 'E$']
        words += ['--port', '0' if self.tls else str(self.port)]
        if self.tls:
            words += ['--tls-port', str(self.port), '--tls-cert-file', str(self.certificate), '--tls-key-file', str(self.key),
                      '--tls-ca-cert-file', str(self.ca), '--tls-auth-clients', 'no']
        if self.password:
            words += ['--requirepass', self.password]
        if self.maxmemory:
            words += ['--maxmemory', self.maxmemory, '--maxmemory-policy', 'allkeys-lru']
        return words

    def answers(self):
        try:
            self.control = redis_client(self.socket_path, self.password)
            self.control.call('SELECT', self.database)
        except OSError:
            return False
        listener = redis_client(self.socket_path, self.password)
        listener.call('PSUBSCRIBE', '__keyevent@*__:set', 'heard')
        listener.reply()
        listener.socket.settimeout(None)
        self.heard = threading.Semaphore(0)
        threading.Thread(target=self.listen, args=(listener,), daemon=True).start()
        return True

    def listen(self, listener):
        try:
            while True:
                _, pattern, _, key = listener.reply()
                if pattern == b'heard':
                    self.heard.release()
                else:
                    self.stored.append(key.decode('latin-1'))
        except (OSError, ValueError):
            listener.close()

    def end(self, number):
        super().end(number)
        if self.control:
            self.control.close()
        self.control = None

    @property
    def writes(self):
        """How often an entry was stored; claims do not count."""
        self.control.call('PUBLISH', 'heard', '')
        if not self.heard.acquire(timeout=10):
            raise RuntimeError('redis does not tell what is stored')
        return sum(':claim:' not in key for key in self.stored)

    def keys(self):
        return sorted(key.decode('latin-1') for key in self.control.call('KEYS', '*'))

    def get(self, key):
        return self.control.call('GET', key)

    def put(self, key, value):
        self.control.call('SET', key, value)

    def delete(self, key):
        return self.control.call('DEL', key) == 1


class nginx(server):
    """WebDAV without locks. `conf_extra` goes into the location. With `tls` by HTTPS."""

    def __init__(self, token=None, conf_extra='', tls=False, names='IP:127.0.0.1,DNS:localhost'):
        super().__init__()
        self.token, self.conf_extra, self.tls = token, conf_extra, tls
        self.port = free_port()
        self.url = f'{"https" if tls else "http"}://127.0.0.1:{self.port}/cache/{{key}}'
        self.data = self.folder / 'data' / 'cache'
        if tls:
            self.ca, self.other_ca = make_authority(self.folder, 'ca'), make_authority(self.folder, 'other-ca')
            self.certificate, self.key = make_certificate(self.folder, self.ca, names)

    def command(self):
        for name in ('data/cache', 'tmp'):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        user = f'user {getpass.getuser()};' if os.getuid() == 0 else ''
        check = f'if ($http_authorization != "Bearer {self.token}") {{ return 401; }}' if self.token else ''
        secure = f'ssl_certificate {self.certificate}; ssl_certificate_key {self.key};' if self.tls else ''
        paths = ' '.join(f'{kind}_temp_path {self.folder}/tmp;' for kind in ('fastcgi', 'uwsgi', 'scgi', 'proxy'))
        (self.folder / 'nginx.conf').write_text(f'''
            daemon off; {user} worker_processes 1; pid {self.folder}/nginx.pid; error_log {self.folder}/error.log;
            events {{ worker_connections 256; }}
            http {{
              {paths}
              log_format short '$request_method $status $uri';
              access_log {self.folder}/access.log short;
              server {{
                listen 127.0.0.1:{self.port}{' ssl' if self.tls else ''}; {secure}
                root {self.folder}/data;
                client_body_temp_path {self.folder}/tmp;
                client_max_body_size 256m;
                location /cache/ {{ {check}
                  dav_methods PUT DELETE;
                  create_full_put_path on;
                  dav_access user:rw;
                  {self.conf_extra}
                }}
              }}
            }}''')
        return [find('nginx'), '-p', str(self.folder), '-e', f'{self.folder}/error.log', '-c', f'{self.folder}/nginx.conf']

    def answers(self):
        try:
            socket.create_connection(('127.0.0.1', self.port), 1).close()
        except OSError:
            return False
        return True

    def end(self, number):
        # SIGTERM ends its worker, too. A master that is killed leaves it behind, listening.
        workers = []
        if number == signal.SIGKILL and self.process:
            children = pathlib.Path(f'/proc/{self.process.pid}/task/{self.process.pid}/children')
            workers = [int(pid) for pid in children.read_text().split()] if children.exists() else []
        super().end(number)
        for pid in workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def requests(self):
        """Method, status and path of each request that is over."""
        time.sleep(0.03)  # the line is written after the answer was sent
        try:
            lines = (self.folder / 'access.log').read_text().splitlines()
        except FileNotFoundError:
            return []
        return [(m, int(s), p) for m, s, p in (line.split(' ', 2) for line in lines)]

    @property
    def writes(self):
        return sum(m == 'PUT' and 200 <= s < 300 for m, s, _ in self.requests())

    def keys(self):
        return sorted(str(p.relative_to(self.data)) for p in self.data.rglob('*') if p.is_file())

    def get(self, key):
        return (self.data / key).read_bytes() if (self.data / key).is_file() else None

    def put(self, key, value):
        (self.data / key).parent.mkdir(parents=True, exist_ok=True)
        (self.data / key).write_bytes(value)

    def delete(self, key):
        had = (self.data / key).is_file()
        (self.data / key).unlink(missing_ok=True)
        return had


class s3:
    """A bucket that takes signed requests only, checked as AWS documents Signature Version 4. Written from that, beside what is tested."""

    ID, SECRET = 'AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
    credentials = f'[default]\naws_access_key_id={ID}\naws_secret_access_key={SECRET}\n'

    def __init__(self, region='us-east-1', session_token=None):
        self.objects, self.writes, self.region, self.session_token = {}, 0, region, session_token
        bucket = self

        class handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def answer(self, status, body=b''):
                self.send_response(status)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                if self.command != 'HEAD':
                    self.wfile.write(body)

            def serve(self):
                body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
                if not bucket.is_signed(self.command, self.path, self.headers, body):
                    return self.answer(403, b'<Error><Code>SignatureDoesNotMatch</Code></Error>')
                key = urllib.parse.unquote(self.path.partition('?')[0])
                if self.command == 'PUT':
                    if self.headers.get('If-None-Match') == '*' and key in bucket.objects:
                        return self.answer(412)
                    bucket.objects[key] = body
                    bucket.writes += 1
                    return self.answer(200)
                if self.command == 'DELETE':
                    bucket.objects.pop(key, None)
                    return self.answer(204)
                return self.answer(200, bucket.objects[key]) if key in bucket.objects else self.answer(404)

            do_GET = do_HEAD = do_PUT = do_DELETE = serve

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
        self.server.handle_error = lambda *_: None  # who asks may go before the end
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}/a%20bucket/{{key}}.bmes'

    def is_signed(self, method, target, headers, body):
        given = re.fullmatch(r'AWS4-HMAC-SHA256 Credential=([^/]*)/(\d{8})/([^/]*)/s3/aws4_request, SignedHeaders=([a-z0-9;-]*), Signature=([0-9a-f]{64})',
                             headers.get('Authorization', ''))
        if not given or headers.get('X-Amz-Security-Token') != self.session_token or headers.get('x-amz-content-sha256') != hashlib.sha256(body).hexdigest():
            return False
        name, day, region, names, signature = given.groups()
        date = headers.get('x-amz-date', '')
        age = time.time() - calendar.timegm(time.strptime(date, '%Y%m%dT%H%M%SZ'))
        if name != self.ID or region != self.region or day != date[:8] or abs(age) > 900 or not {'host', 'x-amz-date', 'x-amz-content-sha256'} <= set(names.split(';')):
            return False
        path, _, query = target.partition('?')
        fields = sorted((urllib.parse.quote(k, safe='-._~'), urllib.parse.quote(v, safe='-._~')) for k, v in urllib.parse.parse_qsl(query, keep_blank_values=True))
        canonical = '\n'.join([method, urllib.parse.quote(urllib.parse.unquote(path), safe='/-._~'), '&'.join(f'{k}={v}' for k, v in fields),
                               *(f'{n}:{headers[n].strip()}' for n in names.split(';')), '', names, hashlib.sha256(body).hexdigest()])
        key = f'AWS4{self.SECRET}'.encode()
        for part in day, region, 's3', 'aws4_request':
            key = hmac.digest(key, part.encode(), 'sha256')
        text = f'AWS4-HMAC-SHA256\n{date}\n{day}/{region}/s3/aws4_request\n{hashlib.sha256(canonical.encode()).hexdigest()}'
        return hmac.compare_digest(hmac.digest(key, text.encode(), 'sha256').hex(), signature)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def keys(self):
        return sorted(self.objects)


def test_redis():
    for options in ({}, {'password': 'a/b @c'}, {'unix': True, 'database': 3}, {'tls': True}, {'maxmemory': '4mb'}):
        with redis(**options) as s:
            assert s.writes == 0 and s.keys() == []
            s.put('bmes:1', b'\0\xff')
            s.control.call('SET', 'bmes:1', 'x', 'NX')
            s.put('bmes:claim:1', b'1')
            assert s.writes == 1 and s.get('bmes:1') == b'\0\xff' and len(s.keys()) == 2, (s.stored, s.keys())
            assert s.delete('bmes:1') and not s.delete('bmes:1')
            s.kill()
            assert s.process is None
            s.start()
            assert s.keys() == [] and s.writes == 1
        assert not s.folder.exists()


def test_nginx():
    import ssl
    import urllib.request
    for options in ({}, {'token': 'abc'}, {'tls': True}, {'conf_extra': 'limit_rate 1m;'}):
        with nginx(**options) as s:
            def ask(method, body=None, token=s.token):
                request = urllib.request.Request(s.url.replace('{key}', 'ab/cd'), method=method, data=body)
                if token:
                    request.add_header('Authorization', f'Bearer {token}')
                context = ssl.create_default_context(cafile=s.ca) if s.ca else None
                try:
                    with urllib.request.urlopen(request, context=context, timeout=10) as answer:
                        return answer.status, answer.read()
                except urllib.error.HTTPError as e:
                    return e.code, b''
            assert ask('GET')[0] == 404 and ask('PUT', b'\0\xff')[0] == 201 and ask('GET') == (200, b'\0\xff')
            assert s.writes == 1 and s.keys() == ['ab/cd'] and s.get('ab/cd') == b'\0\xff'
            if s.token:
                assert ask('PUT', b'no', 'abd')[0] == 401 and s.writes == 1
            assert ask('DELETE')[0] == 204 and s.keys() == []
            s.kill()
            s.start()
            assert ask('GET')[0] == 404
        assert not s.folder.exists()


if __name__ == '__main__':
    lacking = missing('redis-server', 'nginx', 'openssl')
    if lacking:
        print('not here:', *lacking)
        sys.exit(77)
    test_redis()
    test_nginx()
    print('redis and nginx start, store, count, die and come back')
