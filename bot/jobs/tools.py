"""What every worker has at hand."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bot.clock import Clock
from bot.jobs.files import Files
from bot.jobs.moves import Mover
from bot.jobs.ports import JobStore


@dataclass(frozen=True, slots=True)
class Tools:
    """The rows, the way to move them, the files, time and chance."""

    store: JobStore
    mover: Mover
    files: Files
    clock: Clock
    rng: random.Random
