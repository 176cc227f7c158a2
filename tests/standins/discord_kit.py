"""What the tests of the Discord stand-in share: a clock to move and two bots to talk to it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import discord
from discord import app_commands

from sandbox.clock import Clock
from sandbox.discord.gateway import IDENTIFY_SECONDS
from sandbox.discord.invocation import Invocation
from sandbox.discord.standin import DiscordStandIn

TOKEN = "sandbox-token"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8 + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")


class MovedClock(Clock):
    """Starts now and then stands still until a test moves it."""

    def __init__(self) -> None:
        super().__init__()
        self._now = super().now()
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self._now + seconds, woken))
        await woken.wait()

    async def patience(self, seconds: float) -> None:
        await self.sleep(seconds)

    def holds(self, seconds: float) -> bool:
        """Whether somebody sleeps who is not to be woken before so many seconds from now."""
        return any(due >= self._now + seconds for due, _ in self._sleepers)

    def move(self, seconds: float) -> None:
        self._now += seconds
        for due, woken in self._sleepers:
            if due <= self._now:
                woken.set()


class RawBot:
    """A bot of bare aiohttp, which can say what the client library would never say."""

    def __init__(self, standin: DiscordStandIn) -> None:
        self.standin = standin
        self.app_id = standin.world.bot.id
        self.session = aiohttp.ClientSession()
        self.socket: aiohttp.ClientWebSocketResponse | None = None
        self.seq: int | None = None

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = TOKEN, **query: Any
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bot {token}"} if token else {}
        url = self.standin.api_base + path
        kwargs = {"json": body} if body is not None else {}
        async with self.session.request(
            method, url, headers=headers, params=query, **kwargs
        ) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def upload(
        self, method: str, path: str, body: Any, *files: tuple[str, bytes]
    ) -> tuple[int, Any]:
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps(body))
        for index, (name, data) in enumerate(files):
            kind = "application/octet-stream"
            form.add_field(f"files[{index}]", data, filename=name, content_type=kind)
        headers = {"Authorization": f"Bot {TOKEN}"}
        url = self.standin.api_base + path
        async with self.session.request(method, url, headers=headers, data=form) as answer:
            return answer.status, json.loads(await answer.text())

    async def sync(self, *commands: dict[str, Any]) -> tuple[int, Any]:
        return await self.call("PUT", f"/applications/{self.app_id}/commands", list(commands))

    async def connect(self) -> aiohttp.ClientWebSocketResponse:
        self.socket = await self.session.ws_connect(self.standin.gateway_url)
        assert (await self.frame())["op"] == 10
        return self.socket

    async def knock(self, intents: int = 1, **changes: Any) -> None:
        """Ask for a session."""
        socket = await self.connect()
        data = {"token": TOKEN, "properties": {}, "intents": intents, **changes}
        await socket.send_json({"op": 2, "d": data})

    async def identify(self, intents: int = 1, **changes: Any) -> dict[str, Any]:
        await self.knock(intents, **changes)
        return await self.event("READY")

    async def frame(self) -> dict[str, Any]:
        assert self.socket
        frame: dict[str, Any] = json.loads((await self.socket.receive(timeout=5)).data)
        self.seq = frame.get("s") or self.seq
        return frame

    async def event(self, name: str) -> dict[str, Any]:
        while (frame := await self.frame())["t"] != name:
            pass
        found: dict[str, Any] = frame["d"]
        return found

    async def heard(self) -> list[dict[str, Any]]:
        """What has come until now."""
        assert self.socket
        await self.socket.send_json({"op": 1, "d": self.seq})
        frames = []
        while (frame := await self.frame())["op"] != 11:
            frames.append(frame)
        return frames

    async def close_code(self) -> int | None:
        assert self.socket
        while not self.socket.closed:
            await self.socket.receive(timeout=5)
        return self.socket.close_code

    async def interaction(self, doing: Any) -> Received:
        """Let a member do something, and hand over the interaction without an answer."""
        task = asyncio.create_task(doing)
        event = asyncio.create_task(self.event("INTERACTION_CREATE"))
        await asyncio.wait({task, event}, return_when=asyncio.FIRST_COMPLETED)
        if not event.done():
            event.cancel()
            await task
        return Received(self, event.result(), task)

    async def slash(self, name: str = "video", user: str = "mika") -> Received:
        return await self.interaction(self.standin.slash(user, "general", name))

    async def close(self) -> None:
        if self.socket:
            await self.socket.close()
        await self.session.close()


class Received:
    """An interaction that a raw bot got and may now answer."""

    def __init__(self, bot: RawBot, payload: dict[str, Any], task: asyncio.Task[Any]) -> None:
        self.bot = bot
        self.payload = payload
        self.task = task
        self.hook = f"/webhooks/{bot.app_id}/{payload['token']}"
        self.original = self.hook + "/messages/@original"

    async def answer(self, kind: int, data: Any = None) -> tuple[int, Any]:
        path = f"/interactions/{self.payload['id']}/{self.payload['token']}/callback"
        body = {"type": kind} if data is None else {"type": kind, "data": data}
        return await self.bot.call("POST", path, body, token=None, with_response=1)

    async def invocation(self) -> Invocation:
        return await asyncio.wait_for(self.task, 5)

    async def drop(self, clock: MovedClock) -> Invocation:
        """Let the three seconds pass."""
        clock.move(3.1)
        return await self.invocation()


class LibraryBot(discord.Client):
    """The unmodified client library, with commands that each test adds."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("intents", discord.Intents(guilds=True))
        super().__init__(guild_ready_timeout=0.05, **options)
        self.tree = app_commands.CommandTree(self)
        self.errors: list[BaseException] = []
        self.resumed = asyncio.Event()

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Skip the five seconds that the library waits before it starts a new session."""

    async def on_resumed(self) -> None:
        self.resumed.set()


class ShardedBot(LibraryBot, discord.AutoShardedClient):
    """The same with as many shards as Discord recommends; waiting for them moves the clock."""

    def __init__(self, clock: MovedClock, **options: Any) -> None:
        super().__init__(**options)
        self._clock = clock

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        if not initial:
            self._clock.move(IDENTIFY_SECONDS)


def slash(name: str = "video", **fields: Any) -> dict[str, Any]:
    """The definition of a slash command."""
    return {"name": name, "description": "Make a video", "type": 1, **fields}


def option(name: str, kind: int = 3, **fields: Any) -> dict[str, Any]:
    """The definition of an option."""
    return {"name": name, "description": "What it is", "type": kind, **fields}


def button(custom_id: str = "go", **fields: Any) -> dict[str, Any]:
    """A button."""
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id, **fields}


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    """An action row."""
    return {"type": 1, "components": list(parts)}
