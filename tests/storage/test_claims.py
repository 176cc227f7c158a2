"""Whoever claims a task has it alone until the lease ends; then it comes back by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot.core.admin.changes import By
from bot.core.jobs.bells import LOOPS
from bot.core.jobs.errors import PostRefused
from bot.core.jobs.loop import drain
from bot.core.jobs.model import KEPT_FOR
from bot.core.jobs.ports import Ready
from bot.core.rules.server_settings import Log
from tests.builders import MEMBER, Core, claim_one

ADMIN = By(1)
CLIP = Ready(urls=("https://files.example/a.mp4",))


async def a_picture(core: Core) -> None:
    await core.order(picture="https://cdn.discordapp.com/a.png")


async def an_order(core: Core) -> None:
    await core.order()


async def a_job_there(core: Core) -> None:
    await core.submit()
    core.clock.move(200)


async def a_clip(core: Core) -> None:
    await a_job_there(core)
    core.api.looks.append(CLIP)
    await drain(core.poller)


async def a_clip_that_was_being_sent(core: Core) -> None:
    await a_clip(core)
    core.publisher.lose_answer = True
    with pytest.raises(ConnectionResetError):
        await drain(core.delivery)
    core.clock.move(core.delivery.lease)


async def a_clip_that_nobody_fetched(core: Core) -> None:
    await a_clip(core)
    core.publisher.errors.append(PostRefused("closed"))
    await drain(core.delivery)
    core.clock.move(KEPT_FOR)


async def a_card(core: Core) -> None:
    await core.place()
    await drain(core.submitter)
    core.clock.move(15)


async def a_change(core: Core) -> None:
    await core.admin.edit(10, "log", lambda _: Log(7), ADMIN)


async def a_request(core: Core) -> None:
    await a_change(core)
    await core.asking.ask(MEMBER.account, "one last try")


@dataclass(frozen=True)
class Claim:
    """A loop, how one task of it comes to be due, and the loop to which it comes back."""

    loop: str
    prepare: Callable[[Core], Awaitable[None]]
    back_in: str


CLAIMS = [
    Claim("prepare", a_picture, "prepare"),
    # Whether the provider has it is not known, so that it is looked at, and not sent again.
    Claim("submit", an_order, "look"),
    Claim("look", a_job_there, "look"),
    Claim("deliver", a_clip, "deliver"),
    Claim("deliver", a_clip_that_was_being_sent, "deliver"),
    Claim("sweep", a_clip_that_nobody_fetched, "sweep"),
    Claim("card", a_card, "card"),
    Claim("log", a_change, "log"),
    Claim("ask", a_request, "ask"),
]
OF_JOBS = [
    claim for claim in CLAIMS if claim.loop in {"prepare", "submit", "look", "deliver", "sweep"}
]

each = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.prepare.__name__)


async def taken(core: Core, claim: Claim) -> Any:
    """The task that is due, claimed."""
    await claim.prepare(core)
    task = await claim_one(core.workers[claim.loop])
    assert task is not None
    return task


def test_every_loop_has_its_claim_here() -> None:
    assert {claim.loop for claim in CLAIMS} == set(LOOPS)


@each
async def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(
    core: Core, claim: Claim
) -> None:
    task = await taken(core, claim)
    worker, heir = core.workers[claim.loop], core.workers[claim.back_in]
    ends = core.clock.steady() + worker.lease
    assert await claim_one(worker) is None
    assert await heir.next_due() == ends
    core.clock.move(worker.lease - 0.5)
    assert await claim_one(worker) is None
    assert await claim_one(heir) is None
    core.clock.move(0.5)
    again = await claim_one(heir)
    assert again is not None
    assert again.code == task.code
    assert await claim_one(heir) is None


@each
async def test_what_is_done_never_comes_back(core: Core, claim: Claim) -> None:
    task = await taken(core, claim)
    core.api.looks.append(CLIP)
    await core.workers[claim.loop].work(task)
    core.clock.move(core.workers[claim.loop].lease)
    assert await claim_one(core.workers[claim.loop]) is None


@pytest.mark.parametrize("claim", OF_JOBS, ids=lambda claim: claim.prepare.__name__)
async def test_whoever_comes_back_after_the_lease_moves_nothing(core: Core, claim: Claim) -> None:
    late = await taken(core, claim)
    worker, heir = core.workers[claim.loop], core.workers[claim.back_in]
    core.clock.move(worker.lease)
    task = await claim_one(heir)
    assert task is not None
    before = core.history(late), core.ledger(late)
    core.api.looks.append(CLIP)
    await worker.work(late)
    assert (core.history(late), core.ledger(late)) == before
