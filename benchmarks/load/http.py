"""HTTP/1.1 and WebSocket as far as the bots speak them: parsed by hand, so that it costs little."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import time
from collections.abc import Callable
from typing import Any, Protocol, cast

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
KEY = re.compile(rb"\r\nsec-websocket-key: *(\S+)", re.IGNORECASE)
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
SHORT, MIDDLE = 126, 1 << 16


class Site(Protocol):
    """What answers."""

    def answer(self, method: str, path: str, body: bytes, came: float) -> bytes:
        """The whole answer to a request whose first byte `came` then, by the monotonic clock."""
        ...

    def opened(self, socket: Socket) -> None:
        """Somebody has opened a WebSocket."""
        ...


class Socket:
    """An open WebSocket; `heard` gets every text."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.heard: Callable[[bytes], None] = lambda _text: None
        self._transport = transport

    def send(self, value: Any) -> None:
        """Send JSON."""
        self.frame(TEXT, json.dumps(value, separators=(",", ":")).encode())

    def frame(self, kind: int, data: bytes) -> None:
        """Send a frame."""
        size = len(data)
        if size < SHORT:
            head = bytes((0x80 | kind, size))
        elif size < MIDDLE:
            head = bytes((0x80 | kind, 126)) + size.to_bytes(2, "big")
        else:
            head = bytes((0x80 | kind, 127)) + size.to_bytes(8, "big")
        self._transport.write(head + data)

    def take(self, buffer: bytearray) -> bool:
        """Act on the first frame of `buffer` and drop it; False if it is not whole yet."""
        if len(buffer) < 2:  # noqa: PLR2004 - the shortest head
            return False
        size, at = buffer[1] & 0x7F, 2
        if size >= SHORT:
            wide = 2 if size == SHORT else 8
            size, at = int.from_bytes(buffer[2 : 2 + wide], "big"), 2 + wide
        end = at + 4 + size
        if len(buffer) < end:
            return False
        mask, masked = buffer[at : at + 4], buffer[at + 4 : end]
        data = bytes(byte ^ mask[number & 3] for number, byte in enumerate(masked))
        kind = buffer[0] & 0x0F
        del buffer[:end]
        if kind == TEXT:
            self.heard(data)
        elif kind == PING:
            self.frame(PONG, data)
        elif kind == CLOSE:
            self.frame(CLOSE, data)
            self._transport.close()
        return True


class Connection(asyncio.Protocol):
    """One connection to a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._buffer = bytearray()
        self._came: float | None = None
        self._socket: Socket | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._came is None:
            self._came = time.monotonic()
        self._buffer += data
        while self._buffer and (self._socket.take(self._buffer) if self._socket else self._take()):
            pass

    def _take(self) -> bool:
        """Answer the first request of the buffer; False if it is not whole yet."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._buffer[: end + 2])
        length = LENGTH.search(head)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self._buffer) < whole:
            return False
        body = bytes(self._buffer[end + 4 : whole])
        del self._buffer[:whole]
        came, self._came = self._came, None
        if key := KEY.search(head):
            self._open(key[1])
            return True
        method, path, _ = head.split(b" ", 2)
        answer = self._site.answer(method.decode(), path.decode(), body, cast(float, came))
        self._transport.write(answer)
        return True

    def _open(self, key: bytes) -> None:
        accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest())
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._socket = Socket(self._transport)
        self._site.opened(self._socket)


def answer(status: int, body: bytes = b"", kind: str = "application/json", more: str = "") -> bytes:
    """A whole answer; `more` are further header lines, each with its end."""
    head = f"HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}"
    return head.encode() + b"\r\n" + body


class Caller(asyncio.Protocol):
    """Posts one thing after the other to a server that keeps the connection open."""

    def __init__(self) -> None:
        self._done: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport
        self._got = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`. The answers have no body worth waiting for."""
        self._got += data
        if b"\r\n\r\n" in self._got and self._done and not self._done.done():
            self._done.set_result(bytes(self._got))

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        if self._done and not self._done.done():
            self._done.set_exception(exc or ConnectionResetError("closed"))

    async def post(self, host: str, path: str, body: bytes) -> int:
        """Post JSON; the answer's status."""
        self._got.clear()
        self._done = asyncio.get_running_loop().create_future()
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        self._transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return int((await self._done).split(b" ", 2)[1])

    @property
    def is_open(self) -> bool:
        """Whether the server has not hung up."""
        return not self._transport.is_closing()
