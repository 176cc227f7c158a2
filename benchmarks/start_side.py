"""Discord and the video service as a starting bot meets them, in a process of their own.

    python -m benchmarks.start_side

prints the port that it listens on and then, as JSON lines, when something happened for the first
time: `identify` (a client has sent its token to the gateway) and `look` (a job was asked about), in
seconds of the machine's monotonic clock, which is the same in every process.

The servers come one by one, as Discord sends them.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from aiohttp import WSMsgType, web

SERVERS, EACH = 20, 0.05
"""How many servers the bot is in, and the seconds from one to the next."""
BOT = {"id": "900", "username": "bench", "discriminator": "0", "avatar": None, "bot": True}
APPLICATION = {
    "id": "900", "name": "bench", "owner": BOT, "icon": None, "summary": "", "description": "",
    "verify_key": "", "flags": 0, "bot_public": True, "bot_require_code_grant": False,
}  # fmt: skip


class Side:
    """See the module."""

    def __init__(self) -> None:
        self._commands: list[dict[str, Any]] = []
        self._port = 0

    async def serve(self) -> None:
        """Listen until the process is ended."""
        app = web.Application(client_max_size=2**24)
        app.router.add_get("/gateway/", self._gateway)
        app.router.add_get("/gateway", self._gateway)
        app.router.add_route("*", "/api/{path:.*}", self._discord)
        app.router.add_post("/service/{path:.*}", self._service)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._port = runner.addresses[0][1]
        print(self._port, flush=True)
        await asyncio.Event().wait()

    async def _service(self, request: web.Request) -> web.Response:
        if "wallet" in request.path:
            return web.json_response({"status": "success", "wallet_balance": "100"})
        _tell("look")
        return web.json_response({"status": "processing", "eta": 100})

    async def _discord(self, request: web.Request) -> web.Response:
        path = request.path
        if path.endswith("/users/@me"):
            return _json(BOT)
        if path.endswith("/oauth2/applications/@me"):
            return _json(APPLICATION)
        if path.endswith("/gateway/bot"):
            limits = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
            url = f"ws://127.0.0.1:{self._port}/gateway"
            return _json({"url": url, "shards": 1, "session_start_limit": limits})
        if path.endswith("/commands"):
            if request.method == "PUT":
                sent = await request.json()
                self._commands = [
                    {"type": 1, "description": "", "version": "1", "application_id": "900"}
                    | {key: value for key, value in one.items() if value is not None}
                    | {"id": str(5000 + number)}
                    for number, one in enumerate(sent)
                ]
            return _json(self._commands)
        return _json({"id": "1", "channel_id": "1"})

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            frame = json.loads(message.data)
            if frame["op"] == 1:
                await socket.send_json({"op": 11})
            if frame["op"] == 2:  # noqa: PLR2004 - identify
                _tell("identify")
                await self._welcome(socket)
        return socket

    async def _welcome(self, socket: web.WebSocketResponse) -> None:
        ids = [str((number + 1) << 22) for number in range(SERVERS)]
        ready = {
            "v": 10, "user": BOT, "session_id": "1", "shard": [0, 1],
            "guilds": [{"id": one, "unavailable": True} for one in ids],
            "resume_gateway_url": f"ws://127.0.0.1:{self._port}/gateway",
            "application": {"id": "900", "flags": 0},
        }  # fmt: skip
        await socket.send_json({"op": 0, "s": 1, "t": "READY", "d": ready})
        for number, one in enumerate(ids):
            await asyncio.sleep(EACH)
            frame = {"op": 0, "s": number + 2, "t": "GUILD_CREATE", "d": _guild(one)}
            await socket.send_json(frame)


def _guild(guild_id: str) -> dict[str, Any]:
    empty = ("emojis", "stickers", "features", "threads", "presences", "voice_states")
    everyone = {
        "id": guild_id, "name": "@everyone", "color": 0, "hoist": False, "position": 0,
        "permissions": str(2**40 - 1), "managed": False, "mentionable": False,
    }  # fmt: skip
    return {
        "id": guild_id, "name": "bench", "owner_id": "901", "preferred_locale": "en-US",
        "verification_level": 0, "default_message_notifications": 0, "nsfw_level": 0,
        "explicit_content_filter": 0, "mfa_level": 0, "premium_tier": 0, "system_channel_flags": 0,
        "roles": [everyone], "channels": [], "member_count": 1,
        "members": [{"user": BOT, "roles": [], "joined_at": None, "flags": 0, "deaf": False,
                     "mute": False}],
        **{name: [] for name in empty},
    }  # fmt: skip


_told: set[str] = set()


def _tell(what: str) -> None:
    if what not in _told:
        _told.add(what)
        print(json.dumps({"what": what, "at": time.monotonic()}), flush=True)


def _json(body: Any) -> web.Response:
    # The library looks for exactly this type.
    exactly = {"Content-Type": "application/json"}
    return web.Response(body=json.dumps(body).encode(), headers=exactly)


if __name__ == "__main__":
    asyncio.run(Side().serve())
