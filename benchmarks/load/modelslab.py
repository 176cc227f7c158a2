"""The video service as far as an order goes: takes it, is ready after a while and says so."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from urllib.parse import SplitResult, urlsplit

from benchmarks.load.http import Caller, answer

FIRST_ID = int(time.time() * 1000)


class ModelsLab:
    """See the module. `clip` is what every job brings, `origin` where this is.

    `seconds` is between what and what a clip takes, evenly spread. No clip is ready while it does
    not go `on`. `most` is how many of its slots worked at once.
    """

    def __init__(self, clip: bytes, rng: random.Random) -> None:
        self.origin = ""
        self.seconds = (0.1, 0.1)
        self.on = asyncio.Event()
        self.seen: Counter[str] = Counter()
        self.working, self.most = 0, 0
        self._used, self._counted = 0.0, time.monotonic()
        self._clip = answer(200, clip, "video/mp4")
        self._rng = rng
        self._ids = itertools.count(FIRST_ID)
        self._ready: dict[str, bool] = {}
        self._callers: list[Caller] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def answer(self, method: str, path: str, body: bytes) -> bytes:
        """Answer a call."""
        if method == "GET":
            self.seen["clip"] += 1
            return self._clip
        if "/fetch/" in path:
            return self._fetched(path.rpartition("/")[2])
        if path.endswith("/wallet_balance"):
            return _json({"status": "success", "data": {"balance": 1, "currency": "USD"}})
        return self._taken(json.loads(body))

    def used(self) -> float:
        """Seconds of all slots, taken together, in which they have worked until now."""
        now = time.monotonic()
        self._used += self.working * (now - self._counted)
        self._counted = now
        return self._used

    def _taken(self, order: dict[str, str]) -> bytes:
        self.seen["order"] += 1
        job, seconds = str(next(self._ids)), self._rng.uniform(*self.seconds)
        self._ready[job] = False
        self.used()
        self.working += 1
        self.most = max(self.most, self.working)
        task = asyncio.create_task(self._work(job, seconds, order.get("webhook") or ""))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return _json({"status": "processing", "eta": max(1, round(seconds)), "id": int(job)})

    async def _work(self, job: str, seconds: float, hook: str) -> None:
        await asyncio.sleep(seconds)
        await self.on.wait()
        self._ready[job] = True
        self.used()
        self.working -= 1
        if hook:
            await self._call(hook, {"id": int(job), "status": "success"})

    async def _call(self, hook: str, body: dict[str, object]) -> None:
        to = urlsplit(hook)
        try:
            caller = self._idle() or await _connected(to)
            status = await caller.post(to.netloc, to.path, json.dumps(body).encode())
        except OSError:
            self.seen["hook lost"] += 1
            return
        self.seen[f"hook {status}"] += 1
        self._callers.append(caller)

    def _idle(self) -> Caller | None:
        """A connection that is there already; the bots hang up after a while."""
        while self._callers:
            caller = self._callers.pop()
            if caller.is_open:
                return caller
        return None

    def _fetched(self, job: str) -> bytes:
        self.seen["look"] += 1
        if not self._ready[job]:
            return _json({"status": "processing", "id": int(job), "eta": 1})
        link = f"{self.origin}/clips/{job}.mp4"
        return _json({"status": "success", "id": int(job), "output": [link]})


async def _connected(to: SplitResult) -> Caller:
    loop = asyncio.get_running_loop()
    _, caller = await loop.create_connection(Caller, to.hostname or "", to.port or 80)
    return caller


def _json(value: object) -> bytes:
    return answer(200, json.dumps(value).encode())
