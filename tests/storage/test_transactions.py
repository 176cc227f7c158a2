"""A unit of work happens whole and alone, or not at all."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.core.jobs.books import Books
from bot.core.jobs.states import JobState
from bot.core.jobs.uploads import RefusedUpload
from bot.errors import StoreUnavailable
from tests.storage.engines import Stores
from tests.storage.orders import NOW, found, move, new_job, order, place

COUNTS = """
SELECT (SELECT count(*) FROM jobs), (SELECT count(*) FROM moves), (SELECT count(*) FROM ledger),
    (SELECT coalesce(sum(waiting), 0) FROM server_lanes)
"""


async def test_work_that_fails_changes_nothing(stores: Stores) -> None:
    def half(books: Books) -> None:
        place(books, new_job(), NOW)
        raise KeyError

    with pytest.raises(KeyError):
        await stores.jobs.write(half)
    assert await stores.execute(COUNTS) == [(0, 0, 0, 0)]


async def test_a_cancelled_caller_leaves_whole_transactions_and_a_free_connection(
    stores: Stores,
) -> None:
    for number in range(50):
        task = asyncio.create_task(order(stores, user_id=30 + number % 5))
        for _ in range(number % 5):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await order(stores)
    [(jobs, moves, holds, waiting)] = await stores.execute(COUNTS)
    assert jobs == moves == holds == waiting > 0


async def test_a_read_cannot_write(stores: Stores) -> None:
    job = await order(stores)
    with pytest.raises(StoreUnavailable):
        await stores.jobs.read(
            lambda books: books.upload_refused(job.guild_id, RefusedUpload(1, NOW))
        )
    assert (await stores.execute(COUNTS))[0][1] == 1


async def test_a_read_sees_one_moment_whatever_is_written_meanwhile(stores: Stores) -> None:
    job = await order(stores)
    begun, written = threading.Event(), threading.Event()

    def twice(books: Books) -> list[JobState]:
        seen = [books.job(job.id)]
        begun.set()
        assert written.wait(5)
        return [one.state for one in (*seen, books.job(job.id)) if one]

    reading = asyncio.create_task(stores.jobs.read(twice))
    await asyncio.to_thread(begun.wait, 5)
    assert await move(stores, job, job.cancelled(now=NOW))
    written.set()
    assert await reading == [JobState.QUEUED, JobState.QUEUED]
    assert (await found(stores, job)).state is JobState.CANCELLED
