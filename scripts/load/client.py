"""HTTP as a client of a server under load speaks it: many connections in one thread, each answer timed, read slowly, or left."""
import asyncio, json, socket, struct, time, urllib.parse


class Failed(Exception):
    """An answer that is none: its word says of which kind, for counting."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Connection:
    """One request on a connection of its own. `buffer`: the bytes that the system keeps for an answer not yet read."""

    def __init__(self, url, key=None, buffer=None):
        self.address = urllib.parse.urlsplit(url)
        self.key, self.buffer = key, buffer
        self.rest, self.chunk, self.chunked, self.left = b'', 0, False, None
        self.slowly = None  # bytes and seconds of one read

    async def open(self):
        loop = asyncio.get_running_loop()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        if self.buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.buffer)
        try:
            await loop.sock_connect(self.socket, (self.address.hostname, self.address.port))
        except OSError as e:
            self.socket.close()
            raise Failed('no connection: ' + (e.strerror or str(e))) from e
        return self

    def hurry(self):
        """Reads as fast as it can from now on."""
        self.slowly = None
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)

    def close(self):
        self.socket.close()

    async def __aenter__(self):
        return await self.open()

    async def __aexit__(self, *_):
        self.close()

    def reset(self):
        """Leaves as a process does that is killed: without a goodbye."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.socket.close()

    async def send(self, method, path, body=None, kind='application/json', headers=()):
        bytes_ = b'' if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f'{method} {path} HTTP/1.1', f'Host: {self.address.netloc}', 'Connection: close']
        if body is not None:
            lines += [f'Content-Type: {kind}', f'Content-Length: {len(bytes_)}']
        if self.key:
            lines.append(f'Authorization: Bearer {self.key}')
        lines += [f'{name}: {value}' for name, value in headers]
        try:
            await asyncio.get_running_loop().sock_sendall(
                self.socket, '\r\n'.join(lines).encode() + b'\r\n\r\n' + bytes_)
        except OSError as e:
            raise Failed('broken while sending: ' + (e.strerror or type(e).__name__)) from e

    async def more(self):
        most, pause = self.slowly or (65536, 0)
        if pause:
            await asyncio.sleep(pause)
        try:
            got = await asyncio.get_running_loop().sock_recv(self.socket, most)
        except OSError as e:
            raise Failed('broken while reading: ' + (e.strerror or type(e).__name__)) from e
        if not got:
            raise Failed('ended before its end')
        self.rest += got

    async def line(self):
        while b'\r\n' not in self.rest:
            await self.more()
        line, self.rest = self.rest.split(b'\r\n', 1)
        return line

    async def head(self):
        """The status and the headers, whose names are in small letters."""
        self.status = int((await self.line()).split()[1])
        self.headers = {}
        while line := await self.line():
            name, value = line.decode('latin-1').split(':', 1)
            self.headers[name.lower()] = value.strip()
        self.chunked = self.headers.get('transfer-encoding') == 'chunked'
        self.left = int(self.headers.get('content-length', 0))
        return self.status

    async def pieces(self):
        """The body, as it comes; ends where HTTP says that it is whole."""
        while True:
            if self.chunked and self.left == 0:
                self.left = int((await self.line()).split(b';')[0], 16)
                if self.left == 0:
                    while await self.line():
                        pass  # trailers
                    return
                ends = True
            elif self.left == 0:
                return
            else:
                ends = self.chunked
            while self.left > 0:
                if not self.rest:
                    await self.more()
                piece, self.rest = self.rest[:self.left], self.rest[self.left:]
                self.left -= len(piece)
                yield piece
            if ends:
                await self.line()

    async def events(self):
        """What a stream of server-sent events says, each with the time of its coming; `[DONE]` is left out."""
        text, done = b'', False
        async for piece in self.pieces():
            text += piece
            while b'\n\n' in text:
                event, text = text.split(b'\n\n', 1)
                if event == b'data: [DONE]':
                    done = True
                elif event.startswith(b'data: '):
                    yield time.perf_counter(), json.loads(event[6:])
        if not done:
            raise Failed('a stream without its end')

    async def answer(self):
        status = await self.head()
        return Answer(status, self.headers, b''.join([piece async for piece in self.pieces()]))


async def ask(url, method, path, body=None, key=None, kind='application/json', headers=()):
    async with Connection(url, key) as connection:
        await connection.send(method, path, body, kind, headers)
        return await connection.answer()


def upload(name, purpose, content):
    """A file as multipart/form-data: the body, and its type."""
    mark = 'ayni-load-boundary-7f3a'
    head = (f'--{mark}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n{purpose}\r\n'
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            'Content-Type: application/octet-stream\r\n\r\n')
    return head.encode() + content + f'\r\n--{mark}--\r\n'.encode(), f'multipart/form-data; boundary={mark}'
