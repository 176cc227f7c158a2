"""Nobody waits behind one person's orders, and nobody has more at the provider than they may."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable

import pytest

from bot.core.admin.changes import By
from bot.core.jobs.books import Books
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Accepted, Ready
from bot.core.jobs.turns import Place, expected
from bot.core.rules.quota import Limit, Operator, bounds
from bot.core.rules.server_settings import Caps
from bot.errors import Refusal
from bot.storage.rows import recipe_text
from tests.builders import Core, claim_one, member, recipe, steps_of
from tests.conftest import MakeCore

CLIP = Ready(urls=("https://files.example/a.mp4",))
PLENTY = Operator(
    fallback=Limit(None), member_running=100, member_waiting=2000, server_waiting=2000
)


async def order(core: Core, guild: int, user: int) -> Job:
    return (await core.place(member(guild_id=guild, user_id=user))).job


async def handed_over(core: Core, count: int) -> list[tuple[int, int]]:
    """Whose jobs are handed over next, each done there at once."""
    lanes = []
    for _ in range(count):
        job = await claim_one(core.submitter)
        assert job
        core.api.answers.append(
            Accepted(remote_id=f"r{len(core.api.submitted)}", fetch_path="/f", ready=CLIP)
        )
        await core.submitter.work(job)
        lanes.append((job.guild_id, job.user_id))
    return lanes


def line_up(count: int, lane: Callable[[int], tuple[int, int]]) -> Callable:
    """Put jobs in line straight in the tables, one for each number."""

    def work(con: sqlite3.Connection) -> None:
        text = recipe_text(recipe())
        jobs = [(-number - 1, *lane(number), text) for number in range(count)]
        con.executemany(
            "INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, recipe, credits,"
            " state, created_at) VALUES (?1, ?2, 20, ?3, ?4, 2, 'queued', 0)",
            jobs,
        )

    return work


async def test_one_order_is_not_kept_waiting_by_a_thousand_of_another_server(
    make_core: MakeCore,
) -> None:
    core = await make_core(operator=PLENTY, slots=1)
    await core.database.write(line_up(1000, lambda number: (10, number % 3 + 1)))
    assert await handed_over(core, 2) == [(10, 1), (10, 2)]
    late = await order(core, 11, 9)
    place = await core.service.place(late)
    assert place
    assert place.number == 1
    assert await handed_over(core, 3) == [(11, 9), (10, 3), (10, 1)]


async def test_two_busy_servers_and_their_members_alternate(make_core: MakeCore) -> None:
    core = await make_core(operator=PLENTY, slots=1)
    for guild, user, count in ((10, 1, 10), (10, 2, 2), (11, 3, 3), (11, 4, 3)):
        for _ in range(count):
            await order(core, guild, user)
    assert await handed_over(core, 18) == [
        (10, 1), (11, 3), (10, 2), (11, 4), (10, 1), (11, 3), (10, 2), (11, 4),
        (10, 1), (11, 3), (10, 1), (11, 4), *[(10, 1)] * 6,
    ]  # fmt: skip


async def test_ten_orders_of_one_person_delay_another_by_one(make_core: MakeCore) -> None:
    core = await make_core(operator=PLENTY, slots=1)
    for _ in range(10):
        await order(core, 10, 1)
    await handed_over(core, 1)
    await order(core, 10, 2)
    assert (10, 2) in await handed_over(core, 2)


async def test_whoever_has_enough_at_the_provider_is_passed_over(make_core: MakeCore) -> None:
    core = await make_core(operator=Operator(fallback=Limit(None), member_running=1), slots=9)
    first, second = await order(core, 10, 1), await order(core, 10, 1)
    other = await order(core, 10, 2)
    await drain(core.submitter)
    assert core.api.submitted == [first.id, other.id]
    core.api.looks.append(CLIP)
    await core.poller.hint(first.id, None)
    await drain(core.poller)
    await drain(core.submitter)
    assert core.api.submitted == [first.id, other.id, second.id]


@pytest.mark.parametrize("others", [0, 3])
async def test_a_job_that_has_just_been_handed_over_has_no_place_in_line(
    make_core: MakeCore, others: int
) -> None:
    """Whoever asks has read it before."""
    core = await make_core(slots=5)
    job = (await core.place()).job
    assert await claim_one(core.submitter)
    for n in range(others):
        await core.place(who=member(user_id=100 + n))
    assert await core.service.place(job) is None


async def test_a_raised_cap_lets_waiting_jobs_go_at_once(make_core: MakeCore) -> None:
    core = await make_core(operator=Operator(fallback=Limit(None), member_running=1), slots=9)
    for _ in range(3):
        await order(core, 10, 1)
    await drain(core.submitter)
    core.bells.bell("submit").clear()
    await core.admin.edit(10, "caps", lambda _: Caps(member_running=2), By(1))
    assert core.bells.bell("submit").is_set()
    await drain(core.submitter)
    assert len(core.api.submitted) == 2


class Line:
    """Turns as the promise has them: who was served longest ago, of those who may have more."""

    def __init__(self, per_member: dict[int, int], per_server: dict[int, int], slots: int) -> None:
        self.per_member, self.per_server, self.slots = per_member, per_server, slots
        self.waiting: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.running: dict[int, tuple[int, int]] = {}
        self.turns: Counter = Counter()
        self.count = 0

    def next(self) -> int | None:
        if len(self.running) >= self.slots:
            return None
        at_provider = Counter(self.running.values())
        by_server = Counter(guild for guild, _ in self.running.values())
        may = [
            (self.turns[guild], guild, self.turns[guild, user], user)
            for (guild, user), jobs in self.waiting.items()
            if jobs
            and at_provider[guild, user] < self.per_member[guild]
            and by_server[guild] < self.per_server[guild]
        ]
        if not may:
            return None
        _, guild, _, user = min(may)
        self.count += 1
        self.turns[guild] = self.turns[guild, user] = self.count
        job_id = self.waiting[guild, user].pop(0)
        self.running[job_id] = (guild, user)
        return job_id


@pytest.mark.parametrize("seed", range(3))
async def test_turns_are_those_of_the_promise_and_places_are_kept(
    make_core: MakeCore, seed: int
) -> None:
    rng = random.Random(seed)
    operator = Operator(fallback=Limit(None), member_running=2, member_waiting=4, server_waiting=20)
    core = await make_core(operator=operator, slots=4)
    await core.admin.edit(11, "caps", lambda _: Caps(member_running=1), By(1))
    await core.admin.edit(12, "caps", lambda _: Caps(server_running=1), By(1))
    line = Line({10: 2, 11: 1, 12: 1}, {10: 100, 11: 100, 12: 1}, 4)
    promised: dict[int, list[int]] = {}
    for _ in range(150):
        act = rng.random()
        if act < 0.4:
            await orders(core, line, promised, rng.randint(10, 12), rng.randint(1, 4))
        elif act < 0.7:
            await hands_over(core, line, promised)
        elif line.running:
            await finishes(core, line, rng.choice(list(line.running)))
        await promises(core, operator, line, promised)
    assert len(core.api.submitted) > 20


async def orders(core: Core, line: Line, promised: dict, guild: int, user: int) -> None:
    try:
        job = await order(core, guild, user)
    except Refusal:
        return
    line.waiting[guild, user].append(job.id)
    # Whoever comes later may be served earlier: their lane has waited longer.
    promised.clear()


async def hands_over(core: Core, line: Line, promised: dict) -> None:
    expected, job = line.next(), await claim_one(core.submitter)
    assert (job.id if job else None) == expected
    if job:
        await core.submitter.work(job)
        for left in promised.values():
            left[0] -= 1
        if job.id in promised:
            assert promised.pop(job.id)[0] >= 0, "handed over later than promised"


async def finishes(core: Core, line: Line, job_id: int) -> None:
    core.api.looks.append(CLIP)
    await core.poller.hint(job_id, None)
    await drain(core.poller)
    del line.running[job_id]


async def promises(core: Core, operator: Operator, line: Line, promised: dict) -> None:
    """Note how many hand-overs each waiting job was told, unless it waits for others."""
    waiting = [job_id for jobs in line.waiting.values() for job_id in jobs]
    at, pace = core.clock.steady(), core.tools.pace

    def told(books: Books) -> dict[int, Place | None]:
        jobs = [job for job_id in waiting if (job := books.job(job_id))]
        caps = {job.id: bounds(books.caps(job.guild_id), operator.on(job.guild_id)) for job in jobs}
        return {job.id: expected(books, job, caps[job.id], pace, at) for job in jobs}

    for job_id, place in (await core.store.read(told)).items():
        assert place
        if place.waits_for:
            promised.pop(job_id, None)
        elif job_id not in promised or place.number < promised[job_id][0]:
            promised[job_id] = [place.number]


async def test_the_next_job_is_found_as_fast_however_many_lanes_wait(make_core: MakeCore) -> None:
    steps = {}
    for lanes in (20, 2_000):
        core = await make_core(operator=Operator(fallback=Limit(None)), slots=9)
        await core.database.write(line_up(lanes, lambda number: (10 + number // 50, number + 1)))
        await core.database.write(passed_over)
        steps[lanes] = await steps_of(core.database, claimed(core))
        core.path.unlink()
    assert steps[2_000] <= steps[20] * 1.5, steps


def passed_over(con: sqlite3.Connection) -> None:
    """Give the eight members whose turn is next what they may have at the provider."""
    jobs = con.execute("SELECT * FROM jobs ORDER BY id LIMIT 8").fetchall()
    for job in jobs:
        con.execute(
            "INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, recipe, credits,"
            " state, created_at, slot, due_at) VALUES (?, ?, 20, ?, ?, 2, 'submitting', 0, 1, 9e9)",
            (job["id"], job["guild_id"], job["user_id"], job["recipe"]),
        )


async def claimed(core: Core) -> None:
    assert await claim_one(core.submitter)
