"""Shows the staff what members ask for."""

from __future__ import annotations

import structlog

from bot.clock import Clock
from bot.core.admin.request_ports import Request, RequestStore, StaffDesk, Unseen
from bot.core.jobs.bells import LoopName
from bot.core.jobs.errors import PostRefused, PostTrouble

log = structlog.get_logger(__name__)


class RequestKeeper:
    """A `loop.Worker` on requests; `lease` is the pause, in seconds, between tries."""

    name: LoopName = "ask"
    lease = 60.0

    def __init__(self, store: RequestStore, desk: StaffDesk, clock: Clock) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock

    async def next_due(self) -> float | None:
        """See `Worker.next_due`."""
        return await self._store.next_due()

    async def claim(self, most: int) -> list[Unseen]:
        """See `Worker.claim`."""
        return await self._store.claim(self._clock.steady(), self.lease, most)

    async def put_off(self, _unseen: Unseen, _failures: int) -> None:
        """See `Worker.put_off`; its lease is such a pause."""

    async def work(self, unseen: Unseen) -> None:
        """Show one request."""
        request = unseen.request
        if unseen.channel_id is None:
            await self._give_up(request, "no log channel")
            return
        try:
            await self._desk.show_request(request, unseen.channel_id)
        except PostTrouble as error:
            log.info("request.later", request=request.id, error=str(error))
        except PostRefused as error:
            await self._give_up(request, str(error))
        else:
            await self._store.shown(request)

    async def _give_up(self, request: Request, error: str) -> None:
        """Forget what no channel takes, so that the member may ask anew, and tell them."""
        log.warning("request.refused", request=request.id, error=error)
        if await self._store.write(lambda books: books.drop(request.id)):
            await self._desk.tell_not_shown(request)
