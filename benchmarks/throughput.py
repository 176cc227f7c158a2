"""How many whole jobs a second, and what one costs.

From `/video` to the posted clip, with webhooks and every commit durable, while 64 orders are on
their way; beside it a bare discord.py bot that makes the same calls and stores nothing. Rounds of
both are interleaved. Processor time is that of the bots' own processes in these rounds.

Statements, transactions and edits are counted in a run of its own, which is not timed: one job
after the other, so that no two share a commit. Edits also of jobs that take over ten seconds.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.stage import BARE_JOBS, COUNTED, OURS, Stage, staged, together
from benchmarks.table import Row

AT_ONCE = 64
ROUNDS, SECONDS = 5, 8.0
ROUNDS_QUICK, SECONDS_QUICK = 1, 2.0
COUNTED_JOBS, COUNTED_JOBS_QUICK = 30, 5
CLIP_SECONDS, LONG_CLIP_SECONDS = 0.3, 12.0
LONG_JOBS = 20
SETTLED_SECONDS = 1.0
"""After a post, until the last card is up to date."""
SHARE_LEAST, A_SECOND_LEAST, CPU_MOST = 0.4, 100, 8.0
STATEMENTS_MOST, WRITES_MOST = 40, 9


@dataclass(slots=True)
class Rounds:
    """What the rounds of one bot have shown; processor time in milliseconds a job."""

    stage: Stage
    a_second: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    children: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    lost: int = 0

    async def one(self, seconds: float) -> None:
        """One more."""
        cpu, children = self.stage.cpu(), self.stage.children_cpu()
        before = await self.stage.side.call("figures")
        told = await self.stage.side.call("jobs", at_once=AT_ONCE, seconds=seconds)
        after = await self.stage.side.call("figures")
        done = after["seen"]["result"] - before["seen"]["result"]
        self.a_second.append(len(told["took"]) / seconds)
        self.cpu.append(1000 * (self.stage.cpu() - cpu) / done)
        self.children.append(1000 * (self.stage.children_cpu() - children) / done)
        self.lost += told["lost"]
        self.load.append((after["cpu"] - before["cpu"]) / (after["at"] - before["at"]))


async def measure(quick: bool) -> list[Row]:
    """See the module."""
    rounds, seconds = (ROUNDS_QUICK, SECONDS_QUICK) if quick else (ROUNDS, SECONDS)
    async with AsyncExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        stages = await together(
            stack,
            staged(root / "bare", BARE_JOBS),
            staged(root / "ours", OURS),
            staged(root / "counted", COUNTED),
        )
        await asyncio.gather(*(stage.warm() for stage in stages))
        bare, ours = map(Rounds, stages[:2])
        for _ in range(rounds):
            await bare.one(seconds)
            await ours.one(seconds)
        counts = await _counts(stages[2], quick=quick)
    return [_speed(ours, bare), _cpu(ours, bare), *counts]


def _speed(ours: Rounds, bare: Rounds) -> Row:
    value, beside = median(ours.a_second), median(bare.a_second)
    return Row(
        name="whole jobs a second, order to posted file",
        value=value,
        unit="1/s",
        bar=f"≥ {SHARE_LEAST} × bare, ≥ {A_SECOND_LEAST}/s",
        met=value >= SHARE_LEAST * beside and value >= A_SECOND_LEAST and not ours.lost,
        yardstick=beside,
        spread=(min(ours.a_second), max(ours.a_second)),
        note=f"the load side took {median(ours.load):.0%} of a core beside ours,"
        f" {median(bare.load):.0%} beside the bare one"
        + (f"; {ours.lost} orders were never posted" if ours.lost else ""),
    )


def _cpu(ours: Rounds, bare: Rounds) -> Row:
    value = median(ours.cpu)
    return Row(
        name="processor time of the bot for each job",
        value=value,
        unit="ms",
        bar=f"≤ {CPU_MOST:g} ms",
        met=value <= CPU_MOST,
        yardstick=median(bare.cpu),
        spread=(min(ours.cpu), max(ours.cpu)),
        note=f"its child processes took {median(ours.children):.1f} ms a job besides",
    )


async def _counts(stage: Stage, *, quick: bool) -> list[Row]:
    jobs = COUNTED_JOBS_QUICK if quick else COUNTED_JOBS
    short = await _counted(stage, CLIP_SECONDS, jobs, at_once=1)
    besides = f"and {short['reads']:.1f} read transactions; {short['steps']:,.0f} steps"
    rows = [
        _row("SQL", "statements", short["statements"], STATEMENTS_MOST),
        _row("write", "transactions", short["writes"], WRITES_MOST, besides),
        _row("clip ready at once: card", "edits", short["edit"], 1),
    ]
    if not quick:
        long = await _counted(stage, LONG_CLIP_SECONDS, LONG_JOBS, at_once=LONG_JOBS)
        rows.append(_row("clip ready after 12 s: card", "edits", long["edit"], 2))
    return rows


async def _counted(
    stage: Stage, clip_seconds: float, jobs: int, *, at_once: int
) -> dict[str, float]:
    """What was counted for each job, by kind, on both sides."""
    await stage.side.call("provide", seconds=[clip_seconds, clip_seconds])
    before = await _totals(stage)
    await stage.side.call("jobs", at_once=at_once, most=jobs)
    await asyncio.sleep(SETTLED_SECONDS)
    after = await _totals(stage)
    after.subtract(before)
    return {kind: count / after["result"] for kind, count in after.items()} | {
        "edit": after["edit"] / after["result"]
    }


async def _totals(stage: Stage) -> Counter[str]:
    figures = await stage.side.call("figures")
    return await stage.counted() + Counter(figures["seen"])


def _row(what: str, unit: str, value: float, most: float, note: str = "") -> Row:
    name = f"{what} {unit} for each job"
    return Row(name=name, value=value, unit=unit, bar=f"≤ {most}", met=value <= most, note=note)
