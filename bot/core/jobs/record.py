"""What is known of a job: its row, and the questions that the row answers."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.jobs.codes import code_of
from bot.core.jobs.errors import FailReason
from bot.core.jobs.states import HAS_CLIP, MAY_STILL_COME, JobState, S
from bot.core.orders.recipe import Recipe

LATE_FOR = 86_400.0
"""Seconds in which a clip is still taken whose job had ended at the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
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

    `moved_at` is when it came into its state (Unix seconds); None before its first move.
    `unwatched` says that nobody knows when its clip was ready: no process ran for a while before.

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
    moved_at: float | None = None
    unwatched: bool = False

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
    def made_in(self) -> float | None:
        """Seconds from the hand-over to the clip, as far as they may be told and learnt from."""
        if self.ready_at is None or self.submitted_at is None or self.unwatched:
            return None
        return self.ready_at - self.submitted_at

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

    def _is_long_ago(self, at: float) -> bool:
        """Whether a word about a job that has ended comes too late."""
        return not self.slot and self._since_contact(at) >= LATE_FOR

    def _since_contact(self, at: float) -> float:
        return max(0.0, at - (self.looked_at or at))
