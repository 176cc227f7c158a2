"""A new process waits for nothing that a dead one had claimed, even if the clock went back."""

from __future__ import annotations

import pytest

from bot.core.jobs.ports import Ready
from tests.builders import Core
from tests.conftest import MakeCore
from tests.storage.test_claims import CLAIMS, Claim, taken

MONTH = 30 * 86_400.0
CLIP = Ready(urls=("https://files.example/a.mp4",))
# A look comes back by its own short lease, so that restarts do not ask the provider more often; a
# clip that was to go may as well go a minute later.
LEASED = [claim for claim in CLAIMS if claim.loop not in {"look", "sweep"}]

each = pytest.mark.parametrize("claim", LEASED, ids=lambda claim: claim.prepare.__name__)


async def restarted(make_core: MakeCore, now: float) -> Core:
    """A core of the next process, started at `now`."""
    core = await make_core()
    core.clock.move(now - core.clock.now())
    await core.store.take_over(now)
    return core


@each
async def test_what_the_dead_had_claimed_is_free_at_once(make_core: MakeCore, claim: Claim) -> None:
    core = await make_core()
    task = await taken(core, claim)
    core = await restarted(make_core, core.clock.now())
    again = await core.workers[claim.back_in].claim()
    assert again is not None
    assert again.code == task.code


@each
async def test_a_clock_set_back_meanwhile_delays_nothing(make_core: MakeCore, claim: Claim) -> None:
    core = await make_core()
    task = await taken(core, claim)
    core = await restarted(make_core, core.clock.now() - MONTH)
    again = await core.workers[claim.back_in].claim()
    assert again is not None
    assert again.code == task.code


async def test_a_job_at_the_provider_is_looked_at_soon_after_the_clock_was_set_back(
    make_core: MakeCore,
) -> None:
    core = await make_core()
    job = await core.submit()
    core = await restarted(make_core, core.clock.now() - MONTH)
    core.api.looks.append(CLIP)
    due = await core.poller.next_due()
    assert due is not None
    assert due - core.clock.now() <= 15 * 60
    core.clock.move(15 * 60)
    await core.poller.work(await core.poller.claim())
    assert (await core.job(job)).result_url == CLIP.urls[0]


async def test_a_restart_leaves_the_looks_where_they_were(make_core: MakeCore) -> None:
    core = await make_core()
    await core.submit()
    due = await core.poller.next_due()
    core = await restarted(make_core, core.clock.now())
    assert await core.poller.next_due() == due
