"""preparing → queued: the member's picture is fetched at once and made ready to send."""

from __future__ import annotations

import structlog

from bot.core.jobs.backoff import retry
from bot.core.jobs.errors import (
    DownloadFailed,
    DownloadTooLarge,
    FailReason,
    MediaUnusable,
)
from bot.core.jobs.model import Job
from bot.core.jobs.ports import LONGEST_DOWNLOAD, LONGEST_PICTURE, Downloader, Studio
from bot.core.jobs.tools import DueWorker, Tools

log = structlog.get_logger(__name__)

MOST_TRIES = 3


class Preparer(DueWorker):
    """Fetches members' pictures and has them prepared."""

    name = "prepare"
    # A second worker on the same files would take them from the first.
    lease = LONGEST_DOWNLOAD + LONGEST_PICTURE

    def __init__(self, tools: Tools, *, downloader: Downloader, studio: Studio) -> None:
        super().__init__(tools)
        self._downloader = downloader
        self._studio = studio

    async def work(self, job: Job) -> None:
        """Fetch and prepare one picture."""
        upload = self._files.upload(job)
        try:
            await self._downloader.picture(job.picture_url or "", upload)
            made = await self._studio.prepare(
                upload, self._files.picture(job), self._files.preview(job), job.recipe
            )
        except DownloadTooLarge:
            await self._fail(job, FailReason.PICTURE_TOO_LARGE)
        except MediaUnusable as error:
            await self._fail(job, error.reason, error.sides)
        except DownloadFailed as error:
            log.warning("picture.trouble", job=job.code, error=str(error))
            await self._again(job, again=error.again)
        else:
            upload.unlink(missing_ok=True)
            ready = job.prepared(shape=made.shape, cut=made.cut)
            if not await self._mover.save(job, ready):
                await self._tidy_up(job)

    async def _tidy_up(self, job: Job) -> None:
        """It moved on meanwhile. If that was its end, these files came after it."""
        found = await self._store.job(job.id)
        if found is None or not found.needs_files:
            self._files.drop(job)

    async def _again(self, job: Job, *, again: bool) -> None:
        if not again or job.tries + 1 >= MOST_TRIES:
            await self._fail(job, FailReason.PICTURE_GONE)
            return
        due = self._clock.steady() + retry(job.tries, self._rng)
        await self._mover.save(job, job.retry_at(due))

    async def _fail(
        self, job: Job, reason: FailReason, sides: tuple[int, int] | None = None
    ) -> None:
        await self._mover.save(job, job.refused(reason, sides, now=self._clock.now()))
