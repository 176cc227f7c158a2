"""A job: what was ordered, the states it passes and the moves it may make."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.clock import Instant
from bot.core.jobs import backoff
from bot.core.jobs.codes import code_of
from bot.core.jobs.errors import FailReason, IllegalMove
from bot.core.jobs.states import HAS_CLIP, MAY_STILL_COME, MOVES, JobState, S
from bot.core.orders.recipe import Recipe

LATE_FOR, LATE_FIRST = 86_400.0, 300.0
"""Seconds in which a clip is still taken whose job had ended at the provider, and after which it is
looked for first."""

KEPT_FOR = 7 * 86_400.0
"""Seconds that a clip which no channel took can be fetched."""

CARD_GRACE = 15.0
"""Seconds that a command has to post its own card before the card loop posts one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row. `due_at` is the next moment a loop must look, or None; `takers.py` says which.

    `created_at` and `ended_at` are Unix seconds, the clock that people read, as is every `now`.
    All other times are the steady clock's, as is every `at`: they are waited for and aged by.

    `upload_limit` is how many bytes of a file Discord takes by the word that came with the order.

    `slot` says that the provider is, or may be, working on it. `tries` counts failed attempts of
    the present step, `looks` the fetches. `looked_at` is the last contact about this job, or the
    last try to get its clip that learnt something. After `deadline_at` it is called `overdue`,
    after `expires_at` it is given up. `card_due_at` is set while the card does not show the truth
    yet. `free` says that its credits went back before its clip came; a hold that has ended stays
    so. `deleted` says that the post with its clip was deleted, which changes neither state nor
    credits. `linked` says that what was posted is a link to the file here, which therefore stays as
    long as the link says. `alone` says that its clip is the new part alone of what should have gone
    on from another, as they could not be joined.

    While `claimed`, a worker has it; `look_again` asks for a look at once, or right after the one
    under way. From the first try that brought no clip on, `stalled_for` has the seconds of
    tries that failed by the file storage's fault, of which `finding_for` those that all had the
    same `finding`.

    `tip` says that its card tells how its prompt would gain.

    `picture_shape` is the shape that the picture decided on, where the order left that to it;
    `picture_width` and `picture_height` are those of a picture that was refused for its size;
    `last_at_fault` says that it is the last frame which cannot be used.
    """

    id: int
    interaction_id: int
    guild_id: int
    channel_id: int
    user_id: int
    recipe: Recipe
    state: JobState
    rev: int
    created_at: float
    due_at: float | None
    claimed: bool = False
    look_again: bool = False
    slot: bool = False
    tries: int = 0
    looks: int = 0
    eta: float | None = None
    submitted_at: float | None = None
    looked_at: float | None = None
    deadline_at: float | None = None
    overdue: bool = False
    expires_at: float | None = None
    ready_at: float | None = None
    stalled_for: float | None = None
    finding: str | None = None
    finding_for: float = 0.0
    ended_at: float | None = None
    remote_id: str | None = None
    fetch_path: str | None = None
    result_url: str | None = None
    model_ran: str | None = None
    seed_ran: int | None = None
    reason: FailReason | None = None
    picture_url: str | None = None
    last_picture_url: str | None = None
    source_id: int | None = None
    upload_limit: int | None = None
    picture_cut: bool = False
    picture_shape: str | None = None
    picture_width: int | None = None
    picture_height: int | None = None
    last_at_fault: bool = False
    card_message_id: int | None = None
    card_gone: bool = False
    card_due_at: float | None = None
    result_channel_id: int | None = None
    result_message_id: int | None = None
    free: bool = False
    deleted: bool = False
    linked: bool = False
    alone: bool = False
    tip: bool = False

    @property
    def code(self) -> str:
        """The short name that people see, for instance K7Q4."""
        return code_of(self.id)

    @property
    def shape(self) -> str:
        """The clip's shape; empty while the picture that decides it has not been seen."""
        return self.recipe.shape or self.picture_shape or ""

    @property
    def seed(self) -> int | None:
        """The seed that its clip came from, as far as it is known."""
        return self.recipe.seed if self.seed_ran is None else self.seed_ran

    @property
    def face(self) -> str:
        """What the card shows; moves that leave it alone need no edit."""
        if self.deleted:
            return "deleted"
        if self.state in {S.QUEUED, S.SUBMITTING}:
            return "waiting"
        if self.stalled_for is not None and self._stalls:
            return "stalled"
        if self.state in {S.SUBMITTED, S.SUCCEEDED, S.DELIVERING}:
            return "overdue" if self.overdue else "rendering"
        if self.state is S.FETCHED and not self.can_be_fetched:
            return "gone"
        return self.state.value

    @property
    def _stalls(self) -> bool:
        """Whether a try that brought no clip is worth a word.

        Links are often dead for a moment, and the first try to post is mostly the last.
        """
        fetching = self.state is S.SUCCEEDED and self.tries != 1
        return fetching or (self.state is S.DELIVERING and self.tries == 0)

    @property
    def clip_here(self) -> bool:
        """Whether its clip is still here, posted or not: until `due_at`."""
        return self.state in HAS_CLIP and self.due_at is not None

    @property
    def link_works(self) -> bool:
        """Whether a link to its file leads there; Discord looks before the post is noted."""
        return self.state is S.DELIVERING or (self.linked and self.clip_here)

    @property
    def can_be_fetched(self) -> bool:
        """Whether its clip, which no channel took, is still here for its member."""
        return self.state is not S.DELIVERED and self.clip_here

    @property
    def lingers(self) -> bool:
        """Whether it has ended for us, but the provider works on it still, or may."""
        return self.slot and self.ended_at is not None

    @property
    def needs_files(self) -> bool:
        """Whether its files are used: while it goes on, and as long as its clip is here."""
        return self.ended_at is None or self.clip_here

    def may_go_on(self, *, at: float) -> bool:
        """Whether it has ended, but may come back and need the clip that it should go on from."""
        may_come = self.state is S.UNSURE or self.may_come_late
        return self.goes_on and may_come and not self.forgotten and not self._is_long_ago(at)

    @property
    def may_come_late(self) -> bool:
        """Whether the provider may still have a clip for it after all, although it ended there."""
        ended_there = self.state in {S.FAILED, S.EXPIRED} and self.reason in MAY_STILL_COME
        return ended_there and bool(self.remote_id and self.fetch_path) and not self.result_url

    @property
    def post(self) -> tuple[int, int, int] | None:
        """Server (0 for direct messages), channel and message with its clip; None where none is."""
        if self.result_message_id is None or self.deleted:
            return None
        channel_id = self.result_channel_id or self.channel_id
        guild_id = self.guild_id if channel_id == self.channel_id else 0
        return guild_id, channel_id, self.result_message_id

    @property
    def link(self) -> str | None:
        """Where its clip is at the service, which of one that goes on from another has a part."""
        return None if self.goes_on else self.result_url

    @property
    def goes_on(self) -> bool:
        """Whether its clip is posted as one with that which it goes on from."""
        return bool(self.recipe.before) and not self.alone

    @property
    def whole(self) -> float:
        """Seconds of its clip as posted, about."""
        return self.recipe.part if self.alone else self.recipe.whole

    @property
    def pixels(self) -> float:
        """Pixels a second of its clip as posted, about; 0 if they are unknown."""
        return self.recipe.before_pixels if self.goes_on else self.recipe.pixels(self.shape)

    @property
    def forgotten(self) -> bool:
        """Whether its member has had it forgotten; every order has words or a picture."""
        return not self.recipe.prompt and not self.picture_url and self.source_id is None

    @property
    def mark(self) -> str:
        """What the file of its clip says of itself, besides its frames."""
        return f"AI-generated video {self.code}"

    @property
    def file_name(self) -> str:
        """The name of the posted file; delivery finds its own message by it."""
        return f"{self.code}.{self.recipe.format}"

    # Moves to another state

    def prepared(self, *, shape: str, cut: bool) -> Job:
        """Its picture is ready to send, in this shape; `cut` says that parts of it were cut off."""
        decided = None if shape == self.recipe.shape else shape
        return replace(self._to(S.QUEUED), tries=0, picture_cut=cut, picture_shape=decided)

    def refused(
        self, reason: FailReason, sides: tuple[int, int] | None, *, last: bool, now: float
    ) -> Job:
        """A picture cannot be used, the `last` frame or the first.

        `sides` are its pixels where they are what is wrong.
        """
        width, height = sides or (None, None)
        failed = self.failed(reason, now=now)
        return replace(failed, picture_width=width, picture_height=height, last_at_fault=last)

    def handing_over(self, *, until: float) -> Job:
        """It is its turn; the hand-over is over, one way or the other, at `until`."""
        return replace(self._to(S.SUBMITTING), slot=True, due_at=until, remote_id=None)

    def put_back(self, *, tries: int) -> Job:
        """The provider surely did not take it."""
        return replace(self._to(S.QUEUED), slot=False, tries=tries)

    def handed_over(
        self,
        *,
        at: float,
        remote_id: str,
        fetch_path: str,
        eta: float,
        nearly_always: float,
        look_at: float,
        model: str | None = None,
        seed: int | None = None,
    ) -> Job:
        """The provider works on it from now on, for about `eta` seconds by its own estimate.

        After `nearly_always` seconds it is late.
        """
        return replace(
            self._to(S.SUBMITTED),
            slot=True,
            tries=0,
            due_at=look_at,
            ended_at=None,
            eta=eta,
            submitted_at=at,
            looked_at=at,
            deadline_at=at + nearly_always,
            expires_at=at + backoff.GIVE_UP_AFTER,
            remote_id=remote_id,
            fetch_path=fetch_path,
            model_ran=model,
            seed_ran=seed,
            free=self.free or self.state is S.UNSURE,
        )

    def unsure(self, *, now: Instant, until: float) -> Job:
        """No clear answer came; it may be running there, so its slot stays taken `until` then."""
        return replace(self._to(S.UNSURE), ended_at=now.wall, looked_at=now.steady, due_at=until)

    def ready(
        self, *, at: float, url: str, seed: int | None = None, model: str | None = None
    ) -> Job:
        """The provider is done with it."""
        return replace(
            self._to(S.SUCCEEDED),
            slot=False,
            due_at=at,
            ended_at=None,
            reason=None,
            free=self.free or self.ended_at is not None,
            ready_at=at if self.ended_at is not None else self.ready_at or at,
            result_url=url,
            seed_ran=self.seed_ran if seed is None else seed,
            model_ran=model or self.model_ran,
        )

    def delivering(self, *, until: float) -> Job:
        """Its clip is about to be sent."""
        return replace(self._to(S.DELIVERING), tries=0, due_at=until)

    def delivered(
        self,
        *,
        now: Instant,
        stays: float,
        channel_id: int,
        message_id: int,
        linked: bool = False,
    ) -> Job:
        """Its clip is posted, and `stays` here for so many seconds."""
        return replace(
            self._ended(S.DELIVERED, now.wall),
            due_at=now.steady + stays if stays else None,
            result_channel_id=channel_id,
            result_message_id=message_id,
            linked=linked,
        )

    def kept(self, reason: FailReason, *, now: Instant) -> Job:
        """Its clip is not posted, or not again, and its member may fetch it."""
        ended = self._ended(S.KEPT, now.wall)
        return replace(ended, due_at=now.steady + KEPT_FOR, reason=reason)

    def fetched(self) -> Job:
        """Its member has the clip, which stays as long as before: the answer may be lost."""
        return replace(self._to(S.FETCHED), due_at=self.due_at)

    def discarded(self) -> Job:
        """Its member wants the clip gone, or has had one that no channel took."""
        return replace(self.fetched() if self.state is S.KEPT else self, due_at=None)

    def brought_back(self, *, until: float) -> Job:
        """The file of its clip, which was gone, is here again until then, if not for longer."""
        return replace(self, due_at=max(self.due_at or 0.0, until))

    def swept(self, reason: FailReason | None = None) -> Job:
        """The clip is no longer here; whoever has not fetched it by now never had it."""
        if self.state is S.KEPT:
            return replace(self._to(S.SWEPT), reason=reason or self.reason)
        return replace(self, due_at=None)

    def failed(self, reason: FailReason, *, now: float) -> Job:
        """There will be no clip."""
        return replace(self._ended(S.FAILED, now), reason=reason)

    def expired(self, *, now: float) -> Job:
        """The provider was given all the time that there is."""
        return replace(self._ended(S.EXPIRED, now), reason=FailReason.TOOK_TOO_LONG)

    def cancelled(self, *, now: float) -> Job:
        """Its member does not want it; at the provider it keeps its slot until it ends there."""
        due_at = self.due_at if self.slot else None
        return replace(self._to(S.CANCELLED), due_at=due_at, ended_at=now)

    # Steps within a state

    def retry_at(self, due_at: float) -> Job:
        """The present step failed and is tried again."""
        return replace(self, tries=self.tries + 1, due_at=due_at)

    def without_post(self) -> Job:
        """The message with its clip was deleted; the clip and its link go with it."""
        return replace(self, deleted=True, due_at=None, result_url=None)

    def on_its_own(self) -> Job:
        """Its clip could not be joined with the one that it should go on from."""
        return replace(self, alone=True)

    def relinked(self, url: str | None) -> Job:
        """Its clip is to be had at another address."""
        return replace(self, result_url=url)

    def due(self, at: float) -> Job:
        """Its loop must see it then."""
        return replace(self, due_at=at)

    def looked(self, *, at: float) -> Job:
        """The provider answered a look."""
        return replace(self, looks=self.looks + 1, tries=0, looked_at=at)

    def still_working(self, *, at: float, look_at: float) -> Job:
        """It is not done there."""
        overdue = self.overdue or at >= (self.deadline_at or at)
        return replace(self, due_at=look_at, overdue=overdue)

    def listening(self, *, at: float) -> Job:
        """It ended there. For a day its clip is looked for, in pauses as long as that is ago."""
        ago = self._since_contact(at)
        pause = max(LATE_FIRST, ago)
        return replace(self, due_at=at + pause if ago + pause <= LATE_FOR else None)

    def without_link(self, *, at: float, look_at: float) -> Job:
        """It is done there, and the link to the clip is still missing."""
        return replace(self, ready_at=self.ready_at or at, due_at=look_at)

    def out_of_contact(self, *, at: float, look_at: float, heard_at: float) -> Job:
        """A look told nothing. Time without contact is not the job's: its deadlines move along.

        `heard_at` is when the provider last told something about any job. If that is since the last
        look at this one, there was contact.
        """
        before = self.looked_at or at
        lost = 0.0 if heard_at >= before else at - before
        return replace(
            self.retry_at(look_at),
            looked_at=at,
            deadline_at=(self.deadline_at or at) + lost,
            expires_at=(self.expires_at or at) + lost,
        )

    def freed(self) -> Job:
        """The provider no longer works on it."""
        return replace(self, slot=False, due_at=None)

    def hinted(self, remote_id: str | None, *, at: float) -> Job:
        """Somebody says that it ended: a look follows, and the id that its hand-over misses stays.

        It is the same where a hint means nothing. Work under way keeps its revision, so that it can
        still be saved; the look follows then.
        """
        if self.ended_at is not None and self._is_long_ago(at):
            return self
        if (self.slot and self.state in {S.SUBMITTED, S.CANCELLED}) or self.may_come_late:
            soon = at if self.due_at is None else min(self.due_at, at)
            return replace(self, look_again=True, due_at=self.due_at if self.claimed else soon)
        if not remote_id or self.remote_id:
            return self
        if self.state is S.SUBMITTING:
            return replace(self, remote_id=remote_id, look_again=True)
        if self.state is S.UNSURE and not self.forgotten:
            return replace(self, remote_id=remote_id, slot=True, due_at=at, rev=self.rev + 1)
        return self

    def _is_long_ago(self, at: float) -> bool:
        """Whether a word about a job that has ended comes too late."""
        return not self.slot and self._since_contact(at) >= LATE_FOR

    def _since_contact(self, at: float) -> float:
        return max(0.0, at - (self.looked_at or at))

    def _ended(self, state: JobState, now: float) -> Job:
        return replace(self._to(state), slot=False, ended_at=now)

    def _to(self, state: JobState) -> Job:
        """The job in another state, which no loop looks at until the move says when.

        Raises:
            IllegalMove: No job may go there from here.
        """
        if state not in MOVES[self.state]:
            raise IllegalMove(f"{self.code}: {self.state} to {state}")
        return replace(self, state=state, due_at=None)
