"""The roots of our errors: types with data. Each room has its own in its `errors.py`."""

from __future__ import annotations

from dataclasses import dataclass


class ZoetropeError(Exception):
    """The root of the tree."""


class SettingsError(ZoetropeError):
    """The operator must change a setting; `problems` holds one sentence for each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class DiscordLost(ZoetropeError):
    """Discord cannot be reached at start, or closed the connection for good."""


@dataclass
class Refusal(ZoetropeError):
    """Something a member asked for is not done. Nothing was stored and nothing spent."""


@dataclass
class StoreUnavailable(Refusal):
    """The database did not answer or did not commit. Closed on failure: nothing is accepted."""
