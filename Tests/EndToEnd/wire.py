"""HTTP/1.1 by hand: exactly the bytes that a test means, and every answer that comes back."""

import email
import json
import os
import socket
import time


class Answer:
    """One answer as it came."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:500]!r}"


class Wire:
    """A connection to `http://HOST:PORT`. Every wait has a deadline."""

    def __init__(self, url, seconds=10.0):
        host, port = url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=seconds)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *pieces):
        """Each piece in a packet of its own."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            self.socket.sendall(piece if isinstance(piece, bytes) else piece.encode())
        return self

    def answer(self, to="POST"):
        """The next answer, or None at the end of the connection; `100 Continue` is an answer too."""
        head = self._until(b"\r\n\r\n")
        if head is None:
            return None
        line, _, fields = head.decode("latin-1").partition("\r\n")
        headers = email.message_from_string(fields)
        status = int(line.split(" ")[1])
        length = 0 if status < 200 or to == "HEAD" else int(headers["Content-Length"])
        while len(self.rest) < length:
            assert self._more(), f"the connection ended within a body: {line}"
        body, self.rest = self.rest[:length], self.rest[length:]
        return Answer(status, headers, body)

    def end(self):
        """Waits for the end of the connection; what came before it."""
        while self._more():
            pass
        return self.rest

    def _until(self, mark):
        while mark not in self.rest:
            if not self._more():
                assert self.rest == b"", f"the connection ended within a head: {self.rest!r}"
                return None
        head, _, self.rest = self.rest.partition(mark)
        return head

    def _more(self):
        try:
            piece = self.socket.recv(1 << 16)
        except ConnectionResetError:
            return False
        self.rest += piece
        return piece != b""


def request(body=b"", *headers, method="POST", path="/input", type="application/json", length=None):
    """The bytes of a request; `length` replaces the true Content-Length, False leaves it out."""
    body = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if type is not None:
        lines.append(f"Content-Type: {type}")
    if length is not False:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def exchange(url, *pieces, to="POST"):
    """Sends bytes on a connection of their own and returns the answer."""
    with Wire(url) as wire:
        return wire.send(*pieces).answer(to)


def uuid7(seconds=0.0):
    """A new id, made so many seconds from now."""
    milliseconds = int((time.time() + seconds) * 1000)
    digits = f"{milliseconds:012x}7{os.urandom(2).hex()[:3]}{0x8 | os.urandom(1)[0] & 3:x}{os.urandom(8).hex()[:15]}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
