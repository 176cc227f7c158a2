"""A new process waits for nothing that a dead one had claimed, whatever the wall clock shows."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.core.jobs.errors import OutcomeUnknown
from bot.core.jobs.loop import drain
from bot.core.jobs.ports import Ready
from bot.core.rules.quota import Limit, Operator
from tests.builders import Core, claim_one
from tests.conftest import MakeCore
from tests.storage.test_claims import CLAIMS, Claim, taken

MONTH = 30 * 86_400.0
CLIP = Ready(urls=("https://files.example/a.mp4",))
SOON = 5.0
CROWD = Operator(fallback=Limit(None), member_running=60, member_waiting=60)
# A clip that was to go may as well go a minute later.
LEASED = [claim for claim in CLAIMS if claim.loop != "sweep"]

each = pytest.mark.parametrize("claim", LEASED, ids=lambda claim: claim.prepare.__name__)


async def restarted(make_core: MakeCore, core: Core, after: float = 0.0) -> Core:
    """A core of the next process, at whose start the wall clock shows so many seconds more."""
    core.clock.jump(after)
    core = await make_core(clock=core.clock)
    await core.store.take_over(core.clock.steady())
    return core


@each
async def test_what_the_dead_had_claimed_is_free_at_once(make_core: MakeCore, claim: Claim) -> None:
    core = await make_core()
    task = await taken(core, claim)
    core = await restarted(make_core, core)
    again = await claim_one(core.workers[claim.back_in])
    assert again is not None
    assert again.code == task.code


@each
@pytest.mark.parametrize("after", [MONTH, -MONTH])
async def test_a_clock_set_meanwhile_delays_nothing(
    make_core: MakeCore, claim: Claim, after: float
) -> None:
    core = await make_core()
    task = await taken(core, claim)
    core = await restarted(make_core, core, after)
    again = await claim_one(core.workers[claim.back_in])
    assert again is not None
    assert again.code == task.code


async def test_a_look_at_a_job_that_was_unsure_until_its_webhook_came_is_not_lost(
    make_core: MakeCore,
) -> None:
    core = await make_core()
    core.api.answers.append(OutcomeUnknown("timeout"))
    job = await core.submit()
    await core.poller.hint(job.id, "r77")
    assert await claim_one(core.poller) is not None
    core = await restarted(make_core, core)
    core.api.looks.append(CLIP)
    await drain(core.poller)
    await drain(core.delivery)
    assert core.history(job)[-1] == "delivered"


async def test_jobs_at_the_provider_are_looked_at_soon_one_after_the_other(
    make_core: MakeCore,
) -> None:
    core = await make_core(slots=60, operator=CROWD)
    for _ in range(60):
        await core.submit()
    core = await restarted(make_core, core)
    at, dues = core.clock.steady(), core.rows("SELECT due_at FROM jobs WHERE slot = 1")
    assert all(0 <= due - at < SOON for (due,) in dues)
    assert max(Counter(dues).values()) <= 2
    core.clock.move(SOON)
    core.api.looks += [CLIP] * 60
    assert await drain(core.poller) == 60


async def test_a_look_that_was_due_sooner_stays_so(make_core: MakeCore) -> None:
    core = await make_core()
    await core.submit()
    due = await core.poller.next_due()
    assert due is not None
    core.clock.move(due - core.clock.steady())
    core = await restarted(make_core, core)
    assert await core.poller.next_due() == due


async def test_an_unsure_job_keeps_its_slot_over_a_restart(make_core: MakeCore) -> None:
    core = await make_core()
    core.api.answers.append(OutcomeUnknown("timeout"))
    await core.submit()
    due = await core.poller.next_due()
    core = await restarted(make_core, core, MONTH)
    assert await core.poller.next_due() == due


async def test_a_due_time_of_a_clock_that_was_wrong_is_brought_near(make_core: MakeCore) -> None:
    """Before there was a steady clock, the rows had the wall clock's times."""
    core = await make_core()
    core.api.answers.append(OutcomeUnknown("timeout"))
    job = await core.submit()
    before = await core.job(job)
    await core.store.write(lambda books: books.save(before, before.due(MONTH * 1e3), at=0.0))
    core = await restarted(make_core, core)
    assert await core.poller.next_due() == core.clock.steady() + 900
