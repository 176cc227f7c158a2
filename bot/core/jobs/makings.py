"""The lane of what is made of clips: free, of no state, and never in the way of a delivery."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog

from bot.core.jobs.errors import ClipNotReady, LocalTrouble, NoSuchJob
from bot.core.jobs.making import CannotMake, Clips, Maker, MakerBusy, Making, StillMaking
from bot.core.jobs.model import Job
from bot.core.jobs.tools import Tools
from bot.core.jobs.usable import require_clip
from bot.errors import Refusal

log = structlog.get_logger(__name__)

LONGEST_WAIT = 120.0
"""Seconds until one's turn. With the making itself it has to stay below the quarter of an hour in
which an interaction can be answered."""


class Makings:
    """One making at a time for all, and one a member; each is made once and stays with its clip.

    A press that dies with the process is simply pressed again: nothing is written about any.
    """

    def __init__(self, tools: Tools, *, clips: Clips, maker: Maker) -> None:
        self._store = tools.store
        self._files = tools.files
        self._clips = clips
        self._maker = maker
        self._turns = asyncio.Lock()
        self._under_way: dict[int, Making] = {}

    async def make(self, job_id: int, making: Making, *, user_id: int, limit: int) -> bytes:
        """The file that somebody wants made of a clip, of at most `limit` bytes.

        Raises:
            NoSuchJob
            NoClipYet, ClipLetGo, ClipGone, ClipNotReady: see `Clips`; also if the clip goes
                meanwhile.
            StillMaking, MakerBusy
            TooLongToMake, AlreadySmooth, AlreadySilent, CannotMake, ClipTooLarge: see `Maker`.
        """
        job = await self._store.job(job_id)
        if job is None:
            raise NoSuchJob
        try:
            file = self._fitting(job, making, limit)
            if file is None:
                with self._one_of(user_id, making):
                    file = await self._make(job, making, limit)
            return await asyncio.to_thread(file.read_bytes)
        except FileNotFoundError as error:
            raise await self._gone(job) from error
        except (LocalTrouble, OSError) as error:
            log.warning("making.trouble", job=job.code, making=making.value, error=str(error))
            raise ClipNotReady from error

    async def _make(self, job: Job, making: Making, limit: int) -> Path:
        whole, smaller = self._files.made(job, making), self._files.made_smaller(job, making)

        async def make(clip: Path) -> Path:
            async with self._turn():
                if file := self._fitting(job, making, limit):
                    return file
                if whole.exists():
                    with self._while_there(clip, smaller):
                        await self._maker.shrink(making, whole, smaller, limit, job.mark)
                    return smaller
                with self._while_there(clip, whole):
                    await self._maker.make(making, clip, whole, limit, job.mark)
                return whole

        return await self._clips.use(job.id, make)

    def _fitting(self, job: Job, making: Making, limit: int) -> Path | None:
        """What was made already and is small enough, the better one first."""
        files = self._files.made(job, making), self._files.made_smaller(job, making)
        return next((file for file in files if _is_there(file, limit)), None)

    @contextmanager
    def _one_of(self, user_id: int, making: Making) -> Iterator[None]:
        """Count it as the member's one; raises StillMaking if there is one."""
        if user_id in self._under_way:
            raise StillMaking(self._under_way[user_id])
        self._under_way[user_id] = making
        try:
            yield
        finally:
            del self._under_way[user_id]

    @contextmanager
    def _while_there(self, clip: Path, file: Path) -> Iterator[None]:
        """Work on a file that goes with its clip: if that went meanwhile, it could not see it.

        Raises:
            FileNotFoundError: It went.
        """
        try:
            yield
        except (CannotMake, LocalTrouble):
            if clip.exists():
                raise
        if not clip.exists():
            file.unlink(missing_ok=True)
            raise FileNotFoundError(clip)

    async def _gone(self, job: Job) -> Refusal:
        """Why a clip is gone that was here: it may be at the service, and so may come back."""
        found = await self._store.job(job.id)
        try:
            require_clip(found or job)
        except Refusal as refusal:
            return refusal
        return ClipNotReady()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for the one turn of all; raises MakerBusy if it does not come."""
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await self._turns.acquire()
        except TimeoutError:
            raise MakerBusy from None
        try:
            yield
        finally:
            self._turns.release()


def _is_there(file: Path, limit: int) -> bool:
    """Whether it is there, in at most so many bytes."""
    try:
        return file.stat().st_size <= limit
    except FileNotFoundError:
        return False
