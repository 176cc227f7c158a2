"""What a chart shows. The drawing itself is behind a port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartOrder:
    """One bar a day: the `credits` used, the credits of the same day `before`, `failed` videos.

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
