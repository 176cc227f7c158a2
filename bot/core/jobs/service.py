"""What members ask for: order, cancel, stop, look up. Commands call this and nothing deeper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.clock import Clock, instant
from bot.core.jobs import finding
from bot.core.jobs.acceptance import Placed, accept, require_source
from bot.core.jobs.alternatives import resolved
from bot.core.jobs.bells import Bells
from bot.core.jobs.books import Books, NewJob
from bot.core.jobs.card_keeper import note_shown, refresh_at
from bot.core.jobs.disk import Disk
from bot.core.jobs.errors import CannotStart, NoSuchJob, NotYours, TooLate
from bot.core.jobs.finding import ANY, Edge, Page, Wanted
from bot.core.jobs.model import Job
from bot.core.jobs.moves import Mover
from bot.core.jobs.pace import Pace
from bot.core.jobs.states import BEFORE_HAND_OVER, NO_CHANNEL_TOOK_IT, JobState
from bot.core.jobs.store import JobStore, Line
from bot.core.jobs.takers import TAKEN_BY
from bot.core.jobs.turns import Place, place_now
from bot.core.orders import preferences
from bot.core.orders.presets import Presets
from bot.core.orders.recipe import Recipe, VideoRequest
from bot.core.rules.admission import against_ordering
from bot.core.rules.errors import Paused
from bot.core.rules.quota import NO_SERVER, Account, Operator, Standing
from bot.core.rules.standing import standing

LIST_LENGTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who asks, and where; all ids are Discord snowflakes.

    `parent_ids` are what the channel lies in: the channel of a thread, the category of a channel.
    `upload_limit` is how many bytes of a file Discord takes from them there, where it has said so.
    """

    guild_id: int
    channel_id: int
    user_id: int
    role_ids: tuple[int, ...]
    parent_ids: tuple[int, ...] = ()
    upload_limit: int | None = None

    @property
    def channel_ids(self) -> tuple[int, ...]:
        """The channel and what it lies in."""
        return (self.channel_id, *self.parent_ids)

    @property
    def account(self) -> Account:
        """Whose credits the member spends."""
        return Account(guild_id=self.guild_id, user_id=self.user_id, role_ids=self.role_ids)


class JobService:
    """The members' side of the product."""

    def __init__(
        self,
        *,
        store: JobStore,
        presets: Presets,
        mover: Mover,
        bells: Bells,
        disk: Disk,
        clock: Clock,
        pace: Pace,
        operator: Operator,
        paused: Callable[[], bool],
    ) -> None:
        self.presets = presets
        self.disk = disk
        self._store = store
        self._mover = mover
        self._bells = bells
        self._clock = clock
        self._pace = pace
        self._operator = operator
        self._paused = paused

    @property
    def paused(self) -> bool:
        """Whether the provider refuses our key, plan or balance, so that no order makes sense."""
        return self._paused()

    async def order(
        self,
        interaction_id: int,
        member: Member,
        request: VideoRequest,
        picture_url: str | None = None,
    ) -> Placed:
        """Accept an order and hold its credits, or refuse it with nothing stored.

        Raises:
            Refusal: The subclass says why.
        """
        self._require_working()
        presets, operator, pace = self.presets, self._operator, self._pace
        now = instant(self._clock)

        def order(books: Books) -> Placed:
            found = standing(books, member.account, operator, now.wall)
            own, off = books.preferences(member.user_id), found.settings.presets
            wanted = preferences.filled(request, own, presets, off.has)
            recipe = resolved(presets, wanted, found, member.channel_ids)
            new = _new_job(presets, interaction_id, member, wanted, recipe, picture_url)
            prices = partial(presets.prices_of, wanted)
            return accept(books, new, found, operator, prices, pace, now)

        placed = await self._store.write(order)
        loop = TAKEN_BY[placed.job.state]
        if loop is not None:
            self._bells.ring(loop, at=_due_at(placed, now.steady))
        self._bells.ring("card", at=placed.job.card_due_at)  # its answer may be lost
        if placed.alerted:
            self._bells.ring("log")
        return placed

    async def may_order(self, member: Member, clip_of: int | None = None) -> Standing:
        """Where a member stands who is about to order, maybe from a clip of this job on.

        Raises:
            Refusal: Whatever they order here would be refused, or that clip cannot be used.
        """
        account, operator, now = member.account, self._operator, self._clock.now()

        def read(books: Books) -> Standing:
            if clip_of is not None:
                require_source(books, clip_of, member.user_id)
            return standing(books, account, operator, now)

        found = await self._store.read(read)
        for refusal in against_ordering(found, member.channel_ids):
            raise refusal
        self._require_working()
        return found

    def _require_working(self) -> None:
        if self.paused:
            raise Paused
        if self.disk.trouble:
            raise CannotStart

    async def card_posted(self, placed: Placed, message_id: int) -> None:
        """Remember the message in which the command showed the job's card."""
        at = self._clock.steady()
        again_at = refresh_at(placed.job, placed.place, None, instant(self._clock))
        due_at = await self._store.write(
            lambda books: note_shown(books, placed.job, message_id, again_at, at)
        )
        if due_at is not None:
            self._bells.ring("card", at=due_at)

    async def cancel(self, code_id: int, member: Member) -> Job:
        """Cancel a job that is not handed over yet; its credits go back.

        Raises:
            NoSuchJob, NotYours, TooLate
        """
        job = await self.own_job(code_id, member)
        if job.state not in BEFORE_HAND_OVER:
            raise TooLate(job.code, job.state.value)
        return await self._end(job)

    async def stop(self, code_id: int, member: Member) -> Job:
        """Stop waiting for a job that the provider works on; its credits stay used.

        Raises:
            NoSuchJob, NotYours, TooLate
        """
        job = await self.own_job(code_id, member)
        if job.state is not JobState.SUBMITTED:
            raise TooLate(job.code, job.state.value)
        return await self._end(job)

    async def own_job(self, job_id: int, member: Member) -> Job:
        """A job of this member on this server, or of any server if no channel took its clip.

        Raises:
            NoSuchJob
            NotYours: Somebody else has ordered it here, where everybody can see its card.
        """
        job = await self._store.job(job_id)
        if job is None:
            raise NoSuchJob
        if job.user_id != member.user_id:
            seen = job.guild_id == member.guild_id != NO_SERVER
            raise NotYours(job.code) if seen else NoSuchJob
        if job.guild_id != member.guild_id and job.state not in NO_CHANNEL_TOOK_IT:
            raise NoSuchJob
        return job

    async def job_here(self, job_id: int, member: Member) -> Job:
        """A job of the member's server, whoever ordered it.

        Raises:
            NoSuchJob
        """
        job = await self._store.job(job_id)
        if job is None or job.guild_id != member.guild_id:
            raise NoSuchJob
        return job

    async def times(self, job: Job) -> dict[JobState, float]:
        """When a job last came into each state that it has been in (Unix seconds)."""
        return await self._store.read(lambda books: books.times(job.id))

    async def place(self, job: Job) -> Place | None:
        """Where this waiting job is in line; None if it is not waiting."""
        return await place_now(self._store, job, self._operator, self._pace, self._clock.steady())

    def ready_at(self, job: Job) -> float | None:
        """When the clip of a job at the provider is usually ready; None if it is not there."""
        return self._pace.ready_at(job)

    async def page(self, member: Member, wanted: Wanted = ANY, edge: Edge | None = None) -> Page:
        """Some of the member's jobs on this server.

        Outside of servers, those of all servers whose clips they can fetch are among them.
        """
        who = (member.guild_id, member.user_id)
        return await self._store.read(lambda books: finding.page(books, *who, wanted, edge))

    async def newest(self, member: Member, most: int) -> list[Job]:
        """The first of the member's jobs, newest first; those that `page` shows."""
        who = (member.guild_id, member.user_id)
        return await self._store.read(lambda books: finding.newest(books, *who, most))

    async def on_the_way(self, member: Member) -> list[Job]:
        """The member's jobs on this server that have not ended, oldest first."""
        return await self._store.unfinished(member.guild_id, member.user_id)

    async def kept(self, member: Member) -> list[Job]:
        """The member's jobs on this server with clips that they have not fetched, oldest first."""
        found = await self._store.clips_of(member.user_id)
        here = (job for job in found if job.guild_id == member.guild_id)
        return [job for job in here if job.state is JobState.KEPT]

    async def standing(self, member: Member) -> Standing:
        """Where the member stands."""
        account, operator, now = member.account, self._operator, self._clock.now()
        return await self._store.read(lambda books: standing(books, account, operator, now))

    async def history(self, member: Member) -> list[Line]:
        """The newest lines of the member's ledger, newest first."""
        return await self._store.history(member.guild_id, member.user_id, LIST_LENGTH)

    async def _end(self, job: Job) -> Job:
        """Cancel; a job at the provider keeps its slot and is looked at until it ends there."""
        while not await self._mover.save(job, after := job.cancelled(now=self._clock.now())):
            found = await self._store.job(job.id)
            if found is None or found.state is not job.state:
                now = found or job
                raise TooLate(now.code, now.state.value)
            job = found  # a look in between changed no state
        return after


def _due_at(placed: Placed, at: float) -> float | None:
    """When the loop must see an order that was placed `at` then; None where the store must tell.

    What would start at once if no lane were passed over has its turn now.
    """
    place = placed.place
    if place is None:
        return placed.job.due_at
    return at if place.starts_at == at else None


def _new_job(
    presets: Presets,
    interaction_id: int,
    member: Member,
    request: VideoRequest,
    recipe: Recipe,
    picture_url: str | None,
) -> NewJob:
    """An order with every choice made, as it is stored once it is accepted."""
    return NewJob(
        interaction_id=interaction_id,
        guild_id=member.guild_id,
        channel_id=member.channel_id,
        user_id=member.user_id,
        role_ids=member.role_ids,
        recipe=recipe,
        agreed=presets.agreed(request),
        picture_url=picture_url,
        last_picture_url=request.last_frame,
        source_id=request.clip_of,
        channel_ids=member.channel_ids,
        upload_limit=member.upload_limit,
        owners=presets.owners(request),
        anew=request.anew,
    )
