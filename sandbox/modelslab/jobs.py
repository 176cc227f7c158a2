"""Accepted jobs: their ids, slots and credits, and the time until each is done."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from sandbox.clock import Clock
from sandbox.modelslab.clip import Clip
from sandbox.modelslab.faults import Faults, Outcome, WebhookFault, kind_of
from sandbox.modelslab.fields import JsonObject
from sandbox.modelslab.orders import Order
from sandbox.modelslab.refusals import no_credits, queue_full

log = logging.getLogger(__name__)

JobState = Literal["processing", "succeeded", "failed"]
Renderer = Callable[[Clip], bytes]


@dataclass(eq=False)
class Job:
    """An accepted submit. Times are epoch seconds, `eta` real seconds as told to the client."""

    id: int
    order: Order
    body: JsonObject
    eta: float
    started: float
    expected_end: float
    outcome: Outcome | None
    webhook_fault: WebhookFault | None
    state: JobState = "processing"
    finished: float | None = None
    file: bytes | None = None
    message: str = ""

    @property
    def track_id(self) -> str | int | None:
        """The client's own name for the job, as it was given."""
        return self.order.track_id

    @property
    def prompt(self) -> str:
        """What the clip shows."""
        return self.order.prompt

    @property
    def file_name(self) -> str:
        """The name of the result file."""
        return f"{self.order.meta['file_prefix']}.{self.order.shape.format}"


class Jobs:
    """All jobs of one account. `submits` holds them in order of acceptance."""

    def __init__(
        self,
        *,
        clock: Clock,
        rng: random.Random,
        faults: Faults,
        render: Renderer,
        slots: int,
        credits_left: int | None,
        seconds: tuple[float, float],
        spread: float,
    ) -> None:
        self.submits: list[Job] = []
        self.slots = slots
        self.credits_left = credits_left
        self.peak_running = 0
        self.on_change: Callable[[Job], None] | None = None
        self._clock = clock
        self._rng = rng
        self._faults = faults
        self._render = render
        self._seconds = seconds
        self._spread = spread
        self._by_id: dict[int, Job] = {}
        self._by_file: dict[str, Job] = {}
        self._running = 0
        # Clips are made one after another: a person's machine has other things to do.
        self._studio = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")
        # Ids of later runs are larger, so a bot that kept its database never meets one twice.
        self._ids = itertools.count(int(clock.now()) - 1_600_000_000)

    @property
    def running(self) -> int:
        """How many jobs are not finished; each holds a slot of the plan."""
        return self._running

    def get(self, job_id: int, fetch_path: str) -> Job | None:
        """Return the job if it belongs to this fetch path."""
        job = self._by_id.get(job_id)
        return job if job and job.order.endpoint.fetch == fetch_path else None

    def by_file(self, name: str) -> Job | None:
        """Return the job whose result has this file name, finished or not."""
        return self._by_file.get(name)

    def next_id(self) -> int:
        """Return a new id, larger than all before."""
        return next(self._ids)

    def check_room(self) -> None:
        """Raise `Refusal` when the account has no credits or no free slot."""
        if self.credits_left is not None and self.credits_left <= 0:
            raise no_credits()
        if self._running >= self.slots:
            raise queue_full(self.slots, self._faults.retry_after)

    def accept(self, order: Order, body: JsonObject) -> Job:
        """Take the order, a slot and a credit. Raise `Refusal` as `check_room` does."""
        self.check_room()
        if self.credits_left is not None:
            self.credits_left -= 1
        usual = self._seconds[order.endpoint.long] * self._rng.uniform(0.9, 1.1)
        eta = max(0.001, round(usual / self._clock.speed, 3))
        now = self._clock.now()
        job = Job(
            id=self.next_id(),
            order=order,
            body=body,
            eta=eta,
            started=now,
            expected_end=now + eta,
            outcome=self._faults.outcome_of(order.prompt),
            webhook_fault=self._faults.webhook.take() if order.webhook else None,
        )
        self._running += 1
        self.peak_running = max(self.peak_running, self._running)
        self.submits.append(job)
        self._by_id[job.id] = job
        self._by_file[job.file_name] = job
        self._changed(job)
        return job

    async def run(self, job: Job, picture: bytes | None, last: bytes | None) -> None:
        """Finish `job` when its time has passed and its clip is made."""
        seconds = job.eta * self._clock.speed * math.exp(self._rng.gauss(0, self._spread))
        if job.outcome == "slow":
            seconds *= self._faults.slow_factor
        clip = self._make(job, picture, last) if job.outcome in (None, "slow") else None
        await self._clock.sleep(seconds)
        if job.outcome == "stuck":
            return
        try:
            job.file = await clip if clip else None
        except Exception:
            # A fault of ours: the client reads a failed job, whoever runs the stand-in reads why.
            log.exception("clip of job %d could not be made", job.id)
        finally:
            self._end(job)

    def _end(self, job: Job) -> None:
        job.message = "" if job.file is not None else _failure(job.outcome)
        job.state = "succeeded" if job.file is not None else "failed"
        job.finished = self._clock.now()
        self._running -= 1
        self._changed(job)

    def _make(self, job: Job, picture: bytes | None, last: bytes | None) -> asyncio.Future[bytes]:
        shape = job.order.shape
        clip = Clip(
            prompt=job.prompt,
            seed=job.order.seed,
            width=shape.width,
            height=shape.height,
            frames=shape.frames,
            fps=shape.fps,
            format=shape.format,
            picture=picture,
            last=last,
            sound=job.order.sound,
            kind=kind_of(job.prompt),
        )
        return asyncio.get_running_loop().run_in_executor(self._studio, self._render, clip)

    def close(self) -> None:
        """Drop clips that are not begun; one in the making is finished in the background."""
        self._studio.shutdown(wait=False, cancel_futures=True)

    def _changed(self, job: Job) -> None:
        if self.on_change:
            self.on_change(job)


def _failure(outcome: Outcome | None) -> str:
    if outcome == "refuse":
        # No wording for video is documented; clients look for "nsfw".
        return "NSFW content detected. Failed, Try Again"
    return "Failed, Try Again"
