"""Discord's markup for a terminal."""

from __future__ import annotations

import re
from datetime import UTC, datetime

MOMENT = re.compile(r"<t:(\d+)(?::\w)?>")


def readable(text: str) -> str:
    """Write moments as the reader's own clock shows them."""
    return MOMENT.sub(lambda found: _local(int(found[1])), text)


def _local(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone():%d %b %H:%M:%S}"
