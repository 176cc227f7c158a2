"""succeeded → delivered: fetches the clip, checks and fits it, and posts it exactly once."""

from __future__ import annotations

import asyncio
import math

import structlog

from bot.clock import instant
from bot.core.jobs.backoff import GIVE_UP_AFTER, retry
from bot.core.jobs.channels import Channels
from bot.core.jobs.errors import (
    DownloadFailed,
    DownloadTooLarge,
    FailReason,
    LocalTrouble,
    MediaUnusable,
    PostRefused,
    PostTrouble,
    PostUnseen,
    ProviderError,
)
from bot.core.jobs.files import remove
from bot.core.jobs.model import Job
from bot.core.jobs.patience import NoClip, no_clip
from bot.core.jobs.ports import (
    LONGEST_CLIP,
    LONGEST_DOWNLOAD,
    Downloader,
    Fitted,
    Posted,
    Ready,
    ResultPublisher,
    Studio,
    VideoApi,
)
from bot.core.jobs.posting import Poster
from bot.core.jobs.states import JobState
from bot.core.jobs.tools import JobWorker, Tools
from bot.core.orders.limits import CLIP_BYTES
from bot.errors import ZoetropeError

log = structlog.get_logger(__name__)

COPY_PATIENCE = 300.0
"""Seconds that a copy by direct message may take, which may have to be made smaller."""


class Delivery(JobWorker):
    """Downloads finished clips and has them posted, each when its channel takes it.

    A channel has at most as many in hand as it takes now.
    """

    name = "deliver"
    # As in `Preparer`: a clip is fetched, joined, fitted to its place, and fitted to be linked to;
    # behind each of these it waits until another's download or post makes room.
    lease = 4 * LONGEST_DOWNLOAD + 3 * LONGEST_CLIP

    def __init__(
        self,
        tools: Tools,
        *,
        api: VideoApi,
        downloader: Downloader,
        studio: Studio,
        publisher: ResultPublisher,
        poster: Poster,
        channels: Channels,
    ) -> None:
        super().__init__(tools)
        self._slots = tools.delivering
        self._api = api
        self._downloader = downloader
        self._studio = studio
        self._publisher = publisher
        self._poster = poster
        self._channels = channels

    async def next_due(self) -> float | None:
        """See `Worker.next_due`. Clips in full channels are due when those take one again."""
        full = self._channels.full(self._slots.in_hand)
        self._slots.awaited = {channel for channel, more_at in full.items() if more_at == math.inf}
        return await self._store.next_delivery(full=full)

    async def claim(self, most: int) -> list[Job]:
        """See `Worker.claim`."""
        full, at = self._channels.full(self._slots.in_hand), self._clock.steady()
        jobs = await self._store.claim_deliveries(at, self.lease, most, besides=full.keys())
        self._slots.in_hand.update(job.channel_id for job in jobs)
        if jobs:  # there may be more in their channels
            self._bell.ring()
        return jobs

    async def receive(self, before: Job, after: Job) -> Job | None:
        """Save that a clip is ready; have it in hand at once if none is to go before it.

        The claim is in the same transaction then. Raises StoreUnavailable as `Mover.save`.
        """
        channel = after.channel_id
        if self._bell.room < 1 or channel in self._channels.full(self._slots.in_hand):
            return await self._mover.save(before, after)
        until, saved = self._clock.steady() + self.lease, None
        self._slots.in_hand[channel] += 1
        try:
            saved = await self._mover.save(before, after.due(until))
        finally:
            if saved and saved.due_at == until:
                self._bell.hand(saved)
            else:
                self._slots.let_go(channel)
        return saved

    async def work(self, job: Job) -> None:
        """Bring one clip to its member."""
        try:
            await self._bring(job)
        finally:
            self._slots.let_go(job.channel_id)

    async def _bring(self, job: Job) -> None:
        try:
            posted = await self._sent_before(job)
            if posted is None:
                self._check_patience(job)
                job, clip = await self._obtain(job)
                job = await self._announce(job)
                posted = await self._post(job, clip)
        except _NoClipYet as found:
            await self._no_clip(job, found)
        except PostRefused as error:
            log.warning("delivery.refused", job=job.code, error=str(error))
            unseen = isinstance(error, PostUnseen)
            reason = FailReason.POST_UNSEEN if unseen else FailReason.CANNOT_POST
            await self._mover.insist(job, job.kept(reason, now=instant(self._clock)))
        except PostTrouble as error:
            await self._post_later(job, error)
        except _MovedOn:
            return
        else:
            delivered = await self._delivered(job, posted)
            if delivered:
                await self._send_copy(delivered, posted)

    async def _sent_before(self, job: Job) -> Posted | None:
        """A job found in delivering may have been posted just before the process died."""
        if job.state is not JobState.DELIVERING:
            return None
        return await self._publisher.find_result(job)

    def _check_patience(self, job: Job) -> None:
        """After a day Discord is not asked again. What it last took in silence was looked for.

        Raises:
            PostRefused
        """
        at = self._clock.steady()
        if job.state is JobState.DELIVERING and at - (job.ready_at or at) >= GIVE_UP_AFTER:
            raise PostRefused("not taken in a day")

    async def _obtain(self, job: Job) -> tuple[Job, Fitted | None]:
        """The clip as its channel takes it; None if it cannot be made small enough for that.

        The job has the link that it came from.
        """
        result = self._files.result(job)
        url, fresh = job.result_url, True
        try:
            if not result.exists():
                if job.goes_on:
                    await asyncio.to_thread(remove, self._files.joined(job))
                url, fresh = await self._link(job)
                await self._downloader.clip(url or "", result)
            joined = await self._join(job)
            return joined.relinked(url), await self._as_large_as_taken(job)
        except (DownloadTooLarge, MediaUnusable, DownloadFailed, LocalTrouble) as error:
            raise _NoClipYet(error, url, fresh=fresh) from error

    async def _as_large_as_taken(self, job: Job) -> Fitted | None:
        """Raises MediaUnusable, LocalTrouble."""
        try:
            return await self._poster.fitted(job, direct=False)
        except MediaUnusable as error:
            if error.reason is not FailReason.RESULT_TOO_LARGE:
                raise
            log.warning("delivery.not_smaller", job=job.code, error=str(error))
            return None

    async def _join(self, job: Job) -> Job:
        """Put the clip behind the one that it goes on from: once, whenever a process dies.

        It is paid for: if it cannot be joined, it is posted alone.

        Raises:
            LocalTrouble
        """
        files = self._files
        if not job.goes_on or await asyncio.to_thread(files.is_joined, job):
            return job
        result, whole, before = files.result(job), files.whole(job), files.before(job)
        if not whole.exists():
            if not before.exists():
                log.warning("delivery.nothing_to_join", job=job.code)
                return job.on_its_own()
            try:
                async with self._slots.aside(job.channel_id):
                    await self._studio.join(before, result, whole, job.recipe, CLIP_BYTES)
            except MediaUnusable as error:
                log.warning("delivery.not_joined", job=job.code, error=str(error))
                return job.on_its_own()
        await asyncio.to_thread(files.put_whole, job)
        return job

    async def _link(self, job: Job) -> tuple[str | None, bool]:
        """Where the clip is, and whether the provider was there to say so just now."""
        if job.stalled_for is None:
            return job.result_url, True
        try:
            look = await self._api.fetch(job.fetch_path or "", job.remote_id or "")
        except ProviderError as error:
            log.info("delivery.no_fresh_link", job=job.code, detail=error.detail)
            return job.result_url, False
        return look.urls[0] if isinstance(look, Ready) and look.urls else job.result_url, True

    async def _announce(self, job: Job) -> Job:
        """Write down that the clip is about to be sent, before it is."""
        if job.state is JobState.DELIVERING:
            found = await self._store.job(job.id)
            if found is None or found.state is not job.state:
                raise _MovedOn
            return job
        after = job.delivering(until=self._clock.steady() + self.lease)
        moved = await self._mover.insist(job, after)
        if moved is None:
            raise _MovedOn
        return moved

    async def _post(self, job: Job, clip: Fitted | None) -> Posted:
        try:
            return await self._poster.post(job, clip)
        except LocalTrouble as error:
            raise _NoClipYet(error, job.result_url, fresh=True) from error

    async def _delivered(self, job: Job, posted: Posted) -> Job | None:
        after = job.delivered(
            now=instant(self._clock),
            stays=self._poster.stays(job, posted),
            channel_id=posted.channel_id,
            message_id=posted.message_id,
            linked=posted.linked,
        )
        return await self._mover.insist(job, after)

    async def _send_copy(self, job: Job, posted: Posted) -> None:
        """Send its member the clip as well. Nothing depends on it, so that it is tried once."""
        try:
            async with asyncio.timeout(COPY_PATIENCE):
                await self._poster.send_copy(job, posted)
        except (ZoetropeError, OSError) as error:  # a timeout is an OSError
            log.info("delivery.no_copy", job=job.code, error=str(error))

    async def _no_clip(self, job: Job, found: _NoClipYet) -> None:
        """The clip is not to be had yet, or never. A fresh link and a fresh download may help."""
        error, digest = found.error, ""
        log.warning("delivery.no_clip", job=job.code, error=str(error), tries=job.tries)
        if isinstance(error, MediaUnusable):
            digest = await asyncio.to_thread(self._files.digest, job)
        if not isinstance(error, LocalTrouble):
            await asyncio.to_thread(remove, self._files.result(job))
        now, job = instant(self._clock), job.relinked(found.url)
        after = no_clip(job, error, fresh=found.fresh, digest=digest, at=now.steady, rng=self._rng)
        if isinstance(after, FailReason):
            after = job.failed(after, now=now.wall)
        await self._mover.insist(job, after)

    async def _post_later(self, job: Job, error: PostTrouble) -> None:
        log.warning("delivery.trouble", job=job.code, error=str(error), tries=job.tries)
        now = instant(self._clock)
        if now.steady - (job.ready_at or now.steady) >= 2 * GIVE_UP_AFTER:
            await self._mover.insist(job, job.kept(FailReason.POST_UNSEEN, now=now))
            return
        due = now.steady + retry(job.tries, self._rng, most=300.0)
        await self._mover.insist(job, job.retry_at(due))


class _NoClipYet(Exception):
    """A try to get the clip failed; `url` and `fresh` tell of its link."""

    def __init__(self, error: NoClip, url: str | None, *, fresh: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.url = url
        self.fresh = fresh


class _MovedOn(Exception):
    """Somebody else changed the job between the claim and the sending."""
