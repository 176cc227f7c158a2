"""How long a member waits for the answer to `/video`.

From the frame that the gateway sends to the first byte of the answer's request, at 50 commands a
second, whether or not the one before is answered yet. Our bot takes each as an order and stores it;
a bare discord.py bot beside it answers with a fixed text. First nothing waits when it begins, and
no clip comes; then 10,000 orders wait, of which the service finishes ten a second, so that clips
are fetched, checked and posted meanwhile. Rounds of all three are interleaved.
"""

from __future__ import annotations

import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import rows
from benchmarks.stage import BARE_ANSWERS, OURS, Stage, staged, together
from benchmarks.table import Row

RATE = 50
ROUNDS, SECONDS = 5, 10.0
ROUNDS_QUICK, SECONDS_QUICK = 2, 1.5
PENDING = 10_000
SLOTS, CLIP_SECONDS = 15, 1.5
"""As many as the service gives, all taken: each order is told when it can begin."""
RATIO_MOST, MOST_MS = 2.0, 10.0


@dataclass(slots=True)
class Rounds:
    """What the rounds of one bot have shown, in milliseconds."""

    stage: Stage
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    unanswered: int = 0
    late: float = 0.0

    async def one(self, seconds: float) -> None:
        """One more."""
        told = await self.stage.side.call("answers", rate=RATE, seconds=seconds)
        took = sorted(1000 * one for one in told["took"])
        self.p50.append(median(took))
        self.p99.append(took[int(0.99 * len(took))])
        self.unanswered += told["unanswered"]
        self.late = max(self.late, 1000 * told["late"])


async def measure(quick: bool) -> list[Row]:
    """See the module."""
    rounds, seconds = (ROUNDS_QUICK, SECONDS_QUICK) if quick else (ROUNDS, SECONDS)
    settings = {"MODELSLAB_SLOTS": str(SLOTS)}
    async with AsyncExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        await rows.waiting(root / "full" / "data" / "bot.sqlite3", PENDING)
        stages = await together(
            stack,
            staged(root / "bare", BARE_ANSWERS),
            *(staged(root / name, OURS, settings) for name in ("empty", "full")),
        )
        bare, empty, full = map(Rounds, stages)
        await _begun(full.stage)
        for its in (bare, empty):
            await its.stage.side.call("answers", rate=RATE, seconds=0.5)
        for _ in range(rounds):
            await bare.one(seconds)
            await empty.one(seconds)
            await full.stage.side.call("provide", seconds=[CLIP_SECONDS, CLIP_SECONDS])
            await full.one(seconds)
            await full.stage.side.call("hold")
        posted = (await full.stage.side.call("figures"))["seen"].get("result", 0)
    about = f"{posted / rounds / seconds:.1f} clips posted a second"
    return [
        _row("nothing pending", empty, bare, None, ""),
        _row(f"{PENDING:,} pending, clips posted", full, bare, MOST_MS, about),
    ]


async def _begun(stage: Stage) -> None:
    """Wait until its clips have begun to come, and let no more come for now."""
    await stage.side.call("provide", seconds=[CLIP_SECONDS, CLIP_SECONDS])
    while not (await stage.side.call("figures"))["seen"].get("result"):
        await stage.side.call("answers", rate=RATE, seconds=0.5)
    await stage.side.call("hold")


def _row(what: str, ours: Rounds, bare: Rounds, most: float | None, about: str) -> Row:
    p99, beside = median(ours.p99), median(bare.p99)
    notes = [
        f"p50 {median(ours.p50):.2f} ms, bare {median(bare.p50):.2f}",
        f"orders left {max(ours.late, bare.late):.1f} ms late at most",
        *([about] if about else []),
        *([f"{ours.unanswered} never answered"] if ours.unanswered else []),
    ]
    return Row(
        name=f"answer p99, {RATE} commands/s, {what}",
        value=p99,
        unit="ms",
        bar=f"≤ {RATIO_MOST:g} × bare" + (f", ≤ {most:g} ms" if most else ""),
        met=p99 <= RATIO_MOST * beside and (most is None or p99 <= most) and not ours.unanswered,
        yardstick=beside,
        spread=(min(ours.p99), max(ours.p99)),
        note="; ".join(notes),
    )
