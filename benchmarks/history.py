"""Whether a job costs more after many others.

Whole jobs, one after the other, each of which takes a pass of every loop that carries jobs, with a
million finished jobs in the database and with a thousand. Steps of SQLite's machine are counted,
which tell the same on every machine; the processor's time for the same jobs is in the note.
Rounds of both are interleaved.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import rows
from benchmarks.stage import COUNTED, Stage, staged, together
from benchmarks.table import Row

FEW, MANY, MANY_QUICK = 1000, 1_000_000, 20_000
ROUNDS, ROUNDS_QUICK = 5, 2
JOBS, JOBS_QUICK = 50, 5
RATIO_MOST = 1.5


@dataclass(slots=True)
class Rounds:
    """What the rounds of one bot have shown, for each job."""

    stage: Stage
    steps: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    async def one(self, jobs: int) -> None:
        """One more."""
        steps, cpu = (await self.stage.counted())["steps"], self.stage.cpu()
        await self.stage.side.call("jobs", at_once=1, most=jobs)
        self.steps.append(((await self.stage.counted())["steps"] - steps) / jobs)
        self.cpu.append(1000 * (self.stage.cpu() - cpu) / jobs)


async def measure(quick: bool) -> list[Row]:
    """See the module."""
    rounds, jobs = (ROUNDS_QUICK, JOBS_QUICK) if quick else (ROUNDS, JOBS)
    others = MANY_QUICK if quick else MANY
    async with AsyncExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        for name, count in (("few", FEW), ("many", others)):
            await rows.over(root / name / "data" / "bot.sqlite3", count)
        stages = await together(
            stack, staged(root / "few", COUNTED), staged(root / "many", COUNTED)
        )
        await asyncio.gather(*(stage.warm() for stage in stages))
        few, many = map(Rounds, stages)
        for _ in range(rounds):
            await few.one(jobs)
            await many.one(jobs)
    value, beside = median(many.steps), median(few.steps)
    return [
        Row(
            name=f"steps of SQLite for each job, after {others:,} others",
            value=value,
            unit="steps",
            bar=f"≤ {RATIO_MOST} × after {FEW:,}",
            met=value <= RATIO_MOST * beside,
            yardstick=beside,
            spread=(min(many.steps), max(many.steps)),
            note=f"processor time {median(many.cpu):.1f} ms, after {FEW:,}"
            f" {median(few.cpu):.1f}, both with the counting",
        )
    ]
