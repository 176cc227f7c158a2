"""`--once`: one `/video` and one `/animate`, and the posted clips in a folder."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from sandbox import photo, report
from sandbox.clock import Clock
from sandbox.order import Order, OrderFailed, Outcome, place
from sandbox.readable import readable
from sandbox.record import Recorder
from sandbox.stage import KEY, SECRET, TOKEN, BotFailed, Stage

PROMPT = "a paper boat drifting down a rainy street, the camera follows slowly"
PATIENCE = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What the member orders, and where the results go."""

    out: Path
    prompt: str
    image: Path | None
    speed: float
    record: Path | None


async def run(wanted: Once, console: Console) -> int:
    """Do it; exit code 0 if both clips came, else 1 after saying what is missing."""
    wanted.out.mkdir(parents=True, exist_ok=True)
    recorder = Recorder(wanted.record, (TOKEN, KEY, SECRET)) if wanted.record else None
    starting = console.status("Starting the bot …")
    try:
        with tempfile.TemporaryDirectory() as folder, starting:
            image = wanted.image or _own_photo(Path(folder))
            stage = Stage(speed=wanted.speed, record=recorder)
            async with stage:
                starting.stop()
                return await _perform(stage, wanted, image, console)
    except BotFailed as error:
        console.print(f"The bot did not come up. The end of its log:\n{error}", style="red")
        return 1
    finally:
        if recorder:
            recorder.close()


async def _perform(stage: Stage, wanted: Once, image: Path, console: Console) -> int:
    orders = [
        Order("video", {"prompt": wanted.prompt}),
        Order("animate", {"prompt": wanted.prompt}, image),
    ]
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        done = await asyncio.gather(*(_one(stage, order, progress) for order in orders))
    outcomes = [result for result in done if isinstance(result, Outcome)]
    failures = [result for result in done if isinstance(result, str)]
    failures += [f"the bot did what Discord would refuse: {odd}" for odd in stage.discord.surprises]
    for outcome in outcomes:
        console.print(f"/{outcome.order.command}: {report.save_clip(outcome, wanted.out)}")
    messages = stage.discord.messages("general")
    report.save_transcript(outcomes, failures, messages, wanted.out / "transcript.json")
    for failure in failures:
        console.print(f"Missing: {readable(failure, Clock().now())}", style="red", markup=False)
    return 1 if failures else 0


async def _one(stage: Stage, order: Order, progress: Progress) -> Outcome | str:
    task = progress.add_task(f"/{order.command}", total=1)

    def tell(card: str) -> None:
        _describe(progress, task, order, _title(card))

    try:
        outcome = await place(stage, order, PATIENCE, tell)
    except OrderFailed as error:
        _describe(progress, task, order, f"[red]{_title(str(error))}")
        return f"/{order.command}: {error}"
    _describe(progress, task, order, _title(outcome.faces[-1]))
    progress.update(task, completed=1)
    return outcome


def _describe(progress: Progress, task: TaskID, order: Order, text: str) -> None:
    progress.update(task, description=f"/{order.command:8} {text}")


def _title(card: str) -> str:
    return card.split("\n", 1)[0]


def _own_photo(folder: Path) -> Path:
    path = folder / "photo.jpg"
    photo.draw(path)
    return path
