"""Shows each change of a server's configuration in its log channel."""

from __future__ import annotations

import structlog

from bot.clock import Clock
from bot.core.admin.ports import AdminStore, Notice, StaffChannel
from bot.core.jobs.bells import LoopName
from bot.core.jobs.errors import PostRefused, PostTrouble

log = structlog.get_logger(__name__)

KEEP = 3 * 86_400.0
"""Seconds of tries after which nobody wants to read of a change any more."""


class LogKeeper:
    """A `loop.Worker` on log entries; `lease` is the pause, in seconds, between tries."""

    name: LoopName = "log"
    lease = 60.0

    def __init__(self, store: AdminStore, staff: StaffChannel, clock: Clock) -> None:
        self._store = store
        self._staff = staff
        self._clock = clock

    async def next_due(self) -> float | None:
        """See `Worker.next_due`."""
        return await self._store.next_notice()

    async def claim(self, most: int) -> list[Notice]:
        """See `Worker.claim`."""
        return await self._store.claim_notices(self._clock.steady(), self.lease, most)

    async def put_off(self, _notice: Notice, _failures: int) -> None:
        """See `Worker.put_off`; its lease is such a pause."""

    async def work(self, notice: Notice) -> None:
        """Post one entry; a channel that does not take it is not asked again."""
        try:
            await self._staff.post_entry(notice.entry, notice.channel_id)
        except PostTrouble as error:
            log.info("log.later", entry=notice.entry.id, error=str(error))
            if self._clock.steady() - notice.tried_at < KEEP:
                return
        except PostRefused as error:
            log.warning("log.refused", entry=notice.entry.id, error=str(error))
        await self._store.noticed(notice)
