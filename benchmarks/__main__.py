"""`python -m benchmarks`: measure every row, or some of them, one after the other."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import structlog

from benchmarks import plot, table
from benchmarks.table import Row

ALONE = ("answers", "throughput", "slow_disk", "looks", "reads", "start", "media", "bursts")
TOGETHER = ("slots", "memory", "history")
ROWS = ALONE + TOGETHER
"""The modules that measure, in the order in which they do; each has `measure(quick)`.

Those that count what does not depend on who else is at work are measured together in a quick run.
"""


def main(arguments: Sequence[str]) -> int:
    """Measure and show; 1 if something could not be measured, whether or not the aims are met."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    for path in (asked.json, asked.plot):
        if path and not path.parent.is_dir():  # which nobody wants to learn after all is measured
            parser.error(f"there is no folder {path.parent}")
    about = table.machine() | {"quick": asked.quick}
    rows, failed = _measured(asked.only or ROWS, quick=asked.quick)
    print(f"\n{table.terminal(rows)}\n")
    if asked.json:
        text = json.dumps(table.document(rows, about), ensure_ascii=False, indent=1)
        asked.json.write_text(text + "\n", encoding="utf-8")
    if asked.plot:
        plot.draw(rows, asked.plot)
    if failed:
        print("could not be measured:", ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


def _measured(names: Sequence[str], *, quick: bool) -> tuple[list[Row], list[str]]:
    """What was measured, and the names of what could not be."""
    together = [name for name in names if quick and name in TOGETHER]
    groups = [[name] for name in names if name not in together] + [together]
    measured = [rows for group in groups for rows in asyncio.run(_group(group, quick=quick))]
    rows = [row for _, rows in measured for row in rows or ()]
    return rows, [name for name, rows in measured if rows is None]


async def _group(names: Sequence[str], *, quick: bool) -> list[tuple[str, list[Row] | None]]:
    return await asyncio.gather(*(_one(name, quick=quick) for name in names))


async def _one(name: str, *, quick: bool) -> tuple[str, list[Row] | None]:
    print(f"{name} …", file=sys.stderr)
    began = time.monotonic()
    try:
        rows: list[Row] = await importlib.import_module(f"benchmarks.{name}").measure(quick)
    except Exception:  # noqa: BLE001 - the rows of a long run outlive one that fails
        traceback.print_exc()
        return name, None
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return name, rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="all rows roughly, in 2 or 3 minutes")
    parser.add_argument("--only", action="append", choices=ROWS, help="one row; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw them: .png, .webp …")
    return parser


if __name__ == "__main__":
    # However it is told to end, its bots end first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    sys.exit(main(sys.argv[1:]))
