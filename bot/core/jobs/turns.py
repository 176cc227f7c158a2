"""Whose turn it is: servers in turn, within a server its members in turn, oldest job first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from bot.clock import Instant
from bot.core.jobs.books import Books, InLine, Running, ServerLane
from bot.core.jobs.model import Job
from bot.core.jobs.moves import write_move
from bot.core.jobs.pace import UNKNOWN, Held, Pace, starts_at
from bot.core.jobs.states import JobState
from bot.core.jobs.store import JobStore
from bot.core.rules.quota import Bounds, Operator, bounds

Whose = Literal["member", "server"]

NEAR = 10
"""Up to so many hand-overs away, those before are read for their times; else all are taken to be
like those that run now, and like itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a waiting job is in line: `number` hand-overs until its own.

    `waits_for` says who has, or will have before it, as many at the provider as they may. Then it
    starts when one of those is done, however short the line is. `starts_at` is when it usually does
    (the steady clock's), None where nobody can tell.
    """

    number: int
    waits_for: Whose | None = None
    starts_at: float | None = None


class Turns(NamedTuple):
    """The jobs whose turns they are, and whether others wait besides, or may."""

    jobs: list[Job]
    others_wait: bool


def claim_turns(
    books: Books, now: Instant, slots: int, operator: Operator, lease: float, most: int
) -> Turns:
    """Move the jobs whose turns they are to submitting, `most` at most, while slots are free."""
    found = turns(books, slots, operator, most)
    taken = (
        write_move(books, job, job.handing_over(until=now.steady + lease), now)
        for job in found.jobs
    )
    return found._replace(jobs=[job for job in taken if job])


def turns(books: Books, slots: int, operator: Operator, most: int) -> Turns:
    """The jobs whose turns they are, `most` at most, as far as there are slots for them.

    Lanes with all at the provider that they may have there are passed over; as each of those has
    a job there, no more of them are read than there are slots.
    """
    running, waiting = books.running(), 0
    of_server: Counter[int] = Counter()
    for (guild_id, _user_id), count in running.items():
        of_server[guild_id] += count

    def of_lane(lane: ServerLane) -> Iterator[Job]:
        nonlocal waiting
        waiting += lane.waiting
        guild_id, its = lane.guild_id, bounds(lane.caps, operator.on(lane.guild_id))
        members = (
            _first(books.queued(guild_id, user_id), its.member_running - running[guild_id, user_id])
            for user_id in books.members_in_turn(guild_id)
        )
        return _first(_rounds(members), its.server_running - of_server[guild_id])

    in_turn = _rounds(of_lane(lane) for lane in books.servers_in_turn())
    room = min(most, slots - running.total())
    jobs = list(_first(in_turn, room))
    return Turns(jobs, len(jobs) >= room or waiting > len(jobs))


def _first(jobs: Iterator[Job], count: int) -> Iterator[Job]:
    return islice(jobs, max(count, 0))


async def place_now(
    store: JobStore, job: Job, operator: Operator, pace: Pace, at: float
) -> Place | None:
    """Where this waiting job is in line; None if it is not waiting."""
    if job.state is not JobState.QUEUED:
        return None
    on_server = operator.on(job.guild_id)
    return await store.read(
        lambda books: expected(books, job, bounds(books.caps(job.guild_id), on_server), pace, at)
    )


def expected(books: Books, job: Job, most: Bounds, pace: Pace, at: float) -> Place | None:
    """The place in line that a job has at most, and when it usually starts; None if not waiting.

    It may be sooner: lanes that are passed over now are counted, for they may be free by then.
    It starts when the provider, the server and the member all have room for it: each as jobs that
    run are done, and those that come first have had their time.
    """
    if job.state is not JobState.QUEUED:
        return None
    line, running = books.in_line(job), books.running()
    if not line.turn:  # it has been handed over since it was read
        return None
    whose = waits_for(job, line, running, most)
    if whose is None and running.total() + line.number <= pace.slots:
        return Place(line.number, starts_at=at)
    return Place(line.number, whose, _begins(books, job, line, most, pace, at))


def _begins(
    books: Books, job: Job, line: InLine, most: Bounds, pace: Pace, at: float
) -> float | None:
    there = [(one, pace.free_at(one, at)) for one in books.at_provider()]
    read = first_in_turn(books, line.number - 1) if line.number <= NEAR else []

    def starts(count: int, slots: int, ours: Callable[[Job | Held], bool]) -> float:
        run = [(one, end) for one, end in there if ours(one)]
        ahead = [pace.usual(one.recipe).seconds for one in read if ours(one)][:count]
        more = count - len(ahead)
        each = _usual_of_many([*(one for one, _ in run), job], pace) if more else 0.0
        return starts_at([end for _, end in run], ahead, slots, at, more=more, each=each)

    begins = max(
        starts(line.number - 1, pace.slots, lambda _: True),
        starts(line.rank - 1, most.server_running, lambda one: one.guild_id == job.guild_id),
        starts(line.turn - 1, most.member_running, lambda one: _account(one) == _account(job)),
    )
    return None if begins == UNKNOWN else begins


def _usual_of_many(some: Sequence[Job | Held], pace: Pace) -> float:
    """Seconds that each of many jobs takes, of which some run at a moment.

    Of long and short jobs in equal number, more of the long ones do.
    """
    return len(some) / sum(1 / pace.usual(one.recipe).seconds for one in some)


def waits_for(job: Job, line: InLine, running: Running, most: Bounds) -> Whose | None:
    """Who has, or will have before it, as many at the provider as they may."""
    if running[_account(job)] + line.turn - 1 >= most.member_running:
        return "member"
    of_server = sum(count for (guild_id, _), count in running.items() if guild_id == job.guild_id)
    return "server" if of_server + line.rank - 1 >= most.server_running else None


def _account(job: Job | Held) -> tuple[int, int]:
    return job.guild_id, job.user_id


def first_in_turn(books: Books, most: int) -> list[Job]:
    """The first waiting jobs in the order of their turns, if no lane is passed over."""

    def of_server(guild_id: int) -> Iterator[Job]:
        users = books.members_in_turn(guild_id)
        return _rounds(books.queued(guild_id, user_id) for user_id in users)

    return list(islice(_rounds(of_server(lane.guild_id) for lane in books.servers_in_turn()), most))


def _rounds(lanes: Iterable[Iterator[Job]]) -> Iterator[Job]:
    """One job of each lane, then another of each that has more, and so on."""
    while lanes:
        left = []
        for lane in lanes:
            if job := next(lane, None):
                yield job
                left.append(lane)
        lanes = left
