"""A file server that misbehaves by path, and names that lead where a test says."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from aiohttp import web
from aiohttp.abc import AbstractResolver
from aiohttp.test_utils import TestServer

CLIP = bytes(range(256)) * 8192
LIMIT = 4_000_000


class Names(AbstractResolver):
    """A resolver whose answers a test decides, one list of addresses after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            {"hostname": host, "host": address, "port": port, "family": family, "proto": 0,
             "flags": socket.AI_NUMERICHOST}
            for address in found
        ]  # fmt: skip

    async def close(self) -> None: ...


class Site:
    """A file server that misbehaves by path."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        self.page_bytes = b""
        self.closes = ""
        self.waiting = asyncio.Event()
        self.go_on = asyncio.Event()
        app = web.Application()
        app.router.add_get("/{name}", self._serve)
        self.server = TestServer(app)

    def url(self, path: str) -> str:
        return str(self.server.make_url(path))

    @property
    def origin(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.hits.append(request.raw_path)
        if name.isdecimal():
            return web.Response(status=int(name), body=b"<html>no</html>")
        return await getattr(self, name)(request)

    async def clip(self, request):
        return web.Response(body=CLIP, content_type="text/plain")

    async def busy(self, request):
        return web.Response(status=503, headers={"Retry-After": request.query["for"]})

    async def page(self, request):
        return web.Response(body=self.page_bytes, content_type="text/html")

    async def empty(self, request):
        return web.Response(body=b"")

    async def to(self, request):
        return web.Response(status=302, headers={"Location": request.query["url"]})

    async def nowhere(self, request):
        return web.Response(status=302)

    async def around(self, request):
        return web.Response(status=307, headers={"Location": "/around"})

    async def endless(self, request):
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(CLIP[:65536])

    async def boastful(self, request):
        """Claims more than it sends."""
        response = web.StreamResponse(headers={"Content-Length": "999999999"})
        await response.prepare(request)
        await response.write(CLIP)
        request.transport.close()
        return response

    async def modest(self, request):
        """Claims half of what it sends."""
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(CLIP) // 2}\r\n\r\n"
        request.transport.write(head.encode() + CLIP)
        request.transport.close()
        return web.Response()

    async def crammed(self, request):
        """The same with so little that all comes at once."""
        head = f"HTTP/1.1 200 OK\r\n{self.closes}Content-Length: 4\r\n\r\n"
        request.transport.write(head.encode() + CLIP[:100])
        request.transport.close()
        return web.Response()

    async def drip(self, request):
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x" * 1000)
        self.waiting.set()
        await self.go_on.wait()
        return response

    async def silent(self, request):
        self.waiting.set()
        await self.go_on.wait()
        return web.Response()


def left(target: Path) -> list[str]:
    return [path.name for path in target.parent.iterdir()]
