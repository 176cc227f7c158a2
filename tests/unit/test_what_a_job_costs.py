"""What a job asks of the database, Discord and the disk from its order to its posted clip."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bot.core.jobs.loop import drain
from bot.core.jobs.ports import Accepted, Ready
from bot.core.rules.quota import Limit, Operator
from tests.builders import Core, member
from tests.conftest import MakeCore
from tests.unit.living import Life, living

PLENTY = Operator(fallback=Limit(None), member_running=50, member_waiting=50)
CLIP = Ready(urls=("https://clips.example/1.mp4",))
NOTHING_BETWEEN = {("BEGIN IMMEDIATE", "COMMIT"), ("BEGIN", "ROLLBACK")}
"""What the test itself asks to know that all is done."""


@dataclass
class Meter:
    """What both connections did, the edits of cards, and how often all files were counted."""

    statements: list[str] = field(default_factory=list)
    edits: int = 0
    counts: int = 0

    async def listen(self, core: Core) -> None:
        """Count from now on."""
        show, size = core.publisher.show_card, core.files.size

        def sized() -> int:
            self.counts += 1
            return size()

        core.files.size = sized  # type: ignore[method-assign]

        async def counted(*what: object) -> int:
            self.edits += 1
            return await show(*what)  # type: ignore[arg-type]

        core.publisher.show_card = counted  # type: ignore[method-assign]
        for run in (core.database.write, core.database.read):
            await run(lambda con: con.set_trace_callback(self._note))
        self.statements.clear()

    def _note(self, sql: str) -> None:
        before = self.statements[-1] if self.statements else ""
        if (before, sql) in NOTHING_BETWEEN or (before, sql) == ("SAVEPOINT unit", sql):
            self.statements.pop()
        if (before, sql) in NOTHING_BETWEEN or sql == before:  # a trigger's bear its cause's text
            return
        self.statements.append(sql)

    @property
    def writes(self) -> int:
        return self.statements.count("BEGIN IMMEDIATE")


async def live(core: Core, life: Life, count: int) -> Meter:
    """What jobs cost from their orders on, the service calling once their clips are ready."""
    core.api.answers += [
        Accepted(remote_id=f"r{n}", fetch_path="/fetch", eta=5.0) for n in range(count)
    ]
    core.tools.pace.slots = 0
    jobs = [await core.order(member(user_id=100 + n)) for n in range(count)]
    await life.until_idle()
    meter = Meter()
    await meter.listen(core)
    core.tools.pace.slots = count
    core.bells.ring("submit")
    await life.until(lambda: core.rows("SELECT count(*) FROM jobs WHERE slot = 1") == [(count,)])
    core.clock.move(5)
    core.api.looks += [CLIP] * count
    for job in jobs:
        await core.poller.hint(job.id, None)
    undone = "SELECT 1 FROM jobs WHERE state <> 'delivered' OR card_due_at IS NOT NULL"
    await life.until(lambda: not core.rows(undone))
    return meter


@pytest.mark.parametrize(("count", "statements", "writes"), [(1, 40, 9), (12, 32, 5)])
async def test_jobs_share_their_transactions_and_have_one_edit_each(
    make_core: MakeCore, count: int, statements: int, writes: int
) -> None:
    core = await make_core(operator=PLENTY, slots=count, webhooks=True)
    async with living(core) as life:
        meter = await live(core, life, count)
    told = "\n".join(meter.statements)
    assert len(meter.statements) <= count * statements, told
    assert meter.writes <= count * writes, told
    # Where a thread is slow, the test's clock may come to when a card is shown although it waits.
    assert count <= meter.edits <= 1.1 * count
    assert meter.counts <= 1, "clips that come together are counted together"


async def test_nothing_is_asked_while_nothing_is_due(make_core: MakeCore) -> None:
    core, meter = await make_core(slots=1), Meter()
    async with living(core) as life:
        await core.order()
        await life.until(lambda: core.api.submitted)
        await life.until_idle()
        waiting = await core.order()
        await life.until_idle()
        await meter.listen(core)
        for name in core.workers:
            core.bells.bell(name).ring(at=core.clock.steady() + 3600)
        await life.until_idle()
        assert meter.statements == []
        core.bells.ring("submit")  # every slot is taken
        await life.until_idle()
        assert len(meter.statements) == 1
        assert core.history(waiting) == ["queued"]


async def test_an_order_behind_others_is_not_claimed_in_vain(make_core: MakeCore) -> None:
    core = await make_core(slots=1)
    await core.submit()
    async with living(core) as life:
        await life.until_idle()
        meter = Meter()
        await meter.listen(core)
        await core.order(member(user_id=100))
        await life.until_idle()
        assert meter.writes == 2, "itself, and its card"


async def test_a_free_slot_is_told_to_nobody_if_nobody_waits_for_one(make_core: MakeCore) -> None:
    core = await make_core(slots=2)
    bell = core.bells.bell("submit")
    async with living(core) as life:
        await life.until_idle()
        alone = await core.order()
        await life.until(lambda: core.history(alone)[-1] == "submitted")
        assert not bell.waited_for
        others = [await core.order(member(user_id=100 + n)) for n in range(2)]
        await life.until(lambda: core.history(others[0])[-1] == "submitted")
        assert bell.waited_for
        core.api.looks.append(CLIP)
        await core.poller.hint(alone.id, None)
        await life.until(lambda: core.history(others[1])[-1] == "submitted")


async def test_who_came_while_a_claim_was_read_is_told_of_a_free_slot(make_core: MakeCore) -> None:
    core = await make_core(slots=1)
    bell, running = core.bells.bell("submit"), await core.submit()
    await core.order(member(user_id=100))
    bell.waited_for = False  # as of before the order
    await core.submitter.next_due()
    bell.clear()
    core.api.looks.append(CLIP)
    await core.poller.hint(running.id, None)
    await drain(core.poller)
    assert bell.is_set()
