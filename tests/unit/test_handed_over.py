"""A claimed task is handed to a loop that rests, and begun before all others."""

from __future__ import annotations

import pytest

from bot.core.jobs.model import Job
from bot.errors import StoreUnavailable
from tests.builders import Core
from tests.unit.looping import Running


async def test_a_claimed_task_is_begun_when_it_is_handed_over(core: Core) -> None:
    running, job = Running(at_once=2), await core.order()
    bell = running.bells.bell("look")
    await running.settle()
    assert bell.room == 2
    bell.hand(job)
    assert bell.room == 1
    await running.settle()
    assert running.worker.done == [job.code]
    assert (running.worker.asked, running.worker.claims) == (1, 0)
    await running.end()


async def test_more_than_it_has_room_for_waits_until_there_is_some(core: Core) -> None:
    running = Running(at_once=1)
    bell = running.bells.bell("look")
    await running.settle()
    running.worker.gate.clear()
    jobs = [await core.order() for _ in range(3)]
    for job in jobs:
        bell.hand(job)
    await running.settle()
    assert (bell.room, len(bell.handed)) == (0, 2)
    running.worker.gate.set()
    await running.settle()
    assert running.worker.done == [job.code for job in jobs]
    await running.end()


async def test_nothing_is_handed_over_while_others_are_due(core: Core) -> None:
    running = Running(at_once=1)
    bell = running.bells.bell("look")
    assert bell.room == 0, "it has not begun"
    await running.settle()
    bell.ring(at=running.clock.steady() + 30)
    assert bell.room == 0, "it has not heard yet"
    await running.settle()
    assert bell.room == 1
    running.worker.jobs.append(StoreUnavailable())
    bell.ring(at=running.clock.steady())
    await running.settle()
    assert bell.room == 0, "it could not claim"
    await running.end()


async def test_nothing_is_handed_over_while_what_has_come_due_could_not_be_claimed() -> None:
    running = Running(at_once=1)
    bell = running.bells.bell("look")
    await running.settle()
    bell.ring(at=running.clock.steady() + 30)
    running.worker.jobs.append(StoreUnavailable())
    await running.settle()
    assert bell.room == 1
    running.clock.move(30)
    await running.settle()
    assert (running.worker.claims, bell.room) == (1, 0)
    await running.end()


async def test_nothing_is_handed_over_while_it_claims(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, rooms, job = Running(at_once=2), list[int](), await core.order()
    bell, claim = running.bells.bell("look"), running.worker.claim

    async def noted(most: int) -> list[Job]:
        rooms.append(bell.room)
        return await claim(most)

    monkeypatch.setattr(running.worker, "claim", noted)
    await running.settle()
    bell.ring(at=running.clock.steady() + 30)
    await running.settle()
    running.worker.jobs.append(job)
    running.clock.move(30)
    await running.settle()
    assert (rooms, running.worker.done, bell.room) == ([0], [job.code], 1)
    await running.end()
