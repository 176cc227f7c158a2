"""Submitting and fetching: the routes that make clips."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from functools import partial
from typing import Any, get_args

import aiohttp
from aiohttp import web

from sandbox.clock import Clock
from sandbox.modelslab import pictures, replies
from sandbox.modelslab.endpoints import ENDPOINTS, Endpoint
from sandbox.modelslab.exchange import Exchanges, hang_up, json_answer, raw_answer
from sandbox.modelslab.faults import Faults, FetchFault, Refused, Reply
from sandbox.modelslab.fields import JsonObject
from sandbox.modelslab.guard import Guard
from sandbox.modelslab.jobs import Job, Jobs
from sandbox.modelslab.orders import like_picture, read_order
from sandbox.modelslab.refusals import Refusal, on_demand
from sandbox.modelslab.webhooks import Webhooks

_REFUSED: frozenset[str] = frozenset(get_args(Refused))
_WAIT = 4.0
"""Sandbox seconds that an answer may wait for its clip; only that it waits is documented."""


class Videos:
    """Takes orders, lets jobs live and answers what has become of them."""

    def __init__(
        self,
        *,
        clock: Clock,
        rng: random.Random,
        guard: Guard,
        jobs: Jobs,
        faults: Faults,
        exchanges: Exchanges,
        session: aiohttp.ClientSession,
        origin: str,
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._guard = guard
        self._jobs = jobs
        self._faults = faults
        self._exchanges = exchanges
        self._session = session
        self._origin = origin
        self._webhooks = Webhooks(session, clock, faults, exchanges, origin)
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """The routes to add to the application."""
        submits = [web.post(f"/api/{e.path}", partial(self._submit, e)) for e in ENDPOINTS]
        fetches = [
            web.post(f"/api/{path}/{{id}}", partial(self._fetch, path))
            for path in sorted({e.fetch for e in ENDPOINTS})
        ]
        return submits + fetches

    async def close(self) -> None:
        """End all jobs where they are."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _submit(self, endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
        fault = self._faults.submit.take()
        if fault == "drop":
            return hang_up(request)
        if isinstance(fault, Reply):
            return raw_answer(fault)
        self._refuse_on_demand(fault)
        body = self._guard.admit(request)
        order = read_order(endpoint, body, self._rng)
        self._jobs.check_room()
        first, last = [
            await pictures.obtain(source, self._session) if source else None
            for source in (order.picture, order.last)
        ]
        if first:
            order = like_picture(order, body, await asyncio.to_thread(pictures.size, first))
        job = self._jobs.accept(order, body)
        life = self._start(self._live(job, first, last))
        if fault == "accept_slowly":
            await self._clock.sleep(self._faults.slow_seconds)
        reply = replies.accepted(job, self._origin)
        if job.webhook_fault == "before_answer":
            await asyncio.shield(life)
        if fault == "accept_then_drop":
            return hang_up(request)
        if job.webhook_fault != "before_answer" and (
            fault == "finish_at_once" or await self._waited_for(life, job)
        ):
            await asyncio.shield(life)
            reply = replies.finished_at_once(job, self._origin)
        if self._faults.edit_submit:
            self._faults.edit_submit(reply)
        return json_answer(reply)

    async def _waited_for(self, life: asyncio.Task[None], job: Job) -> bool:
        """Keep a client waiting that did not ask otherwise; tell whether the clip has come."""
        if job.order.endpoint.waits and not job.order.instant:
            over = asyncio.ensure_future(self._clock.sleep(_WAIT))
            await asyncio.wait({life, over}, return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
        return job.state == "succeeded"

    async def _fetch(self, path: str, request: web.Request) -> web.StreamResponse:
        fault = self._faults.fetch.take()
        if fault == "drop":
            return hang_up(request)
        if isinstance(fault, Reply):
            return raw_answer(fault)
        self._refuse_on_demand(fault)
        self._guard.admit(request)
        wanted = request.match_info["id"]
        job = self._jobs.get(int(wanted), path) if wanted.isdecimal() else None
        if job is None or fault == "not_found":
            return self._not_found()
        reply = _spoilt(job, self._origin, fault) or replies.fetched(job, self._origin)
        if self._faults.edit_fetch:
            self._faults.edit_fetch(reply)
        return json_answer(reply)

    def _refuse_on_demand(self, fault: object) -> None:
        if isinstance(fault, str) and fault in _REFUSED:
            name: Any = fault
            raise on_demand(name, slots=self._jobs.slots, retry_after=self._faults.retry_after)

    def _not_found(self) -> web.Response:
        if self._exchanges.dialect == "docs":
            raise Refusal(404, "Request not found")
        return json_answer({**replies.failed("Request not found"), "tip": "Check the id."})

    async def _live(self, job: Job, first: bytes | None, last: bytes | None) -> None:
        await asyncio.gather(self._jobs.run(job, first, last), self._webhooks.while_running(job))
        await self._webhooks.at_end(job)

    def _start(self, life: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(life)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _spoilt(job: Job, origin: str, fault: FetchFault | None) -> JsonObject | None:
    """Return the reply a fault asks for, or None; it does not wait for the job's end."""
    if fault == "failed":
        return replies.failed("Failed, Try Again")
    reply = replies.succeeded(job, origin)
    if fault == "early_success":
        return reply
    if fault == "no_links":
        return reply | {"output": [], "proxy_links": ""}
    if fault == "bare_string":
        return reply | {"output": reply["output"][0], "proxy_links": ""}
    return None
