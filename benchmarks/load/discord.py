"""Discord as far as an order goes: a gateway that sends it, REST for what comes of it."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from benchmarks.load import payloads
from benchmarks.load.http import Socket, answer
from benchmarks.load.payloads import APPLICATION, BOT, CHANNELS, FIRST_GUILD, FIRST_USER, GUILDS

API, GATEWAY = "/api/v10", "/gateway"
DISPATCH, HEARTBEAT, IDENTIFY, HELLO, ACK = 0, 1, 2, 10, 11
ACK_SECONDS = 0.01
"""discord.py takes a quicker answer for a very late one."""
LIMITS = (
    "X-RateLimit-Limit: 5\r\nX-RateLimit-Remaining: 4\r\n"
    "X-RateLimit-Reset-After: 1.000\r\nX-RateLimit-Bucket: {bucket}\r\n"
)
NONCE = re.compile(rb'"nonce": ?"r(\d+)"')


@dataclass(slots=True)
class Order:
    """An interaction on its way; moments by the monotonic clock."""

    sent: float
    answered: float | None = None
    posted: float | None = None
    done: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    """Answered, or also posted: whoever ordered says which."""
    wants_post: bool = False


class Discord:
    """See the module. `gateway` is its address.

    `seen` counts what came, by kind; `surprises` are calls of no known kind.
    """

    def __init__(self) -> None:
        self.gateway = ""
        self.orders: dict[int, Order] = {}
        self.seen: Counter[str] = Counter()
        self.surprises: list[str] = []
        self.connected = asyncio.Event()
        self._socket: Socket
        self._sequence = itertools.count(1)
        # Past those of any run before this one over the same database.
        self._ids = itertools.count(int(time.time() * 1000 - 1_420_070_400_000) << 22)
        self._numbers = itertools.count(int(time.time()))
        self._commands: list[dict[str, Any]] = []

    # The gateway

    def opened(self, socket: Socket) -> None:
        """A client has come."""
        self._socket = socket
        socket.heard = self._heard
        socket.send({"op": HELLO, "d": {"heartbeat_interval": 41_250}})

    def _heard(self, text: bytes) -> None:
        op = json.loads(text)["op"]
        if op == HEARTBEAT:
            loop = asyncio.get_running_loop()
            loop.call_later(ACK_SECONDS, self._socket.send, {"op": ACK, "d": None})
        elif op == IDENTIFY:
            self._welcome()

    def _welcome(self) -> None:
        guilds = [FIRST_GUILD + number for number in range(GUILDS)]
        self._event("READY", {
            "v": 10, "user": BOT, "session_id": "0", "resume_gateway_url": self.gateway,
            "guilds": [{"id": str(guild), "unavailable": True} for guild in guilds],
            "application": {"id": str(APPLICATION), "flags": 0}, "shard": [0, 1],
        })  # fmt: skip
        for guild in guilds:
            self._event("GUILD_CREATE", payloads.guild(guild))
        self.connected.set()

    def _event(self, name: str, data: dict[str, Any]) -> None:
        self._socket.send({"op": DISPATCH, "t": name, "s": next(self._sequence), "d": data})

    def order(self, *, wants_post: bool) -> Order:
        """Have another member use `/video`."""
        interaction, number = next(self._ids), next(self._numbers)
        guild = FIRST_GUILD + number % GUILDS
        channel = guild * 1000 + number // GUILDS % CHANNELS
        event = payloads.interaction(interaction, guild, channel, FIRST_USER + number)
        order = self.orders[interaction] = Order(0.0, wants_post=wants_post)
        order.sent = time.monotonic()
        self._event("INTERACTION_CREATE", event)
        return order

    # REST

    def answer(self, method: str, path: str, body: bytes, came: float) -> bytes:
        """Answer a call below `API`."""
        parts = path.partition("?")[0].removeprefix(API).strip("/").split("/")
        match method, parts:
            case "POST", ["interactions", interaction, _, "callback"]:
                return self._callback(int(interaction), came)
            case "POST", ["channels", channel, "messages"]:
                return self._message(int(channel), body, came)
            case "PATCH", ["channels", channel, "messages", message]:
                self.seen["edit"] += 1
                return self._shown(int(channel), int(message), b"", "edit")
            case "GET", ["channels", _, "messages"]:
                self.seen["history"] += 1
                return answer(200, b"[]")
            case _:
                return self._start(method, parts, body)

    def _callback(self, interaction: int, came: float) -> bytes:
        self.seen["callback"] += 1
        order, message = self.orders[interaction], str(next(self._ids))
        order.answered = came
        if not order.wants_post:
            self._end(interaction, order)
        there = {"id": str(interaction), "type": 2, "response_message_id": message}
        resource = {"type": 4, "message": payloads.message(1, int(message), b"")}
        return _json({"interaction": there, "resource": resource})

    def _message(self, channel: int, body: bytes, came: float) -> bytes:
        result = NONCE.search(body)
        self.seen["result" if result else "message"] += 1
        order = self.orders.get(int(result[1])) if result else None
        if result and order:
            order.posted = came
            self._end(int(result[1]), order)
        return self._shown(channel, next(self._ids), body, "post")

    def _end(self, interaction: int, order: Order) -> None:
        del self.orders[interaction]
        if not order.done.done():
            order.done.set_result(None)

    def _shown(self, channel: int, message: int, body: bytes, bucket: str) -> bytes:
        return _json(payloads.message(channel, message, body), LIMITS.format(bucket=bucket))

    def _start(self, method: str, parts: list[str], body: bytes) -> bytes:
        """What a bot asks before it connects."""
        match method, parts:
            case "GET", ["users", "@me"]:
                return _json(BOT)
            case "GET", ["oauth2", "applications", "@me"]:
                return _json(payloads.application())
            case "GET", ["gateway", "bot"]:
                limit = {"total": 9, "remaining": 9, "reset_after": 0, "max_concurrency": 1}
                return _json({"url": self.gateway, "shards": 1, "session_start_limit": limit})
            case "PUT", ["applications", application, "commands"]:
                own = {"application_id": application, "version": "1"}
                self._commands = [
                    {"id": str(2000 + number), "description": "", **own, **command}
                    for number, command in enumerate(json.loads(body))
                ]
                return _json(self._commands)
            case "GET", ["applications", _, "commands"]:
                return _json(self._commands)
        self.surprises.append(f"{method} {'/'.join(parts)}")
        return answer(404, b'{"message": "404: Not Found", "code": 0}')


def _json(value: Any, more: str = "") -> bytes:
    return answer(200, json.dumps(value, separators=(",", ":")).encode(), more=more)
