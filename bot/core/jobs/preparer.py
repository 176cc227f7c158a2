"""preparing → queued: the member's pictures are fetched at once and made ready to send."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import structlog

from bot.core.jobs.backoff import retry
from bot.core.jobs.errors import (
    ClipNotReady,
    DownloadFailed,
    DownloadTooLarge,
    FailReason,
    LocalTrouble,
    MediaUnusable,
)
from bot.core.jobs.files import remove
from bot.core.jobs.making import Clips
from bot.core.jobs.model import Job
from bot.core.jobs.ports import (
    LONGEST_CLIP,
    LONGEST_DOWNLOAD,
    LONGEST_PICTURE,
    Downloader,
    Prepared,
    Seen,
    Studio,
)
from bot.core.jobs.tools import DueWorker, Tools
from bot.core.orders.limits import MORE_THAN_ORDERED, extend_most
from bot.core.orders.recipe import Recipe
from bot.errors import Refusal

log = structlog.get_logger(__name__)

MOST_TRIES = 3


class Preparer(DueWorker):
    """Fetches members' pictures and has them prepared."""

    name = "prepare"
    # A second worker on the same files would take them from the first. There may be two pictures,
    # and before them a clip that is brought back.
    lease = LONGEST_DOWNLOAD + LONGEST_CLIP + 2 * (LONGEST_DOWNLOAD + LONGEST_PICTURE)

    def __init__(
        self, tools: Tools, *, downloader: Downloader, studio: Studio, clips: Clips
    ) -> None:
        super().__init__(tools)
        self._clips = clips
        self._downloader = downloader
        self._studio = studio

    async def work(self, job: Job) -> None:
        """Fetch and prepare a job's pictures; the last frame gets the shape of the first."""
        made = await self._prepare(job, job.recipe, last=False)
        if made is None:
            return
        shape, cut = made.shape, made.cut
        if job.last_picture_url:
            made = await self._prepare(job, _in_shape(job.recipe, shape), last=True)
            if made is None:
                return
            cut = cut or made.cut
        await self._save(job, job.prepared(shape=shape, cut=cut))

    async def _prepare(self, job: Job, recipe: Recipe, *, last: bool) -> Prepared | None:
        """Fetch and prepare one picture; None if it is not there now, which the job tells then."""
        files = self._files
        upload = files.last_upload(job) if last else files.upload(job)
        target = files.last_picture(job) if last else files.picture(job)
        preview = None if last else files.preview(job)
        try:
            await self._get(job, upload, last=last)
            made = await self._studio.prepare(
                upload, target, preview, recipe, may_be_blank=last or job.source_id is not None
            )
        except DownloadTooLarge:
            await self._fail(job, FailReason.PICTURE_TOO_LARGE, last=last)
        except MediaUnusable as error:
            await self._fail(job, error.reason, error.sides, last=last)
        except DownloadFailed as error:
            log.warning("picture.trouble", job=job.code, last=last, error=str(error))
            await self._again(job, again=error.again, last=last)
        else:
            await asyncio.to_thread(remove, upload)
            return made
        return None

    async def _get(self, job: Job, upload: Path, *, last: bool) -> None:
        """Have a picture's file there, which may be the last frame of an earlier clip.

        Raises:
            DownloadFailed, DownloadTooLarge, MediaUnusable, LocalTrouble
        """
        if job.source_id is not None and not last:
            await self._last_frame(job, job.source_id, upload)
            return
        url = job.last_picture_url if last else job.picture_url
        await self._downloader.picture(url or "", upload)

    async def _last_frame(self, job: Job, source_id: int, upload: Path) -> None:
        """Take it from the clip, which is kept as it is now where the new one goes on from it."""

        async def take(clip: Path) -> Seen:
            if job.recipe.before:
                clip = await asyncio.to_thread(shutil.copyfile, clip, self._files.before(job))
            return await self._studio.last_frame(clip, upload)

        try:
            seen = await self._clips.use(source_id, take)
        except (ClipNotReady, FileNotFoundError) as error:
            if self._disk.trouble or not self._files.folder.is_dir():
                raise LocalTrouble(repr(error)) from error
            if isinstance(error, ClipNotReady):
                raise DownloadFailed("the clip is not ready", again=True) from error
            raise MediaUnusable(repr(error), FailReason.SOURCE_GONE) from error
        except Refusal as error:
            raise MediaUnusable(repr(error), FailReason.SOURCE_GONE) from error
        if job.recipe.before:
            _require_room(seen, job.recipe)

    async def _save(self, job: Job, after: Job) -> None:
        """Write what came of it. If it has ended meanwhile, its files came after that."""
        if await self._mover.save(job, after):
            return
        found = await self._store.job(job.id)
        if found is None or not found.needs_files:
            await asyncio.to_thread(self._files.drop, job)

    async def _again(self, job: Job, *, again: bool, last: bool) -> None:
        if not again or job.tries + 1 >= MOST_TRIES:
            of_a_clip = job.source_id is not None and not last
            gone = FailReason.SOURCE_GONE if of_a_clip else FailReason.PICTURE_GONE
            await self._fail(job, gone, last=last)
            return
        due = self._clock.steady() + retry(job.tries, self._rng)
        await self._save(job, job.retry_at(due))

    async def _fail(
        self, job: Job, reason: FailReason, sides: tuple[int, int] | None = None, *, last: bool
    ) -> None:
        await self._save(job, job.refused(reason, sides, last=last, now=self._clock.now()))


def _require_room(first: Seen, recipe: Recipe) -> None:
    """Let nothing be made that cannot be joined: it would be paid for, and of less use.

    Raises:
        MediaUnusable
    """
    seconds = first.seconds + recipe.part - 1 / first.fps
    if seconds > extend_most(first.frame * first.fps) * MORE_THAN_ORDERED:
        raise MediaUnusable(f"{seconds} seconds together", FailReason.TOO_LONG_TOGETHER)


def _in_shape(recipe: Recipe, shape: str) -> Recipe:
    """The recipe as if no other shape could be decided on."""
    return replace(recipe, shapes=tuple(one for one in recipe.shapes if one.name == shape))
