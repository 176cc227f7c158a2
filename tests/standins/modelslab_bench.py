"""A stand-in for the video service with a plain HTTP client beside it, for its own tests."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web
from PIL import Image

from sandbox.clock import Clock
from sandbox.modelslab.clip import Clip
from sandbox.modelslab.server import ModelsLabStandIn

TEXT = "/v6/video/text2video"
PICTURE = "/v6/video/img2video"
TEXT_ULTRA = "/v6/video/text2video_ultra"
PICTURE_ULTRA = "/v6/video/img2video_ultra"
FILE = b"bytes of a clip " * 64


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]


def no_rendering(clip: Clip) -> bytes:
    """Stand for the renderer where the clip itself does not matter."""
    return FILE


def picture(size: tuple[int, int] = (320, 240), file_format: str = "PNG") -> bytes:
    """Four differently coloured quarters: a wrong crop or turn would show."""
    image = Image.new("RGB", size, "#c03030")
    half = (size[0] // 2, size[1] // 2)
    image.paste("#30a050", (half[0], 0, *size))
    image.paste("#3050c0", (0, half[1], half[0], size[1]))
    image.paste("#d0c040", (*half, *size))
    target = io.BytesIO()
    image.save(target, file_format)
    return target.getvalue()


class Bench:
    """The stand-in, its address and what a client does with it."""

    def __init__(self, standin: ModelsLabStandIn, http: aiohttp.ClientSession) -> None:
        self.standin = standin
        self.faults = standin.faults
        self.http = http

    async def post(self, path: str, **fields: Any) -> Answer:
        """Send a JSON body with the right key, unless the fields say otherwise."""
        body = {"key": "sandbox-key", **fields}
        async with self.http.post(self.standin.base_url + path, json=body) as response:
            return Answer(response.status, await response.json())

    async def submit(self, path: str = TEXT, **fields: Any) -> Answer:
        """Send a small valid order."""
        base = {"model_id": "wan2.2", "prompt": "a paper boat", "output_type": "mp4"}
        return await self.post(path, **{**base, "instant_response": True, **fields})

    async def fetch(self, job_id: int, path: str = "/v6/video/fetch") -> Answer:
        return await self.post(f"{path}/{job_id}")

    async def finished(self, job_id: int, path: str = "/v6/video/fetch") -> Answer:
        """Ask until the job is no longer processing."""
        while True:
            answer = await self.fetch(job_id, path)
            if answer.body["status"] != "processing":
                return answer
            await asyncio.sleep(0.005)

    async def clip(self, path: str = TEXT, **fields: Any) -> Answer:
        """Submit and wait for the end."""
        accepted = await self.submit(path, **fields)
        assert accepted.status == 200, accepted
        return await self.finished(
            accepted.body["id"], accepted.body["fetch_result"].split("/api")[1].rsplit("/", 1)[0]
        )

    async def download(self, url: str) -> tuple[int, bytes]:
        async with self.http.get(url, allow_redirects=False) as response:
            return response.status, await response.read()

    async def file(self, **fields: Any) -> bytes:
        """Return the bytes of a new clip."""
        done = await self.clip(**fields)
        status, data = await self.download(done.body["output"][0])
        assert status == 200
        return data


@asynccontextmanager
async def bench(*, speed: float = 2000, **options: Any) -> AsyncIterator[Bench]:
    """Run a stand-in that does not render, unless told to."""
    options = {"render": no_rendering, "rng": random.Random(7), **options}
    standin = ModelsLabStandIn(clock=Clock(speed), **options)
    await standin.start()
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
            yield Bench(standin, http)
    finally:
        await standin.close()


@asynccontextmanager
async def picture_host(data: bytes, *, status: int = 200) -> AsyncIterator[str]:
    """Serve `data` as a picture and give its address."""

    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=data, status=status, content_type="image/png")

    async with _serve(web.get("/picture.png", handle)) as origin:
        yield f"{origin}/picture.png"


@asynccontextmanager
async def webhook_host() -> AsyncIterator[tuple[str, asyncio.Queue[dict[str, Any]]]]:
    """Take webhooks and queue their bodies."""
    bodies: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def handle(request: web.Request) -> web.Response:
        bodies.put_nowait(await request.json())
        return web.Response()

    async with _serve(web.post("/hook", handle)) as origin:
        yield f"{origin}/hook", bodies


@asynccontextmanager
async def _serve(route: web.RouteDef) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes([route])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
