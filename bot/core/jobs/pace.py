"""How long the provider takes, by this bot's own history, and when it can begin with a job."""

from __future__ import annotations

import heapq
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bot.clock import Instant
from bot.core.jobs import backoff
from bot.core.jobs.announcements import Announcements
from bot.core.jobs.backoff import Timing
from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState
from bot.core.orders.recipe import Recipe

ENOUGH = 10
"""Clips from which on this bot's own history says more than the provider's estimates."""
KEPT = 200
"""Newest clips of a model that are remembered."""
COMPARED = 50
"""Of those, how many tell how real times compare to the provider's estimates just now."""
ALIKE = 1.25
"""Clips whose lengths differ by no greater factor are about as long."""
NEARLY_ALL = 0.95
MARGIN = 30.0
"""Seconds, and ALIKE a factor, beyond what is usual, within which nothing is late."""
UNKNOWN = math.inf
BACKLOG_COST, USUAL_COST, MOST_COST = 0.25, 1.0, 60.0
"""Seconds of lag that one look may cost: while jobs wait for a slot, usually, and ever."""
SOON, HELD = 30.0, 10.0
"""Seconds: who waits so little longer need not be told that it renders, for so long."""
AGREE = 5.0
"""Seconds by which two clocks that both ran may tell the same time differently."""


@dataclass(frozen=True, slots=True)
class Usual:
    """Seconds from hand-over to clip: what it usually takes, and what it nearly always does."""

    seconds: float
    nearly_always: float


class Held(NamedTuple):
    """Of a job that holds a slot: whose it is, and what its time is told by, as `Job` has it."""

    guild_id: int
    user_id: int
    submitted_at: float | None
    due_at: float | None
    deadline_at: float | None
    ended_at: float | None
    eta: float | None
    recipe: Recipe


class _Taken(NamedTuple):
    """Of one clip: its length, the time that it took, and what the provider had said."""

    length: float
    seconds: float
    eta: float | None


class _Known:
    """What the newest clips of a model tell; another one takes its place when there is one more.

    Orders ask for it on the store's thread, many times between two clips.
    """

    def __init__(self, taken: tuple[_Taken, ...] = ()) -> None:
        self.taken = taken
        self._usual: dict[float, Usual | None] = {}

    @cached_property
    def timing(self) -> Timing:
        """How their times compare to the provider's estimates."""
        return Timing.of(one.seconds / one.eta for one in self.taken[-COMPARED:] if one.eta)

    def with_one_more(self, clip: _Taken) -> _Known:
        """All that is known now."""
        return _Known((*self.taken, clip)[-KEPT:])

    def usual(self, length: float) -> Usual | None:
        """What clips of about that length took; None until there are enough of them."""
        if length not in self._usual:
            self._usual[length] = self._usual_of(length)
        return self._usual[length]

    def _usual_of(self, length: float) -> Usual | None:
        took = sorted(one.seconds for one in self.taken if _alike(one.length, length))
        if len(took) < ENOUGH:
            return None
        median = statistics.median(took)
        nearly_all = took[math.ceil(NEARLY_ALL * len(took)) - 1]
        return Usual(median, max(nearly_all, median * ALIKE, median + MARGIN))


def is_watched(job: Job, now: Instant) -> bool:
    """Whether a process ran for all the time since a job was handed over.

    Else more has passed on the wall clock than on the steady clock, or less.
    """
    wall = now.wall - (job.moved_at or now.wall)
    steady = now.steady - (job.submitted_at or now.steady)
    return abs(wall - steady) <= AGREE


class Pace:
    """What was learnt of finished jobs, in memory; `slots` jobs may be at the provider at once.

    `webhooks` says that the provider was given an address to call.
    """

    def __init__(self, slots: int, *, webhooks: bool = False) -> None:
        self.slots = slots
        self.announcements = Announcements(webhooks=webhooks)
        self._known: dict[str, _Known] = {}

    def learn(self, job: Job) -> None:
        """Remember how long a job took whose clip has come; not of one that had been given up."""
        took = job.made_in
        if not took or job.free:  # 0: it came with the answer to its hand-over
            return
        clip = _Taken(job.recipe.length or 0.0, took, job.eta)
        self._known[job.recipe.model] = self._of(job.recipe.model).with_one_more(clip)

    @property
    def lag_matters(self) -> bool:
        """Whether a slot that others wait for would make looks any denser."""
        return USUAL_COST / self.announcements.missing < MOST_COST

    def next_look(self, model: str, eta: float, elapsed: float, *, waiting: bool) -> float:
        """Seconds from now to the next look at a job that was handed over `elapsed` seconds ago.

        `waiting` says that others wait for its slot. A look saves lag only where no call comes.
        """
        usual = BACKLOG_COST if waiting else USUAL_COST
        lag_cost = min(usual / self.announcements.missing, MOST_COST)
        return backoff.next_look(elapsed, eta, self._of(model).timing, lag_cost)

    def usual(self, recipe: Recipe, eta: float | None = None) -> Usual:
        """What the newest clips of the model and about the length took.

        Until there are enough of them: the provider's estimate, or what the presets say.
        """
        known = self._of(recipe.model).usual(recipe.length or 0.0)
        if known is not None:
            return known
        seconds = backoff.estimate(eta, recipe.usual)
        return Usual(seconds, backoff.deadline(seconds))

    def _of(self, model: str) -> _Known:
        """What is known; only `learn` notes any, so that no other thread can take a clip back."""
        return self._known.get(model) or _Known()

    def ready_at(self, job: Job | Held) -> float | None:
        """When the clip of a job at the provider is usually ready; None if it is not there."""
        if job.submitted_at is None:
            return None
        usual = job.submitted_at + self.usual(job.recipe, job.eta).seconds
        return usual if job.deadline_at is None else min(usual, job.deadline_at)

    def held_until(self, job: Job, at: float) -> float | None:
        """Until when a card need not say that its job renders, for the clip is about to come."""
        if job.face != "rendering":
            return None
        since = job.ready_at
        if job.state is JobState.SUBMITTED:
            soon = self.usual(job.recipe, job.eta).seconds <= SOON
            since = job.submitted_at if soon else None
        return since + HELD if since is not None and at < since + HELD else None

    def free_at(self, job: Held, at: float) -> float:
        """When a job that holds a slot will usually give it back, or UNKNOWN."""
        if job.submitted_at is None:  # being handed over, or perhaps there
            return (job.due_at or at) if job.ended_at else at + self.usual(job.recipe).seconds
        expected = (self.ready_at(job), job.deadline_at)
        return next((end for end in expected if end is not None and end > at), UNKNOWN)


def starts_at(
    ends: Iterable[float],
    ahead: Iterable[float],
    slots: int,
    at: float,
    *,
    more: int = 0,
    each: float = 0.0,
) -> float:
    """When the next job begins if `slots` can run at once; UNKNOWN if that cannot be told.

    `ends` are when the jobs that run will be done, `ahead` how long each takes that comes first;
    after those come so many `more`, of which `each` takes so long. All are seconds.
    """
    running = sorted(ends)
    # Of more at the provider than there may be, so many have to end first.
    running = running[max(len(running) - slots, 0) :]
    # One that was to be done by now may be at any moment.
    free = [at] * (slots - len(running)) + [max(end, at) for end in running if end < UNKNOWN]
    if not free:
        return UNKNOWN
    for seconds in ahead:
        heapq.heapreplace(free, free[0] + seconds)
    latest = max(free)
    while more and free[0] + each < latest:
        heapq.heapreplace(free, free[0] + each)
        more -= 1
    # From here on a round of them, one on each slot, puts all slots off alike.
    rounds, rest = divmod(more, len(free))
    for _ in range(rest):
        heapq.heapreplace(free, free[0] + each)
    return free[0] + rounds * each


def _alike(one: float, other: float) -> bool:
    return one <= other * ALIKE and other <= one * ALIKE
