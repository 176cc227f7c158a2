"""Jobs in a store, without a core around them."""

from __future__ import annotations

import itertools
from typing import Any

from bot.clock import Instant
from bot.core.admin.changes import By
from bot.core.admin.changing import change
from bot.core.admin.configuration import Wanted
from bot.core.jobs.acceptance import Placed, accept
from bot.core.jobs.books import Books, NewJob
from bot.core.jobs.errors import FailReason
from bot.core.jobs.model import Job
from bot.core.jobs.moves import write_move
from bot.core.jobs.pace import Pace
from bot.core.jobs.store import DueLoop
from bot.core.jobs.turns import claim_turns
from bot.core.rules.quota import Account, Limit, Operator
from bot.core.rules.standing import standing
from tests.builders import recipe
from tests.storage.engines import Stores

NOW = 1_800_000_000.0
OPERATOR = Operator(fallback=Limit(1000), member_running=50, member_waiting=50)
PACE = Pace(100)
_interactions = itertools.count(1)


def new_job(**changes: Any) -> NewJob:
    """An ordinary order."""
    values: dict[str, Any] = {
        "interaction_id": next(_interactions),
        "guild_id": 10,
        "channel_id": 20,
        "user_id": 30,
        "role_ids": (),
        "recipe": recipe(),
        "agreed": 100,
    }
    return NewJob(**values | changes)


def at(now: float) -> Instant:
    """A moment at which both clocks show the same."""
    return Instant(now, now)


async def order(stores: Stores, now: float = NOW, **changes: Any) -> Job:
    """A job as it is after its order."""
    new = new_job(**changes)
    placed = await stores.jobs.write(lambda books: place(books, new, now))
    return placed.job


def place(books: Books, new: NewJob, now: float) -> Placed:
    """Accept an order."""
    who = Account(guild_id=new.guild_id, user_id=new.user_id, role_ids=new.role_ids)
    found = standing(books, who, OPERATOR, now)
    return accept(books, new, found, OPERATOR, dict, PACE, at(now))


async def claim(stores: Stores, now: float = NOW, lease: float = 60.0) -> Job | None:
    """Claim the job whose turn it is."""
    found = await stores.jobs.write(
        lambda books: claim_turns(books, at(now), 100, OPERATOR, lease, 1)
    )
    return next(iter(found.jobs), None)


async def claim_due(
    stores: Stores, loop: DueLoop, now: float = NOW, lease: float = 60.0
) -> Job | None:
    """Claim the job that is due first."""
    return next(iter(await stores.jobs.claim(loop, now, lease, 1)), None)


async def move(stores: Stores, before: Job, after: Job, now: float = NOW) -> Job | None:
    """Write a move."""
    return await stores.jobs.write(lambda books: write_move(books, before, after, at(now)))


async def handed_over(stores: Stores, now: float = NOW, **changes: Any) -> Job:
    """A job at the provider, to be looked at in 100 seconds."""
    await order(stores, now, **changes)
    job = await claim(stores, now)
    assert job is not None
    after = job.handed_over(
        at=now,
        remote_id=f"r{job.id}",
        fetch_path="/fetch",
        eta=50.0,
        nearly_always=900.0,
        look_at=now + 100,
    )
    saved = await move(stores, job, after, now)
    assert saved is not None
    return saved


async def kept(stores: Stores, now: float = NOW, **changes: Any) -> Job:
    """A job whose clip no channel took."""
    job: Job | None = await handed_over(stores, now, **changes)
    for step in (
        lambda job: job.ready(at=now, url="u"),
        lambda job: job.delivering(until=now + 100),
        lambda job: job.kept(FailReason.CANNOT_POST, now=at(now)),
    ):
        assert job is not None
        job = await move(stores, job, step(job), now)
    assert job is not None
    return job


async def found(stores: Stores, job: Job) -> Job:
    """The job as it is now."""
    now = await stores.jobs.job(job.id)
    assert now is not None
    return now


async def set_up(stores: Stores, guild_id: int, items: Wanted, by: By) -> None:
    """Change what a server has set."""
    await stores.admin.write(lambda books: change(books, guild_id, items, by, NOW))
