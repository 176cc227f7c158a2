"""preparing → queued: the member's picture is fetched at once and made ready to send."""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.errors import DownloadFailed, DownloadTooLarge, MediaTrouble, MediaUnusable
from bot.jobs.backoff import retry
from bot.jobs.model import FailReason, Job, JobState
from bot.jobs.ports import Downloader, Studio
from bot.jobs.tools import Tools

log = structlog.get_logger(__name__)

LEASE = 180.0
MOST_TRIES = 3


class Preparer:
    """See the module."""

    name = "prepare"

    def __init__(
        self,
        tools: Tools,
        *,
        downloader: Downloader,
        studio: Studio,
    ) -> None:
        self._store = tools.store
        self._mover = tools.mover
        self._downloader = downloader
        self._studio = studio
        self._files = tools.files
        self._clock = tools.clock
        self._rng = tools.rng

    async def claim(self) -> Job | None:
        """See `Worker.claim`."""
        return await self._store.claim(self.name, self._clock.now(), LEASE)

    async def next_due(self) -> float | None:
        """See `Worker.next_due`."""
        return await self._store.next_due(self.name)

    async def work(self, job: Job) -> None:
        """Fetch and prepare one picture."""
        upload = self._files.upload(job)
        try:
            await self._downloader.picture(job.picture_url or "", upload)
            cut = await self._studio.prepare(
                upload, self._files.picture(job), self._files.preview(job), job.recipe
            )
        except DownloadTooLarge:
            await self._fail(job, FailReason.PICTURE_TOO_LARGE)
        except MediaUnusable as error:
            await self._fail(job, FailReason(error.reason))
        except (DownloadFailed, MediaTrouble) as error:
            log.warning("picture.trouble", job=job.code, error=str(error))
            again = not isinstance(error, DownloadFailed) or error.again
            await self._again(job, again=again)
        else:
            upload.unlink(missing_ok=True)
            ready = job.to(JobState.QUEUED, due_at=None, tries=0, picture_cut=cut)
            if not await self._mover.save(job, ready):
                self._files.drop(job)

    async def _again(self, job: Job, *, again: bool) -> None:
        if not again or job.tries + 1 >= MOST_TRIES:
            await self._fail(job, FailReason.PICTURE_GONE)
            return
        due = self._clock.now() + retry(job.tries, self._rng)
        await self._mover.save(job, replace(job, tries=job.tries + 1, due_at=due))

    async def _fail(self, job: Job, reason: FailReason) -> None:
        self._files.drop(job)
        now = self._clock.now()
        await self._mover.save(job, job.to(JobState.FAILED, reason=reason, ended_at=now))
