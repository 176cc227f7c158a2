"""How a clip gets to its member, the best way first: each in its channel, then directly."""

from __future__ import annotations

import asyncio
import sys

import structlog

from bot.core.jobs import links, uploads
from bot.core.jobs.errors import ClipTooLarge, MediaUnusable, PostRefused, PostTooLarge
from bot.core.jobs.kept import BACK_FOR, KeptClips
from bot.core.jobs.model import KEPT_FOR, Job
from bot.core.jobs.ports import Address, Fitted, Link, Posted, ResultPublisher, Studio
from bot.core.jobs.tools import Tools
from bot.core.jobs.uploads import RefusedUpload
from bot.core.rules.quota import NO_SERVER
from bot.errors import StoreUnavailable

log = structlog.get_logger(__name__)


class Poster:
    """Posts clips. `address` makes links to clips that are here, if this bot can be reached.

    A clip stays for `keep` seconds, but for KEPT_FOR at least where a link leads to it, and for
    BACK_FOR where its member wants a copy.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        studio: Studio,
        publisher: ResultPublisher,
        clips: KeptClips,
        keep: float,
        address: Address | None,
    ) -> None:
        self._store = tools.store
        self._files = tools.files
        self._clock = tools.clock
        self._slots = tools.delivering
        self._studio = studio
        self._publisher = publisher
        self._clips = clips
        self._keep = keep
        self._address = address
        self._refusals: dict[int, RefusedUpload] | None = None

    def stays(self, job: Job, posted: Posted) -> float:
        """Seconds that the clip stays here, once it is posted."""
        if posted.linked:
            return max(self._keep, KEPT_FOR)
        return max(self._keep, BACK_FOR) if _has_copy(job, posted) else self._keep

    async def post(self, job: Job, clip: Fitted | None) -> Posted:
        """Post the clip in its channel, or else by direct message.

        `clip` is as its channel takes it; None if it cannot be made small enough for that.

        Raises:
            PostRefused, PostTrouble, LocalTrouble
        """
        try:
            return await self._post_in(job, clip, direct=False)
        except PostRefused as refusal:
            if not job.guild_id:  # the channel was the direct messages
                raise
            log.warning("delivery.channel_refused", job=job.code, error=str(refusal))
        return await self._post_in(job, await self._smaller(job, direct=True), direct=True)

    async def send_copy(self, job: Job, posted: Posted) -> None:
        """Send its member the clip that is posted there as well, if they want that.

        Raises:
            Refusal: The clip is gone, or does not fit into direct messages.
            PostRefused, PostTrouble
        """
        if not _has_copy(job, posted):
            return
        refused: int | None = None
        for _ in range(uploads.TRIES):
            limit = await self._limit(job, direct=True, refused=refused)
            async with self._slots.aside(job.channel_id):
                data = (await self._clips.fetch(job.id, limit)).data
            try:
                await self._publisher.post_copy(job, data)
            except PostTooLarge as refusal:
                refused = refusal.size
            else:
                await self._remember(NO_SERVER, refused)
                return
        raise ClipTooLarge(charged=True)

    async def fitted(self, job: Job, *, direct: bool, refused: int | None = None) -> Fitted:
        """The clip as large as the place takes it, which may just have refused so many bytes.

        Raises:
            MediaUnusable, LocalTrouble
        """
        limit = await self._limit(job, direct=direct, refused=refused)
        return await self._fit(job, limit)

    async def _post_in(self, job: Job, clip: Fitted | None, *, direct: bool) -> Posted:
        """Post the clip by the first way that can be gone in a place.

        Raises:
            PostRefused: None can, or the place is closed.
            PostTrouble, LocalTrouble
        """
        posted = await self._file(job, clip, direct=direct) if clip else None
        posted = posted or await self._own_link(job, direct=direct)
        posted = posted or await self._their_link(job, direct=direct)
        if posted:
            return posted
        raise PostRefused("too large, and there is no link")

    async def _file(self, job: Job, first: Fitted, *, direct: bool) -> Posted | None:
        """The file, as much smaller as the place wants it; None if it cannot be made so small."""
        clip: Fitted | None = first
        refused, tries = None, 0
        while clip is not None:
            try:
                posted = await self._publisher.post_result(job, clip, direct=direct)
            except PostTooLarge as refusal:
                refused, tries = refusal.size, tries + 1
                log.warning("delivery.too_large", job=job.code, direct=direct, size=refused)
                if tries == uploads.TRIES:
                    return None
                clip = await self._smaller(job, direct=direct, refused=refused)
            else:
                await self._remember(_place(job, direct=direct), refused)
                return posted
        return None

    async def _own_link(self, job: Job, *, direct: bool) -> Posted | None:
        """A link to the clip here, which is made to play and to tell no more than a posted one."""
        if self._address is None:
            return None
        result = self._files.result(job)
        try:
            made = await self._fit(job, sys.maxsize)
        except MediaUnusable as error:
            log.warning("delivery.not_linked", job=job.code, error=str(error))
            return None
        if made.path != result:
            await asyncio.to_thread(made.path.replace, result)
        until = int(self._clock.now() + max(self._keep, KEPT_FOR))
        return await self._linked(
            job, self._address(job.code, until), until, direct=direct, ours=True
        )

    async def _fit(self, job: Job, limit: int) -> Fitted:
        source, target = self._files.result(job), self._files.clip(job)
        async with self._slots.aside(job.channel_id):
            return await self._studio.fit(source, target, job.recipe, limit, job.mark)

    async def _their_link(self, job: Job, *, direct: bool) -> Posted | None:
        """The service's link, as long as it is good."""
        url = job.link or ""
        until = links.expiry(url)
        over = until is not None and until <= self._clock.now()
        if over or not 0 < len(url) <= links.LONGEST:
            return None
        return await self._linked(job, url, until, direct=direct, ours=False)

    async def _linked(
        self, job: Job, url: str, until: float | None, *, direct: bool, ours: bool
    ) -> Posted:
        size = self._files.result(job).stat().st_size
        limit = await self._limit(job, direct=direct)
        link = Link(url=url, until=until, size=size, limit=limit, ours=ours)
        return await self._publisher.post_result(job, link, direct=direct)

    async def _smaller(
        self, job: Job, *, direct: bool, refused: int | None = None
    ) -> Fitted | None:
        """The clip for a place; None if it cannot be made to fit."""
        try:
            return await self.fitted(job, direct=direct, refused=refused)
        except MediaUnusable as error:
            log.warning("delivery.not_smaller", job=job.code, direct=direct, error=str(error))
            return None

    async def _limit(self, job: Job, *, direct: bool, refused: int | None = None) -> int:
        """Bytes that a place takes, which may just have refused so many."""
        place = _place(job, direct=direct)
        if refused is None and (last := (await self._known()).get(place)):
            refused = last.size if last.counts(self._clock.now()) else None
        return uploads.limit(job.upload_limit if place == job.guild_id else None, refused)

    async def _known(self) -> dict[int, RefusedUpload]:
        """What each place refused last: read once, as nobody else writes it."""
        if self._refusals is None:
            found = await self._store.refused_uploads()
            self._refusals = found if self._refusals is None else self._refusals
        return self._refusals

    async def _remember(self, place: int, refused: int | None) -> None:
        """A smaller file was taken, so it was the size that was refused before."""
        if refused is None:
            return
        refusal = RefusedUpload(refused, self._clock.now())
        try:
            (await self._known())[place] = refusal
            await self._store.write(lambda books: books.upload_refused(place, refusal))
        except StoreUnavailable as error:  # the next process will be refused again
            log.warning("delivery.not_remembered", size=refused, error=str(error))


def _has_copy(job: Job, posted: Posted) -> bool:
    """Whether its member wants a copy, and does not have the clip by direct message anyway."""
    return job.recipe.copy and bool(job.guild_id) and posted.channel_id == job.channel_id


def _place(job: Job, *, direct: bool) -> int:
    return NO_SERVER if direct else job.guild_id
