"""Clips that are here: handed over at their members' wish, and let go when their time is over.

kept → fetched or swept is the way of those that no channel took.
"""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

import structlog

from bot.clock import instant
from bot.core.jobs.disk import LOOK_EVERY
from bot.core.jobs.errors import (
    ClipGone,
    ClipNotReady,
    ClipTooLarge,
    DownloadFailed,
    DownloadFault,
    DownloadTooLarge,
    FailReason,
    LocalTrouble,
    MediaUnusable,
    NoSuchJob,
)
from bot.core.jobs.files import remove
from bot.core.jobs.making import CannotMake
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Downloader, Posted, Studio
from bot.core.jobs.states import BROUGHT, HAS_CLIP, JobState
from bot.core.jobs.sweep import sweep
from bot.core.jobs.tools import DueWorker, Tools
from bot.core.jobs.usable import require_clip, require_wanted

T = TypeVar("T")

log = structlog.get_logger(__name__)

BACK_FOR = 3600.0
"""Seconds that a clip stays which was brought back for whatever is to be done with it."""
MAY_PASS = frozenset({DownloadFault.OUTAGE, DownloadFault.REFUSED})
"""Faults that say nothing about whether the service has the clip."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A clip in its member's hands, and its job as it is now; `plays` as in `Fitted`."""

    job: Job
    data: bytes
    plays: bool


class KeptClips:
    """The clips that are here, and those that can be brought back."""

    def __init__(self, tools: Tools, *, downloader: Downloader, studio: Studio) -> None:
        self._store = tools.store
        self._mover = tools.mover
        self._files = tools.files
        self._disk = tools.disk
        self._clock = tools.clock
        self._downloader = downloader
        self._studio = studio
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def fetch(self, job_id: int, limit: int) -> Fetched:
        """The clip in at most `limit` bytes. From here on its credits are used.

        They are used before the clip is on its way, for afterwards it cannot be taken back. Should
        it get lost, it can be fetched again for nothing.

        Raises:
            ClipLetGo, ClipGone, ClipTooLarge, ClipNotReady: Nothing was charged.
        """
        # One at a time makes a clip small enough for the place, and the next one finds it so.
        async with self._turn(job_id):
            sought = False
            while (job := await self._job(job_id)).state in HAS_CLIP:
                found = await self._found(job, limit) if job.clip_here else None
                if found is None and sought:
                    break
                if found is None:
                    await self._bring_back(job)
                    sought = True
                elif job.state in BROUGHT:
                    return found
                elif fetched := await self._mover.save(job, job.fetched()):
                    return replace(found, job=fetched)
            raise ClipGone(job.recipe.credits, released=job.state is JobState.SWEPT)

    async def bring_back(self, job_id: int) -> Path:
        """The file that the service gave: still here, or brought back from there for a while.

        Raises:
            NoClipYet: Nobody has had its clip.
            ClipLetGo, ClipGone, ClipNotReady
        """
        async with self._turn(job_id):
            job = await self._job(job_id)
            require_clip(job)
            result = self._files.result(job)
            if not (job.clip_here and result.exists()):
                await self._bring_back(job)
            return result

    async def use(self, job_id: int, work: Callable[[Path], Awaitable[T]]) -> T:
        """See `Clips.use`."""
        with self._files.using(job_id):
            clip = await self.bring_back(job_id)
            try:
                return await work(clip)
            except (MediaUnusable, CannotMake):
                if not await self._healed(job_id):
                    raise
            return await work(clip)

    async def discard(self, job_id: int) -> None:
        """Its member wants the clip gone: what was on hold for it is used, the file goes."""
        while (job := await self._job(job_id)).clip_here:
            await self._mover.save(job, job.discarded())

    async def posted(self, job_id: int, post: Posted) -> None:
        """Its post is there. So it is paid for, even if the bot never learnt that."""
        while (job := await self._job(job_id)).state is JobState.DELIVERING:
            after = job.delivered(
                now=instant(self._clock),
                stays=0.0,
                channel_id=post.channel_id,
                message_id=post.message_id,
            )
            await self._mover.save(job, after)
        while (job := await self._job(job_id)).can_be_fetched:
            await self._mover.save(job, job.discarded())

    async def deleted(self, job_id: int) -> None:
        """Whoever may want that wants its post gone; its file and its link go first."""
        while (job := await self._job(job_id)).state in BROUGHT and not job.deleted:
            await self._mover.save(job, job.without_post())

    async def discard_all(self, guild_id: int, user_id: int) -> None:
        """Discard all clips that a member ordered on a server."""
        for job in await self._store.clips_of(user_id):
            if job.guild_id == guild_id:
                await self.discard(job.id)

    async def forgotten(self) -> None:
        """Let the copies of clips go that no order can go on from any more."""
        at = self._clock.steady()
        with suppress(FileNotFoundError):  # the whole folder may be away; they are swept daily too
            await sweep(self._files, self._store, at, suffix=".before")

    async def _job(self, job_id: int) -> Job:
        job = await self._store.job(job_id)
        if job is None:
            raise NoSuchJob
        return job

    def _turn(self, job_id: int) -> asyncio.Lock:
        return self._turns.setdefault(job_id, asyncio.Lock())

    async def _bring_back(self, job: Job) -> None:
        """Get the clip anew from the service, while there is a link to it.

        Raises:
            ClipLetGo, ClipGone, ClipNotReady
        """
        require_wanted(job)
        if self._disk.trouble or not self._files.folder.is_dir():
            raise ClipNotReady  # what is missing while the whole folder is away is not lost
        result = self._files.result(job)
        try:
            await self._download(job, result)
        except LocalTrouble as error:
            log.warning("clip.trouble", job=job.code, error=str(error))
            raise ClipNotReady from error
        except (DownloadFailed, DownloadTooLarge, MediaUnusable) as error:
            log.warning("clip.not_brought_back", job=job.code, error=str(error))
            if isinstance(error, DownloadFailed) and error.fault in MAY_PASS:
                raise ClipNotReady from error
            raise await self._lost(job) from error
        after = job.brought_back(until=self._clock.steady() + BACK_FOR)
        if not await self._mover.save(job, after) and not (await self._job(job.id)).needs_files:
            await asyncio.to_thread(self._files.drop, job)
            raise ClipGone(job.recipe.credits, released=False)

    async def _healed(self, job_id: int) -> bool:
        """Whether a file was no clip, and is one that was brought back instead.

        Raises:
            ClipLetGo, ClipGone, ClipNotReady
        """
        async with self._turn(job_id):
            job = await self._job(job_id)
            require_clip(job)
            try:
                await self._check(job)
            except LocalTrouble as error:
                raise ClipNotReady from error
            except MediaUnusable as error:
                if error.reason is FailReason.RESULT_TOO_LARGE:
                    return False
                log.warning("clip.broken", job=job.code, error=str(error))
                await self._bring_back(job)
                return True
            return False

    async def _download(self, job: Job, result: Path) -> None:
        """Raises DownloadFailed, DownloadTooLarge, MediaUnusable, LocalTrouble."""
        if not job.link:
            raise DownloadFailed("no link", again=False, fault=DownloadFault.MISSING)
        await self._downloader.clip(job.link, result)
        await self._check(job)

    async def _check(self, job: Job) -> None:
        """Raises MediaUnusable, LocalTrouble."""
        result, clip = self._files.result(job), self._files.clip(job)
        await self._studio.fit(result, clip, job.recipe, sys.maxsize, job.mark)
        await asyncio.to_thread(remove, clip)

    async def _lost(self, job: Job) -> ClipGone:
        """Nobody will have the clip again; credits that are still on hold go back."""
        log.warning("clip.lost", job=job.code)
        after = await self._mover.save(job, job.swept(FailReason.CLIP_LOST))
        released = after is not None and after.state is JobState.SWEPT
        return ClipGone(job.recipe.credits, released=released)

    async def _found(self, job: Job, limit: int) -> Fetched | None:
        """The clip as it is to be sent; None if it is lost, goes meanwhile or no longer plays."""
        clip, result = self._files.clip(job), self._files.result(job)
        source = result
        try:
            fits = result.stat().st_size <= limit
            if not fits and clip.exists() and clip.stat().st_size <= limit:
                source = clip
            fitted = await self._studio.fit(source, clip, job.recipe, limit, job.mark)
            data = await asyncio.to_thread(fitted.path.read_bytes)
            is_here = result.exists()
            # What costs little to make again goes, as does what went with its clip before it was.
            if not is_here or (source != clip and fitted.original is None):
                await asyncio.to_thread(clip.unlink, missing_ok=True)
            return Fetched(job, data, fitted.plays) if is_here else None
        except FileNotFoundError:
            return None
        except MediaUnusable as error:
            log.warning("clip.not_fitted", job=job.code, error=str(error), limit=limit)
            if error.reason is FailReason.RESULT_TOO_LARGE:
                raise ClipTooLarge(charged=job.state in BROUGHT) from error
            return None
        except (LocalTrouble, OSError) as error:
            log.warning("clip.trouble", job=job.code, error=str(error))
            raise ClipNotReady from error


class Sweeper(DueWorker):
    """Lets clips go that were here for long enough; credits that are still on hold go back.

    Posted ones also go before their time, the first to go first, while the files are more than
    `most` bytes or the disk is short of room, but for those that are worked with. What holds
    credits, or is on its way, never does.
    """

    name = "sweep"
    lease = 60.0

    def __init__(self, tools: Tools, *, most: int) -> None:
        super().__init__(tools)
        self._most = most
        self._count_at = tools.clock.steady()
        """When the files are to be counted; whoever adds one rings, so that it may be never."""

    async def next_due(self) -> float | None:
        """See `Worker.next_due`."""
        due = await super().next_due()
        soonest = min(self._count_at, math.inf if due is None else due)
        return None if soonest == math.inf else soonest

    async def claim(self, most: int) -> list[Job]:
        """See `Worker.claim`."""
        at = self._clock.steady()
        if jobs := await super().claim(most):
            # Whoever rang may have meant a clip that came just now.
            self._count_at = min(self._count_at, at + LOOK_EVERY)
            self._bell.ring(at=self._count_at)
            return jobs
        if await self._disk.is_crowded(self._most):
            jobs = await self._store.claim_posted(at, self.lease, most, besides=self._files.in_use)
        self._count_at = at if jobs else math.inf  # too many may be here all the same
        return jobs

    async def work(self, job: Job) -> None:
        """Let one clip go; its files go with it."""
        await self._mover.save(job, job.swept())
