"""Calls to the client's webhook: one JSON POST, unsigned, no second try, as documented."""

from __future__ import annotations

import aiohttp

from sandbox.clock import Clock
from sandbox.modelslab import replies
from sandbox.modelslab.exchange import Exchanges
from sandbox.modelslab.faults import Faults
from sandbox.modelslab.fields import JsonObject
from sandbox.modelslab.jobs import Job

_ACK = aiohttp.ClientTimeout(total=30)


class Webhooks:
    """Sends what a job's webhook is due, and what a fault adds to it."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        clock: Clock,
        faults: Faults,
        exchanges: Exchanges,
        origin: str,
    ) -> None:
        self._session = session
        self._clock = clock
        self._faults = faults
        self._exchanges = exchanges
        self._origin = origin

    async def while_running(self, job: Job) -> None:
        """Send the calls that only a fault brings about, before the job is done."""
        if job.webhook_fault == "processing":
            body = {"status": "processing", "id": job.id, "track_id": job.track_id, "output": ""}
            await self._post(job, body)
        elif job.webhook_fault == "forge":
            links = ["http://forged.invalid/generations/forged.mp4"]
            body = {"status": "success", "id": job.id, "track_id": job.track_id, "output": links}
            await self._post(job, body)

    async def at_end(self, job: Job) -> None:
        """Tell the result, as often as the faults say."""
        if job.state == "processing" or job.webhook_fault == "drop":
            return
        body = replies.webhook(job, self._origin)
        if job.webhook_fault == "no_output":
            body.pop("output", None)
        await self._clock.sleep(self._faults.webhook_delay)
        for _ in range(self._faults.webhook_repeats):
            await self._post(job, body)

    async def _post(self, job: Job, body: JsonObject) -> None:
        url = job.order.webhook
        if url is None:
            return
        at = self._clock.now()
        status = None
        try:
            async with self._session.post(url, json=body, timeout=_ACK) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError):
            pass  # best effort: the service gives no second try either
        self._exchanges.note_call(at, url, body, status)
