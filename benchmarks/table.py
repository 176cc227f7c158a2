"""One measured figure, and how a run of them is shown: as a table, and as JSON."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HEAD = ("what", "value", "spread", "beside", "ratio", "aim", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure, the median of its rounds, and the aim that it is held against."""

    name: str
    value: float
    unit: str
    bar: str
    """The aim in words, such as "≤ 2 × bare, ≤ 10 ms"."""
    met: bool
    yardstick: float | None = None
    """What the figure is compared with, in the same unit and measured in the same run."""
    spread: tuple[float, float] | None = None
    """The least and the most of the rounds."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours against the yardstick."""
        return self.value / self.yardstick if self.yardstick else None


def machine() -> dict[str, Any]:
    """What a reader must know of this machine to make sense of the figures."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": round(os.getloadavg()[0], 2),
    }


def document(rows: Sequence[Row], about: dict[str, Any]) -> dict[str, Any]:
    """The whole run, as `--json` writes it."""
    return {"machine": about, "rows": [asdict(row) | {"ratio": row.ratio} for row in rows]}


def terminal(rows: Sequence[Row]) -> str:
    """The whole run as a table, with the notes below it."""
    lines = [HEAD, *(_cells(number, row) for number, row in enumerate(rows, 1))]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    notes = [f"{number:2} {row.note}" for number, row in enumerate(rows, 1) if row.note]
    return "\n".join([*table, "", *notes] if notes else table)


def figure(number: float) -> str:
    """A number with as many digits as mean something: 0.0123, 1.23, 12.3, 1,234."""
    if abs(number) >= 100:  # noqa: PLR2004
        return f"{number:,.0f}"
    return f"{number:.3g}"


def _cells(number: int, row: Row) -> tuple[str, ...]:
    return (
        f"{number:2} {row.name}",
        f"{figure(row.value)} {row.unit}",
        "–".join(map(figure, row.spread)) if row.spread else "",
        "" if row.yardstick is None else figure(row.yardstick),
        "" if row.ratio is None else figure(row.ratio),
        row.bar,
        "met" if row.met else "NOT MET",
    )


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    for line in about.read_text(encoding="utf-8").splitlines() if about.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
