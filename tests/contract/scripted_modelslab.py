"""A small server that answers each path with what the test put in line, and keeps what it saw."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.jobs.model import Job
from bot.core.jobs.ports import Accepted
from bot.core.jobs.states import JobState
from bot.core.orders.models import Model
from bot.core.orders.presets_file import load
from bot.core.orders.recipe import Kind
from bot.modelslab.client import ModelsLabClient
from bot.settings import PRESETS
from tests.builders import recipe
from tests.fakes import FakeClock

KEY = "canary" + "Z9" * 25
TEXT = "/api/v6/video/text2video"
PICTURE = "/api/v6/video/img2video"
UPLOAD = "/api/v6/base64_to_url"
LOOK = "/api/v6/video/fetch/7001"
MODELS = load(PRESETS).models
FIXTURES = Path(__file__).parents[1] / "fixtures" / "modelslab"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def make(
    session: aiohttp.ClientSession,
    base_url: str,
    *,
    key: str = KEY,
    models: Mapping[str, Model] = MODELS,
    webhook_url: Callable[[int], str] | None = None,
) -> ModelsLabClient:
    """A client in a hurry."""
    return ModelsLabClient(
        session, base_url=base_url, key=key, models=models, webhook_url=webhook_url,
        clock=FakeClock(),
    )  # fmt: skip


def job(**changes: Any) -> Job:
    """An ordinary job on its way out."""
    return Job(
        id=1741, interaction_id=1, guild_id=1, channel_id=1, user_id=1, recipe=recipe(**changes),
        state=JobState.SUBMITTING, rev=1, created_at=0, due_at=None,
    )  # fmt: skip


def animation(**changes: Any) -> Job:
    """The same, from a picture."""
    return job(**{"kind": Kind.ANIMATE, "shape": "wide"} | changes)


async def animate(client: ModelsLabClient, picture: Path) -> Accepted:
    """Hand an order with a picture over, as the bot does."""
    return await client.submit(animation(), await client.lend(picture))


def of_family(family: str) -> dict[str, Model]:
    """The presets' models, all said to be of one family."""
    return {
        name: replace(model, family=family, kinds=tuple(Kind)) for name, model in MODELS.items()
    }


def answer(name: str, **replace: str) -> dict[str, Any]:
    """A recorded-like answer by its file name; `KEY="…"` fills `{KEY}` in."""
    text = (FIXTURES / f"{name}.json").read_text(encoding="utf-8")
    for word, value in replace.items():
        text = text.replace(f"{{{word}}}", value)
    return json.loads(text)


class Scripted:
    """`answers` per path, last one repeated; "drop", "hang" and "half" do what they say."""

    def __init__(self) -> None:
        self.answers: dict[str, deque[Any]] = defaultdict(deque)
        self.answers[UPLOAD].append(answer("upload"))
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self.lines: list[str] = []
        self.never = asyncio.Event()
        app = web.Application(client_max_size=2**25)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self.server = TestServer(app)

    @property
    def base_url(self) -> str:
        """What the client is given."""
        return str(self.server.make_url("/api"))

    def put(self, path: str, *answers: Any) -> None:
        """Answer `path` with these, given by file name or as they are."""
        self.answers[path] = deque(
            answer(a) if isinstance(a, str) and a not in ("drop", "hang", "half") else a
            for a in answers
        )

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was sent to `path`."""
        return [body for seen, body in self.seen if seen == path]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.lines.append(f"{request.method} {request.raw_path} {request.raw_headers}")
        self.seen.append((request.raw_path, await request.json()))
        line = self.answers[request.raw_path]
        given = line.popleft() if len(line) > 1 else line[0] if line else answer("not-found")
        if given == "hang":
            await self.never.wait()
        if given == "drop":
            request.transport.abort()
            return web.Response()
        if "raw" in given:
            request.transport.write(given["raw"].encode())
            request.transport.close()
            return web.Response()
        if given == "half":
            response = web.StreamResponse(headers={"Content-Length": "500"})
            await response.prepare(request)
            await response.write(b'{"status": "success"')
            request.transport.close()
            return response
        text = given["text"] if "text" in given else json.dumps(given["body"])
        return web.Response(
            text=text,
            status=given["status"],
            headers=given.get("headers"),
            content_type=given.get("type", "application/json"),
        )
