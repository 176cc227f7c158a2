"""A lean Discord that takes messages and edits of them, with real waits and the real limits."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.clock import Clock
from sandbox.discord.limits import Limits

ME = {"id": "1", "username": "bot", "discriminator": "0000", "avatar": None}
APP = {"id": "1", "name": "bot", "icon": None, "description": "", "bot_public": True,
       "bot_require_code_grant": False, "verify_key": "", "owner": ME}  # fmt: skip
MOST_BYTES = 64 * 1024 * 1024


class LimitedDiscord:
    """Answers each call `latency` seconds after it came.

    `taken` tells when which channel took something, in seconds and by the channel's id.
    """

    def __init__(self, latency: float) -> None:
        self.limits = Limits(Clock())
        self.taken: list[tuple[float, int]] = []
        self._clock = Clock()
        self._latency = latency
        self._ids = itertools.count(10**9)

    async def start(self) -> tuple[str, web.AppRunner]:
        """Listen; the base of its addresses, and what ends it."""
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_get("/users/@me", self._me)
        app.router.add_get("/oauth2/applications/@me", self._me)
        app.router.add_post("/channels/{channel}/messages", self._message)
        app.router.add_patch("/channels/{channel}/messages/{message}", self._message)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        return f"http://{host}:{port}", runner

    async def _me(self, request: web.Request) -> web.Response:
        return _json(ME if request.path == "/users/@me" else APP, 200, {})

    async def _message(self, request: web.Request) -> web.Response:
        came_at = self._clock.monotonic()
        counted = self.limits.count(request.method, request.path)
        name = await _file_name(request)
        await asyncio.sleep(self._latency)
        if counted.body:
            return _json(counted.body, 429, counted.headers)
        channel = request.match_info["channel"]
        self.taken.append((came_at, int(channel)))
        number = request.match_info.get("message", str(next(self._ids)))
        file = {"id": number, "filename": name, "size": 1, "url": "u", "proxy_url": "u"}
        message = {"id": number, "channel_id": channel, "type": 0, "content": "", "author": ME,
                   "attachments": [file] if name else [], "embeds": [], "pinned": False,
                   "mention_everyone": False, "tts": False, "edited_timestamp": None}  # fmt: skip
        return _json(message, 200, counted.headers)


async def _file_name(request: web.Request) -> str | None:
    """Read all of the request; the name of the last file in it."""
    if not request.content_type.startswith("multipart/"):
        await request.read()
        return None
    name, reader = None, await request.multipart()
    while isinstance(part := await reader.next(), BodyPartReader):
        name = part.filename or name
        await part.read()
    return name


def _json(body: Any, status: int, headers: Any) -> web.Response:
    """The library takes an answer for JSON only if nothing stands behind the content type."""
    data = json.dumps(body).encode()
    return web.Response(body=data, status=status, headers=headers, content_type="application/json")
