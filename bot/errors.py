"""The roots of our errors: types with data. Each room has its own in its `errors.py`."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path


class ZoetropeError(Exception):
    """The root of the tree."""


class SettingsError(ZoetropeError):
    """The operator must change a setting; `problems` holds one sentence for each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems

    @classmethod
    def of_path(cls, name: str, path: Path, error: OSError) -> SettingsError:
        """The setting `name` leads to a file or folder that cannot be used, and what helps."""
        if error.errno in {errno.EACCES, errno.EPERM}:
            return cls(
                f"{name} {path} may not be written by this user: as its owner or root, run "
                f"`chown -R {os.getuid()} {path}`, or choose another place"
            )
        return cls(f"{name} {path} cannot be used: {error.strerror}")


class DiscordLost(ZoetropeError):
    """Discord cannot be reached at start, or closed the connection for good."""


@dataclass
class Refusal(ZoetropeError):
    """Something a member asked for is not done. Nothing was stored and nothing spent."""


@dataclass
class StoreUnavailable(Refusal):
    """The database did not answer or did not commit. Closed on failure: nothing is accepted."""
