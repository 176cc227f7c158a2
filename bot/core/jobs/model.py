"""A job, and the moves that it may make: each returns the job as it is then."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.clock import Instant
from bot.core.jobs import backoff
from bot.core.jobs.errors import FailReason, IllegalMove
from bot.core.jobs.record import LATE_FOR, JobRecord
from bot.core.jobs.states import MOVES, JobState, S

LATE_FIRST = 300.0
"""Seconds after which a clip is looked for first whose job had ended at the provider."""

KEPT_FOR = 7 * 86_400.0
"""Seconds that a clip which no channel took can be fetched."""

CARD_GRACE = 15.0
"""Seconds that a command has to post its own card before the card loop posts one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(JobRecord):
    """One row, as its worker moves it on."""

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
