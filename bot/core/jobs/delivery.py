"""succeeded → delivered: fetches the clip, checks and fits it, and posts it exactly once."""

from __future__ import annotations

from pathlib import Path

import structlog

from bot.clock import instant
from bot.core.jobs.backoff import GIVE_UP_AFTER, retry
from bot.core.jobs.errors import (
    DownloadFailed,
    DownloadTooLarge,
    FailReason,
    LocalTrouble,
    MediaUnusable,
    PostRefused,
    PostTrouble,
    ProviderError,
)
from bot.core.jobs.model import Job, JobState
from bot.core.jobs.ports import Downloader, Posted, Ready, ResultPublisher, Studio, VideoApi
from bot.core.jobs.tools import DueWorker, Tools

log = structlog.get_logger(__name__)

MOST_TRIES = 4
OUT_OF_REACH_PAUSE = 60.0


class Delivery(DueWorker):
    """Downloads finished clips, has them fitted, and posts them."""

    name = "deliver"
    lease = 1800.0

    def __init__(
        self,
        tools: Tools,
        *,
        api: VideoApi,
        downloader: Downloader,
        studio: Studio,
        publisher: ResultPublisher,
    ) -> None:
        super().__init__(tools)
        self._api = api
        self._downloader = downloader
        self._studio = studio
        self._publisher = publisher

    async def work(self, job: Job) -> None:
        """Bring one clip to its member."""
        try:
            posted = await self._sent_before(job)
            if posted is None:
                clip = await self._obtain(job)
                job = await self._announce(job)
                posted = await self._publisher.post_result(job, clip)
        except (DownloadTooLarge, MediaUnusable, DownloadFailed, LocalTrouble) as error:
            await self._no_clip(job, error)
        except PostRefused as error:
            log.warning("delivery.refused", job=job.code, error=str(error))
            await self._keep(job)
        except PostTrouble as error:
            await self._post_later(job, error)
        except _MovedOn:
            return
        else:
            await self._delivered(job, posted)

    async def _sent_before(self, job: Job) -> Posted | None:
        """A job found in delivering may have been posted just before the process died."""
        if job.state is not JobState.DELIVERING:
            return None
        return await self._publisher.find_result(job)

    async def _obtain(self, job: Job) -> Path:
        result = self._files.result(job)
        if not result.exists():
            await self._downloader.clip(job.result_url or "", result)
        limit = self._publisher.upload_limit(job)
        return await self._studio.fit(result, self._files.clip(job), job.recipe, limit)

    async def _announce(self, job: Job) -> Job:
        """Write down that the clip is about to be sent, before it is."""
        if job.state is JobState.DELIVERING:
            return job
        after = job.delivering(until=self._clock.steady() + self.lease)
        moved = await self._mover.insist(job, after)
        if moved is None:
            raise _MovedOn
        return moved

    async def _delivered(self, job: Job, posted: Posted) -> None:
        after = job.delivered(
            now=self._clock.now(), channel_id=posted.channel_id, message_id=posted.message_id
        )
        await self._mover.insist(job, after)

    async def _no_clip(self, job: Job, error: Exception) -> None:
        """The clip is not to be had yet, or never. A fresh link and a fresh download may help."""
        log.warning("delivery.no_clip", job=job.code, error=str(error), tries=job.tries)
        self._files.result(job).unlink(missing_ok=True)
        at = self._clock.steady()
        if isinstance(error, DownloadFailed) and not error.answered:
            if at - (job.ready_at or at) < GIVE_UP_AFTER:
                pause = OUT_OF_REACH_PAUSE * self._rng.uniform(0.5, 1.0)
                link = await self._fresh_link(job)
                await self._mover.insist(job, job.relinked(link).due(at + pause))
                return
        elif job.tries + 1 < MOST_TRIES and not _hopeless(error):
            again_at = at + retry(job.tries + 1, self._rng)
            link = await self._fresh_link(job)
            await self._mover.insist(job, job.relinked(link).retry_at(again_at))
            return
        await self._mover.insist(job, job.failed(_reason(error), now=self._clock.now()))

    async def _fresh_link(self, job: Job) -> str | None:
        try:
            look = await self._api.fetch(job.fetch_path or "", job.remote_id or "")
        except ProviderError as error:
            log.info("delivery.no_fresh_link", job=job.code, detail=error.detail)
            return job.result_url
        return look.urls[0] if isinstance(look, Ready) and look.urls else job.result_url

    async def _keep(self, job: Job) -> None:
        """No channel takes it: its member may fetch it."""
        await self._mover.insist(job, job.kept(now=instant(self._clock)))

    async def _post_later(self, job: Job, error: PostTrouble) -> None:
        log.warning("delivery.trouble", job=job.code, error=str(error), tries=job.tries)
        at = self._clock.steady()
        if at - (job.ready_at or at) >= GIVE_UP_AFTER:
            await self._keep(job)
            return
        due = at + retry(job.tries, self._rng, most=300.0)
        await self._mover.insist(job, job.retry_at(due))


def _reason(error: Exception) -> FailReason:
    if isinstance(error, MediaUnusable):
        return error.reason
    too_large = isinstance(error, DownloadTooLarge)
    return FailReason.RESULT_TOO_LARGE if too_large else FailReason.RESULT_UNUSABLE


def _hopeless(error: Exception) -> bool:
    refused = isinstance(error, DownloadFailed) and not error.again
    return refused or _reason(error) is FailReason.RESULT_TOO_LARGE


class _MovedOn(Exception):
    """Somebody else changed the job between the claim and the sending."""
