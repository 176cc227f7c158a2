"""The lines of waiting jobs."""

from __future__ import annotations

import random

from bot.core.admin.changes import By
from bot.core.admin.configuration import Key, Kind
from bot.core.jobs.books import Books, InLine, ServerLane
from bot.core.jobs.turns import first_in_turn
from bot.core.rules.server_settings import Caps
from tests.storage.engines import Stores
from tests.storage.orders import NOW, claim, found, move, order, set_up


async def line(stores: Stores) -> list[tuple[int, list[int]]]:
    """The servers and their members in the order of their turns."""

    def read(books: Books) -> list[tuple[int, list[int]]]:
        servers = [lane.guild_id for lane in books.servers_in_turn()]
        return [(guild, list(books.members_in_turn(guild))) for guild in servers]

    return await stores.jobs.read(read)


async def test_who_had_a_turn_goes_to_the_back_of_both_lines(stores: Stores) -> None:
    for guild, user in ((10, 30), (10, 30), (10, 31), (11, 30)):
        await order(stores, guild_id=guild, user_id=user)
    assert await line(stores) == [(10, [30, 31]), (11, [30])]
    taken = await claim(stores)
    assert taken is not None
    assert (taken.guild_id, taken.user_id) == (10, 30)
    assert await line(stores) == [(11, [30]), (10, [31, 30])]
    there = await stores.jobs.read(lambda books: books.running())
    assert there == {(10, 30): 1}


async def test_who_leaves_without_a_turn_keeps_their_place(stores: Stores) -> None:
    job = await order(stores)
    await order(stores)
    await order(stores, user_id=31)
    assert await move(stores, job, job.cancelled(now=NOW))
    assert await line(stores) == [(10, [30, 31])]
    assert await stores.jobs.waiting() == 2


async def test_a_lane_without_a_waiting_job_is_in_no_line(stores: Stores) -> None:
    job = await order(stores)
    assert await move(stores, job, job.cancelled(now=NOW))
    assert await line(stores) == []
    assert await claim(stores) is None


async def test_a_job_that_is_put_back_waits_again(stores: Stores) -> None:
    job = await order(stores)
    taken = await claim(stores)
    assert taken is not None
    assert await stores.jobs.waiting() == 0
    back = await move(stores, taken, taken.put_back(tries=0))
    assert back is not None
    assert await stores.jobs.waiting() == 1
    oldest = await stores.jobs.read(lambda books: next(books.queued(10, 30)))
    assert oldest == await found(stores, job) == back


async def test_a_server_in_line_brings_its_caps(stores: Stores) -> None:
    await order(stores)
    await order(stores, guild_id=11)
    await set_up(stores, 10, {Key(Kind.CAPS): Caps(server_running=2)}, By(1))
    lanes = await stores.jobs.read(lambda books: list(books.servers_in_turn()))
    assert lanes == [ServerLane(10, 1, Caps(server_running=2)), ServerLane(11, 1, Caps())]


async def test_a_place_counts_rounds_of_members_and_of_servers(stores: Stores) -> None:
    """Each round takes one job of every lane, in the order of their turns."""
    jobs = [
        await order(stores, guild_id=guild, user_id=user)
        for guild, user in ((10, 30), (10, 30), (10, 31), (11, 30), (11, 30))
    ]
    places = [await stores.jobs.read(lambda books, job=job: books.in_line(job)) for job in jobs]
    assert places == [
        InLine(1, 1, 1),
        InLine(2, 3, 5),
        InLine(1, 2, 3),
        InLine(1, 1, 2),
        InLine(2, 2, 4),
    ]
    taken = []
    while job := await claim(stores):
        taken.append(job.id)
    by_place = sorted(zip(places, jobs, strict=True), key=lambda pair: pair[0].number)
    assert taken == [job.id for _, job in by_place]


async def test_the_first_in_line_are_those_whose_turns_come_first(stores: Stores) -> None:
    """However the lanes are filled, and whoever had a turn before."""
    rng = random.Random(1)
    for servers, members in ((1, 1), (1, 4), (2, 1), (3, 3), (8, 2)):
        for _ in range(24):
            guild, user = 10 + int(servers * rng.random() ** 2), 30 + rng.randrange(members)
            await order(stores, guild_id=guild, user_id=user)
        for _ in range(4):
            await claim(stores)
        seen = [
            await stores.jobs.read(lambda books, most=most: first_in_turn(books, most))
            for most in (0, 1, 4, 10, 30)
        ]
        taken = []
        while job := await claim(stores):
            taken.append(job.id)
        assert len(taken) == 20
        assert [[job.id for job in first] for first in seen] == [
            taken[:most] for most in (0, 1, 4, 10, 30)
        ]
        await stores.execute("UPDATE jobs SET slot = 0")


async def test_whose_last_turn_is_longest_ago_is_next_on_each_server(stores: Stores) -> None:
    for guild, user in ((11, 31), (11, 30), (10, 30)):
        for _ in range(2):
            await order(stores, guild_id=guild, user_id=user)
        taken = await claim(stores)
        assert taken is not None
        assert (taken.guild_id, taken.user_id) == (guild, user)
    assert await line(stores) == [(11, [31, 30]), (10, [30])]
