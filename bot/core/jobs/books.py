"""What the decisions about jobs ask and write within one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.jobs.finding import FindingBooks
from bot.core.jobs.model import Job
from bot.core.jobs.pace import Held
from bot.core.jobs.states import CreditEffect, JobState
from bot.core.jobs.uploads import RefusedUpload
from bot.core.orders.drafts import Draft
from bot.core.orders.preferences import Preferences
from bot.core.orders.recipe import Recipe
from bot.core.rules.alerts import Alert
from bot.core.rules.cause import Cause
from bot.core.rules.quota import HoldPart, Pot
from bot.core.rules.server_settings import Caps
from bot.core.rules.standing import Accounts

Running = Counter[tuple[int, int]]
"""Jobs at the provider by server and member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What the command hands over; ids are Discord snowflakes.

    `agreed` are the credits that the member knows it costs. `channel_ids` are the channel and its
    parents, `owners` the presets that have the model which the order names: a server may have
    switched any of them off. `source_id` is the job whose clip's last frame
    is the picture. `anew` says that it is to be made even if the same clip is there.
    `upload_limit` is how many bytes of a file Discord takes from this
    member there, by its own word.
    """

    interaction_id: int
    guild_id: int
    channel_id: int
    user_id: int
    role_ids: tuple[int, ...]
    recipe: Recipe
    agreed: int
    picture_url: str | None = None
    last_picture_url: str | None = None
    source_id: int | None = None
    channel_ids: tuple[int, ...] = ()
    upload_limit: int | None = None
    owners: tuple[str, ...] = ()
    anew: bool = False


@dataclass(frozen=True, slots=True)
class GrantPart:
    """Credits that a job had on hold of one grant, and what that grant is.

    `given_back` tells that the grant itself is credits of another one that was over.
    """

    grant_id: int
    credits: int
    expires_at: float | None
    cause: Cause | None
    given_back: bool


@dataclass(frozen=True, slots=True)
class ServerLane:
    """A server with so many waiting jobs, and the caps that it has set."""

    guild_id: int
    waiting: int
    caps: Caps


@dataclass(frozen=True, slots=True)
class InLine:
    """Where a waiting job is in line if no lane is passed over; 1 is next.

    `turn` counts its member's jobs, `rank` its server's, `number` all.
    """

    turn: int
    rank: int
    number: int


class Books(Accounts, FindingBooks, Protocol):
    """Jobs, lanes and the ledger, as they are within one open transaction."""

    def job(self, job_id: int) -> Job | None:
        """One job."""
        ...

    def job_of(self, interaction_id: int) -> Job | None:
        """The job that an interaction has made."""
        ...

    def waiting_accounts(self) -> Iterator[tuple[int, int]]:
        """The servers and members who have jobs that are not handed over yet; some twice."""
        ...

    def preferences(self, user_id: int) -> Preferences:
        """What a member prefers."""
        ...

    def prefer(self, user_id: int, preferred: Preferences) -> None:
        """Write what a member prefers."""
        ...

    def insert(
        self,
        new: NewJob,
        state: JobState,
        *,
        now: float,
        due_at: float | None,
        card_due_at: float,
        no_tip_since: float | None,
    ) -> Job | None:
        """Store a new job, ordered `now` (Unix seconds); its place in line follows by itself.

        None if its interaction has made a job already.

        Its card tells how the prompt would gain if none has told its member that, on any server,
        since `no_tip_since`; not at all where that is None.
        """
        ...

    def save(self, before: Job, after: Job, *, at: float) -> Job | None:
        """Write `after` over `before`; the job as it is now, None if it had changed meanwhile.

        `at` is now, on the steady clock. What a hint has brought meanwhile stays: the id that a
        hand-over misses, and that the job is due at once if it is to be due at all. With another
        face the card is due at once, or when `after` says otherwise than `before`; unless it is
        gone, or has no message yet and was due later.
        """
        ...

    def is_known(self, fetch_path: str, remote_id: str, *, besides: int) -> bool:
        """Whether the provider has given this id to another job than `besides`, ended or not."""
        ...

    def claim_look(self, job_id: int, until: float) -> Job | None:
        """Claim a job that runs at the provider until then; None if it does not, or is claimed."""
        ...

    def save_hint(self, job: Job) -> None:
        """Write what `Job.hinted` changes."""
        ...

    def save_card(self, job: Job, message_id: int | None, due_at: float | None) -> Job | None:
        """Write which message is a job's card, if that is known, and when that is due.

        The latter only if the job has not changed since, but for a hand-over that was begun or
        taken back; else return it as it is now.
        """
        ...

    def times(self, job_id: int) -> dict[JobState, float]:
        """When a job last came into each state that it has been in (Unix seconds)."""
        ...

    # Uploads

    def upload_refused(self, guild_id: int, refusal: RefusedUpload) -> None:
        """Note what a server has refused as too large."""
        ...

    # Drafts

    def keep_draft(self, key: int, draft: Draft, now: float) -> None:
        """Keep what a member may order later."""
        ...

    def take_draft(self, key: int, user_id: int, now: float) -> Draft | None:
        """Hand a draft to its member, once; None if there is none of theirs, or no longer."""
        ...

    # Credits

    def hold(self, job: Job, parts: Sequence[HoldPart], now: float) -> None:
        """Put the parts of a job's price on hold."""
        ...

    def end_hold(self, job_id: int, effect: CreditEffect, now: float) -> list[GrantPart]:
        """Settle or release what the job still has on hold; nothing if it has nothing.

        Of grants that were not revoked, it tells what was on hold of them.
        """
        ...

    def give_back(self, job: Job, part: GrantPart, *, until: float, now: float) -> None:
        """Move released credits from their grant to a new one of the job's member, until then."""
        ...

    def told(self, guild_id: int) -> Alert | None:
        """What staff was last told of the server's cap."""
        ...

    def tell(self, guild_id: int, alert: Alert, cap: Pot, now: float) -> None:
        """Write an alert into the server's log, as the last that staff was told of."""
        ...

    # Lanes

    def running(self) -> Running:
        """Who has how many at the provider."""
        ...

    def servers_in_turn(self) -> Iterator[ServerLane]:
        """The servers with waiting jobs, in the order of their turns."""
        ...

    def members_in_turn(self, guild_id: int) -> Iterator[int]:
        """The members of a server who have waiting jobs, in the order of their turns."""
        ...

    def at_provider(self) -> list[Held]:
        """The jobs that the provider works on, or may."""
        ...

    def queued(self, guild_id: int, user_id: int) -> Iterator[Job]:
        """A member's waiting jobs, oldest first, read one by one."""
        ...

    def in_line(self, job: Job) -> InLine:
        """The place of a waiting job.

        In each round every lane gives one job, so a job of round n has, before it, at most n jobs
        of each lane whose turn comes earlier and n - 1 of each whose turn comes later.
        """
        ...
