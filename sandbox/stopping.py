"""When somebody wants the sandbox to end."""

from __future__ import annotations

import asyncio
import signal
from typing import Any


def told_to_stop() -> asyncio.Future[Any]:
    """Done once the process is asked to end."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return asyncio.ensure_future(stop.wait())
