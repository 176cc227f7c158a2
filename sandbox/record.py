"""A transcript of what the bot and the stand-ins said, as JSON lines without secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MASK = "***"
# The text "interaction:" in base64, with which every interaction token begins.
_INTERACTION_TOKEN = re.compile(r"aW50ZXJhY3Rpb246[A-Za-z0-9_=-]*")


class Recorder:
    """Writes one line per REST exchange or gateway frame; `at` is when it came, in Unix seconds.

    Each line reaches the operating system at once, so killing the process loses none.
    """

    def __init__(self, path: Path, secrets: Iterable[str]) -> None:
        spellings = {form for secret in secrets if secret for form in _spellings(secret)}
        # Longest first: a secret that contains another one must vanish whole.
        ordered = sorted(spellings, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._file = path.open("w", encoding="utf-8", buffering=1)

    def __call__(self, entry: dict[str, Any]) -> None:
        """Write one entry."""
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        line = _INTERACTION_TOKEN.sub(MASK, line)
        if self._secrets:
            line = self._secrets.sub(MASK, line)
        self._file.write(line + "\n")

    def close(self) -> None:
        """Close the file; nothing can be written after it."""
        self._file.close()


def _spellings(secret: str) -> set[str]:
    """The secret as it stands in JSON text, once and inside a JSON string again."""
    once = json.dumps(secret, ensure_ascii=False)[1:-1]
    return {once, json.dumps(once, ensure_ascii=False)[1:-1]}
