"""Time that ages jobs goes on where it was, and what went on without us is looked at soon."""

from __future__ import annotations

import pytest

from tests.storage.engines import Stores
from tests.storage.orders import NOW, claim, claim_due, handed_over, move, order

WALL = NOW + 86_400.0


async def test_it_begins_as_the_wall_clock(stores: Stores) -> None:
    assert await stores.jobs.steady(WALL) == WALL


@pytest.mark.parametrize("wall", [WALL, NOW - 86_400.0])
async def test_it_goes_on_where_it_was_kept_whatever_the_wall_clock_shows(
    stores: Stores, wall: float
) -> None:
    await stores.jobs.keep_steady(NOW)
    assert await stores.jobs.steady(wall) == NOW


async def test_it_never_goes_back(stores: Stores) -> None:
    await stores.jobs.keep_steady(NOW)
    await stores.jobs.keep_steady(NOW - 5)
    assert await stores.jobs.steady(WALL) == NOW


async def test_nothing_that_a_job_has_lived_through_lies_ahead(stores: Stores) -> None:
    """A process that is killed has not kept its last minutes."""
    await stores.jobs.keep_steady(NOW)
    running = await handed_over(stores, NOW + 100)
    assert await stores.jobs.steady(WALL) == NOW + 100
    looked = await move(stores, running, running.looked(at=NOW + 150))
    assert looked is not None
    assert await stores.jobs.steady(WALL) == NOW + 150
    assert await move(stores, looked, looked.ready(at=NOW + 200, url="u"))
    assert await stores.jobs.steady(WALL) == NOW + 200


async def test_looks_are_pulled_near_and_nothing_else(stores: Stores) -> None:
    running, later = await handed_over(stores), NOW + 50
    await order(stores)
    handing = await claim(stores)
    assert handing is not None
    await stores.jobs.look_soon(later)
    dues = {row[0]: row[1] for row in await stores.execute("SELECT id, due_at FROM jobs")}
    assert later <= dues[running.id] < later + 5
    assert dues[handing.id] == handing.due_at


async def test_a_look_under_way_can_still_be_saved_after_that(stores: Stores) -> None:
    await handed_over(stores)
    look = await claim_due(stores, "look", NOW + 100)
    assert look is not None
    await stores.jobs.look_soon(NOW + 101)
    assert await move(stores, look, look.looked(at=NOW + 101))
