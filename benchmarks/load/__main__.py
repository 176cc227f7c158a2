"""`python -m benchmarks.load CLIP`: serve until the input ends; each of its lines is a call.

A call is `{"do": NAME, …}` in JSON, its answer a line of JSON too. The first line says the port.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import math
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.load.discord import API, GATEWAY, Discord, Order
from benchmarks.load.http import Connection, Socket
from benchmarks.load.modelslab import ModelsLab

ANSWERED_WITHIN, POSTED_WITHIN = 10.0, 120.0
"""Seconds: an answer after the last order, every post of a call after its first."""


class Site:
    """Both services on one port."""

    def __init__(self, clip: bytes) -> None:
        self.discord = Discord()
        self.modelslab = ModelsLab(clip, random.Random(1))
        self.opened: Callable[[Socket], None] = self.discord.opened

    def answer(self, method: str, path: str, body: bytes, came: float) -> bytes:
        """See `benchmarks.load.http.Site`."""
        if path.startswith(API):
            return self.discord.answer(method, path, body, came)
        return self.modelslab.answer(method, path, body)

    # What may be called

    async def connected(self) -> None:
        """Wait for the bot."""
        await self.discord.connected.wait()

    async def provide(self, seconds: tuple[float, float]) -> None:
        """Have clips take so long, between the two."""
        self.modelslab.seconds = seconds
        self.modelslab.on.set()

    async def hold(self) -> None:
        """Let no clip be ready any more, until the next `provide`."""
        self.modelslab.on.clear()

    async def answers(self, rate: float, seconds: float) -> dict[str, Any]:
        """Order so many a second, whatever comes of it; how long each answer took, and no answer.

        `late` is by how much an order left too late at most: then this side was the limit.
        """
        began, late = time.monotonic(), 0.0
        orders: list[Order] = []
        for number in range(round(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(due - time.monotonic())
            late = max(late, time.monotonic() - due)
            orders.append(self.discord.order(wants_post=False))
        await asyncio.wait([order.done for order in orders], timeout=ANSWERED_WITHIN)
        took = [order.answered - order.sent for order in orders if order.answered is not None]
        return {"took": took, "unanswered": len(orders) - len(took), "late": late}

    async def jobs(
        self, at_once: int, seconds: float = math.inf, most: float = math.inf
    ) -> dict[str, Any]:
        """Keep so many orders on their way, for so long or until so many, and wait for the last.

        How long those took that came to their post meanwhile, and how many never did.
        """
        until = time.monotonic() + seconds
        took: list[float] = []
        numbers = itertools.count()

        async def one_after_the_other() -> None:
            while time.monotonic() < until and next(numbers) < most:
                order = self.discord.order(wants_post=True)
                await order.done
                if order.posted is not None and order.posted <= until:
                    took.append(order.posted - order.sent)

        tasks = [asyncio.create_task(one_after_the_other()) for _ in range(at_once)]
        _, lost = await asyncio.wait(tasks, timeout=POSTED_WITHIN)
        for task in lost:
            task.cancel()
        return {"took": took, "lost": len(lost)}

    async def figures(self) -> dict[str, Any]:
        """What was seen until now."""
        return {
            "seen": dict(self.discord.seen + self.modelslab.seen),
            "surprises": self.discord.surprises,
            "slots_used": self.modelslab.used(),
            "slots_most": self.modelslab.most,
            "cpu": time.process_time(),
            "at": time.monotonic(),
        }


async def main(clip: bytes) -> None:
    """See the module."""
    loop, site = asyncio.get_running_loop(), Site(clip)
    server = await loop.create_server(lambda: Connection(site), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    site.modelslab.origin = f"http://127.0.0.1:{port}"
    site.discord.gateway = f"ws://127.0.0.1:{port}{GATEWAY}"
    print(port, flush=True)
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    gc.freeze()
    async for line in lines:
        call = json.loads(line)
        print(json.dumps(await getattr(site, call.pop("do"))(**call)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).read_bytes()))
