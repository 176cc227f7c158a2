"""`--only modelslab`: the video service's stand-in by itself, for a bot on the real Discord."""

from __future__ import annotations

import random
from pathlib import Path

from rich.console import Console

from sandbox.clock import Clock
from sandbox.modelslab.server import ModelsLabStandIn
from sandbox.record import Recorder
from sandbox.stage import KEY
from sandbox.stopping import told_to_stop

PORT = 8792


async def run(speed: float, record: Path | None, port: int, console: Console) -> int:
    """Run it until Ctrl-C."""
    recorder = Recorder(record, (KEY,)) if record else None
    service = ModelsLabStandIn(
        clock=Clock(speed),
        rng=random.Random(),  # noqa: S311 - for variety
        key=KEY,
        record=recorder,
        port=port,
    )
    await service.start()
    console.print("[bold]The ModelsLab stand-in is running.[/] Put this into .env:\n")
    console.print(f"  MODELSLAB_BASE_URL={service.base_url}", highlight=False)
    console.print(f"  MODELSLAB_API_KEY={KEY}\n\nCtrl-C ends it.", highlight=False)
    await told_to_stop()
    await service.close()
    if recorder:
        recorder.close()
    return 0
