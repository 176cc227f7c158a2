"""`python -m benchmarks.load.counted FILE`: our bot, with what it asks of SQLite counted.

Told by SIGUSR1, it writes what was counted until then into the file. What triggers do is left away
of the statements: for each of their steps Python tells the change again that they belong to.
"""

from __future__ import annotations

import json
import runpy
import signal
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from typing import Any

STEPS = 100
"""Of SQLite's machine between two counts."""
CHANGES = ("INSERT", "UPDATE", "DELETE")
KINDS = {"BEGIN IMMEDIATE": "writes", "BEGIN": "reads"}


def main(file: Path) -> None:
    """Run the bot until it ends."""
    counted: Counter[str] = Counter()
    connect, last = sqlite3.connect, [""]

    def note(sql: str) -> None:
        repeated = sql == last[0] and sql.lstrip().startswith(CHANGES)
        last[0] = sql
        if not repeated:
            counted["statements"] += 1
            if kind := KINDS.get(sql):
                counted[kind] += 1

    def step() -> None:
        counted["steps"] += STEPS

    def counting(*given: Any, **more: Any) -> sqlite3.Connection:
        con: sqlite3.Connection = connect(*given, **more)
        con.set_trace_callback(note)
        con.set_progress_handler(step, STEPS)
        return con

    def write(*_: object) -> None:
        new = file.with_suffix(".new")
        new.write_text(json.dumps(counted), encoding="ascii")
        new.rename(file)

    sqlite3.connect = counting  # type: ignore[assignment]
    signal.signal(signal.SIGUSR1, write)
    sys.argv[1:] = []
    runpy.run_module("bot", run_name="__main__")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
