"""What a chart shows. The drawing itself is behind a port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartOrder:
    """One bar a day: the `credits` used, the credits of the same day `before`, `failed` videos.

    `parts` say of whom or what the credits are, by name, day by day: a bar is made of them from
    below, and of `others` for what they leave. Without any it is of one piece.

    `labels` names the days, oldest first, in few characters. There are 1 to 90 days, and each of
    the four sequences has that length. `legend` says what the bar, the line and the mark stand for;
    it is shown when there is more to see than bars.
    """

    title: str
    labels: Sequence[str]
    credits: Sequence[int]
    before: Sequence[int]
    failed: Sequence[int]
    legend: tuple[str, str, str]
    parts: Sequence[tuple[str, Sequence[int]]] = ()
    others: str = ""
