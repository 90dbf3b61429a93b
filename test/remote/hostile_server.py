"""Servers that do not do what they should: hostile(kind, protocol) is a context manager with url, connections and requests.
Kinds: see KINDS; protocols: http and redis."""
import contextlib
import socket
import sys
import threading
import time

KINDS = {
    'refuse': 'nobody listens', 'stall': 'accepts, and says nothing', 'stall_in_body': 'half of an answer, then nothing',
    'half_close': 'ends its side at once, and reads on', 'short': 'ends in the middle of a body', 'long': 'more bytes than were stated',
    'endless': 'a body without an end', 'endless_chunked': 'the same in chunks', 'endless_line': 'a first line without an end',
    'status_500': 'an error', 'redirect': 'sends elsewhere, where connections are counted as `visits`', 'garbage': 'bytes of chance',
    'drip': 'an answer, one byte every 50 ms', 'other_blob': 'each key is answered with what was stored under another, or by `blobs`',
    'huge_length': 'states a length near 2^63', 'nested': 'arrays in arrays', 'slow': 'works, each answer after `delay` seconds'}
ONLY = {'endless_chunked': 'http', 'redirect': 'http', 'nested': 'redis'}
BODY = bytes(range(256)) * 16
BLOCK = b'x' * 65536


def kinds(protocol):
    return [k for k in KINDS if ONLY.get(k, protocol) == protocol]


class http_side:
    """One request at a time: (method, key, body), and the words of an answer."""

    def read(self, file):
        line = file.readline(65536)
        if not line:
            return None
        method, path, _ = line.decode('latin-1').split(' ', 2)
        head = {}
        while (line := file.readline(65536).strip()):
            name, _, value = line.decode('latin-1').partition(':')
            head[name.lower()] = value.strip()
        if 'expect' in head:
            self.go_on()
        if 'chunked' in head.get('transfer-encoding', ''):
            body = b''
            while (n := int(file.readline(100).strip(), 16)):
                body += file.read(n + 2)[:-2]
            file.readline(100)
        else:
            body = file.read(int(head.get('content-length', 0)))
        verb = {'GET': 'get', 'HEAD': 'look', 'PUT': 'put', 'DELETE': 'remove'}.get(method, method)
        if head.get('if-none-match') == '*' and verb == 'put':
            verb = 'add'
        return verb, path.rsplit('/', 1)[-1], body

    def value(self, body, stated=None, verb='get'):
        return b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % (len(body) if stated is None else stated) + (b'' if verb == 'look' else body)

    def nothing(self, verb):
        return b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'

    def done(self, verb, is_new):
        status = b'201 Created' if is_new else b'412 Precondition Failed' if verb == 'add' else b'204 No Content'
        return b'HTTP/1.1 ' + status + (b'\r\n\r\n' if status[:3] == b'204' else b'\r\nContent-Length: 0\r\n\r\n')

    def error(self):
        return b'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\nsad\n'

    def endless(self):
        return b'HTTP/1.1 200 OK\r\n\r\n'


class redis_side:
    def read(self, file):
        line = file.readline(100)
        if not line:
            return None
        words = []
        for _ in range(int(line[1:])):
            words.append(file.read(int(file.readline(100)[1:]) + 2)[:-2])
        verb = words[0].upper()
        if verb in (b'AUTH', b'SELECT', b'HELLO', b'PING', b'CLIENT'):
            return 'greet', '', b''
        name = {b'GET': 'get', b'EXISTS': 'look', b'SET': 'put', b'DEL': 'remove'}.get(verb, verb.decode('latin-1'))
        if name == 'put' and b'NX' in [w.upper() for w in words[3:]]:
            name = 'add'
        return name, words[1].decode('latin-1'), words[2] if len(words) > 2 else b''

    def value(self, body, stated=None, verb='get'):
        if verb == 'look':
            return b':1\r\n'
        return b'$%d\r\n' % (len(body) if stated is None else stated) + body + b'\r\n'

    def nothing(self, verb):
        return b'$-1\r\n' if verb == 'get' else b':0\r\n'

    def done(self, verb, is_new):
        return b':1\r\n' if verb == 'remove' else b'+OK\r\n' if is_new or verb == 'put' else b'$-1\r\n'

    def error(self):
        return b'-ERR something went wrong\r\n'

    def endless(self):
        return b'$9000000000\r\n'


class hostile:
    """`greets` says that what Redis clients ask first (AUTH, SELECT) is answered as a good server does."""

    def __init__(self, kind, protocol='http', delay=0.3, blobs=None, greets=True, password=None):
        if kind not in kinds(protocol):
            raise ValueError(f'no {kind} for {protocol}')
        self.kind, self.protocol, self.delay, self.blobs, self.greets = kind, protocol, delay, blobs, greets
        self.side = http_side() if protocol == 'http' else redis_side()
        self.entries, self.lock = {}, threading.Lock()
        self.connections = self.requests = self.visits = 0
        self.over = threading.Event()
        self.listeners, self.sockets = [], set()
        self.port = self.listen(self.serve)
        self.elsewhere = self.listen(self.visit) if kind == 'redirect' else 0
        user = f':{password}@' if password else ''
        self.url = f'http://127.0.0.1:{self.port}/cache/{{key}}' if protocol == 'http' else f'redis://{user}127.0.0.1:{self.port}/0'

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.over.set()
        for s in self.listeners:
            s.close()
        with self.lock:
            for s in self.sockets:
                with contextlib.suppress(OSError):
                    s.shutdown(socket.SHUT_RDWR)

    kill = stop

    def listen(self, serve):
        listener = socket.create_server(('127.0.0.1', 0))
        port = listener.getsockname()[1]
        if self.kind == 'refuse':
            listener.close()
            return port
        listener.settimeout(0.1)
        self.listeners.append(listener)
        threading.Thread(target=self.accept, args=(listener, serve), daemon=True).start()
        return port

    def accept(self, listener, serve):
        while not self.over.is_set():
            try:
                peer, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with self.lock:
                self.sockets.add(peer)
            threading.Thread(target=self.run, args=(peer, serve), daemon=True).start()

    def run(self, peer, serve):
        peer.settimeout(None)
        with contextlib.suppress(OSError, ValueError):
            serve(peer)
        with self.lock:
            self.sockets.discard(peer)
        with contextlib.suppress(OSError):
            peer.close()

    def visit(self, peer):
        self.visits += 1
        self.side.read(peer.makefile('rb'))
        peer.sendall(self.side.value(BODY))

    def serve(self, peer):
        self.connections += 1
        if self.kind == 'stall':
            self.over.wait()
            return
        if self.kind == 'half_close':
            peer.shutdown(socket.SHUT_WR)
            while not self.over.is_set() and peer.recv(65536):
                pass
            return
        file, side = peer.makefile('rb'), self.side
        side.go_on = lambda: peer.sendall(b'HTTP/1.1 100 Continue\r\n\r\n')
        while (request := side.read(file)):
            if request[0] == 'greet' and self.greets:
                peer.sendall(b'+OK\r\n')
                continue
            self.requests += 1
            if not self.answer(peer, *request):
                return

    def answer(self, peer, verb, key, body):
        """Whether the connection goes on."""
        side, kind = self.side, self.kind
        if kind in ('slow', 'other_blob'):
            if kind == 'slow':
                self.over.wait(self.delay)
            peer.sendall(self.work(verb, key, body))
            return True
        if kind == 'status_500':
            peer.sendall(side.error())
            return True
        if kind == 'stall_in_body':
            peer.sendall(side.value(BODY)[:len(BODY) // 2])
            self.over.wait()
        elif kind == 'short':
            peer.sendall(side.value(BODY[:100], len(BODY)))
        elif kind == 'long':
            peer.sendall(side.value(BODY, 100))
            return True
        elif kind == 'redirect':
            peer.sendall(b'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/cache/x\r\nContent-Length: 0\r\n\r\n' % self.elsewhere)
            return True
        elif kind == 'garbage':
            peer.sendall(bytes((i * 167 + 13) % 256 for i in range(4096)))
        elif kind == 'huge_length':
            peer.sendall(side.value(BLOCK, 2**62 if self.protocol == 'http' else 2**63 - 1))
            self.over.wait()
        elif kind == 'nested':
            peer.sendall(b'*1\r\n' * 100000)
            self.over.wait()
        elif kind == 'drip':
            for byte in side.value(BODY):
                peer.sendall(bytes([byte]))
                if self.over.wait(0.05):
                    break
        else:
            self.pour(peer)
        return False

    def pour(self, peer):
        if self.kind == 'endless_line':
            head, block = b'HTTP/1.1 200 ' if self.protocol == 'http' else b'+', BLOCK
        elif self.kind == 'endless_chunked':
            head, block = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', b'%x\r\n%s\r\n' % (len(BLOCK), BLOCK)
        else:
            head, block = self.side.endless(), BLOCK
        peer.sendall(head)
        while not self.over.is_set():
            peer.sendall(block)

    def work(self, verb, key, body):
        """As a server does that works, or that mixes up the keys."""
        side = self.side
        with self.lock:
            had = key in self.entries
            if verb in ('put', 'add'):
                if verb == 'put' or not had:
                    self.entries[key] = body
                return side.done(verb, not had)
            if verb == 'remove':
                self.entries.pop(key, None)
                return side.done(verb, False) if had else side.nothing(verb)
            found = self.entries.get(key)
            if self.kind == 'other_blob':
                others = [v for k, v in sorted(self.entries.items()) if k != key]
                found = self.blobs(key) if callable(self.blobs) else self.blobs.get(key) if self.blobs else others[0] if others else None
            return side.nothing(verb) if found is None else side.value(found, verb=verb)


def ask(server, words, wait=1.5, most=1 << 20):
    """What comes back within that time, and whether the connection was closed."""
    got = b''
    with socket.create_connection(('127.0.0.1', server.port), 5) as s:
        ends = time.monotonic() + wait
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            s.sendall(words)
            while len(got) < most and (left := ends - time.monotonic()) > 0:
                s.settimeout(left)
                if not (more := s.recv(65536)):
                    return got, True
                got += more
        return got, False


def test(protocol):
    get = b'GET /cache/k HTTP/1.1\r\nHost: a\r\n\r\n' if protocol == 'http' else b'*2\r\n$3\r\nGET\r\n$1\r\nk\r\n'
    put = (b'PUT /cache/j HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc' if protocol == 'http' else
           b'*3\r\n$3\r\nSET\r\n$1\r\nj\r\n$3\r\nabc\r\n')
    for kind in kinds(protocol):
        with hostile(kind, protocol, delay=0.2) as s:
            assert s.url.startswith(protocol)
            if kind == 'refuse':
                try:
                    ask(s, get)
                except ConnectionRefusedError:
                    continue
                raise AssertionError('somebody listens')
            began = time.monotonic()
            got, closed = ask(s, get, 0.6)
            took = time.monotonic() - began
            good = {
                'stall': not got and not closed, 'half_close': not got and closed, 'short': b'\x63' in got and closed and len(got) < 300,
                'stall_in_body': len(got) == len(BODY) // 2 and not closed, 'long': len(got) > 4096 and not closed,
                'status_500': b'500' in got or got[:5] == b'-ERR ', 'redirect': b'302' in got and str(s.elsewhere).encode() in got,
                'garbage': len(got) == 4096 and closed, 'drip': 3 < len(got) and took > 0.5, 'huge_length': len(got) > 60000 and not closed,
                'nested': len(got) == 400000 and not closed, 'slow': took > 0.19 and got == s.side.nothing('get'),
                'other_blob': got == s.side.nothing('get')}.get(kind, len(got) >= 1 << 20)
            assert good, (protocol, kind, got[:100], len(got), closed, took)
            if kind in ('slow', 'other_blob'):
                ask(s, put, 0.3)
                got, _ = ask(s, get, 0.3)
                assert (b'abc' in got) == (kind == 'other_blob'), (kind, got)
                assert b'abc' in ask(s, get.replace(b'k', b'j'), 0.3)[0] or kind == 'other_blob'
            if kind == 'redirect':
                with socket.create_connection(('127.0.0.1', s.elsewhere)):
                    time.sleep(0.2)
                assert s.visits == 1
            assert s.connections >= 1
    with hostile('other_blob', protocol, blobs={'k': b'chosen'}) as s:
        assert b'chosen' in ask(s, get, 0.2)[0]


if __name__ == '__main__':
    for name in ('http', 'redis'):
        test(name)
    print(len(kinds('http')), 'kinds for http,', len(kinds('redis')), 'for redis')
    sys.exit(0)
