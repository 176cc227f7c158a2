"""`python -m benchmarks`: measure every row, or some of them, one after the other."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from benchmarks import plot, table
from benchmarks.table import Row

ROWS: tuple[str, ...] = ()
"""The modules that measure, in the order in which they do; each has `measure(quick)`."""


def main(arguments: Sequence[str]) -> int:
    """Measure and show; 1 if something could not be measured, whether or not the aims are met."""
    asked = _parser().parse_args(arguments)
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
    rows: list[Row] = []
    failed = []
    for name in names:
        print(f"{name} …", end=" ", flush=True, file=sys.stderr)
        began = time.monotonic()
        try:
            rows += asyncio.run(importlib.import_module(f"benchmarks.{name}").measure(quick))
        except Exception:  # noqa: BLE001 - the rows of a long run outlive one that fails
            traceback.print_exc()
            failed.append(name)
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    return rows, failed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="all rows in under a minute, roughly")
    parser.add_argument("--only", action="append", choices=ROWS, help="one row; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw them: .png, .webp …")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
