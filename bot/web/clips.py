"""Clips that are too large to be posted, behind links that are signed and end.

The address names the job and its own end, and bears a signature that only this bot can make. A
wrong one, an old one and one whose clip is gone are answered alike, so that trying tells nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from bot.clock import Clock
from bot.errors import StoreUnavailable

ROUTE = r"/clips/{code:[0-9A-Z]{1,24}}/{until:[0-9]{1,12}}/{signature:[0-9a-f]{64}}"
TYPES = {"mp4": "video/mp4", "gif": "image/gif"}
SECRET_BYTES = 32

Find = Callable[[str], Awaitable[tuple[Path, str] | None]]
"""The file of a job's clip and its kind, by the job's code; None if no link may lead there."""


def secret_of(path: Path, new: bytes) -> bytes:
    """The secret of this bot's links: `new` where there is none yet, kept for this user alone.

    Raises:
        OSError
    """
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        found = b""
    if len(found) == SECRET_BYTES:
        return found
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(new)
    part.replace(path)
    return new


def address(public_url: str, secret: bytes, code: str, until: int) -> str:
    """Where a job's clip can be watched until then (Unix seconds)."""
    return f"{public_url}/clips/{code}/{until}/{_signature(secret, code, until)}"


def _signature(secret: bytes, code: str, until: int) -> str:
    return hmac.new(secret, f"clip:{code}:{until}".encode(), hashlib.sha256).hexdigest()


class ClipPages:
    """Answers to whoever has a link; aiohttp's own response serves ranges and `HEAD`."""

    def __init__(self, secret: bytes, find: Find, clock: Clock) -> None:
        self._secret = secret
        self._find = find
        self._clock = clock

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The clip behind a link."""
        code, until = request.match_info["code"], int(request.match_info["until"])
        right = _signature(self._secret, code, until)
        if not hmac.compare_digest(right, request.match_info["signature"]):
            raise web.HTTPNotFound
        if until <= self._clock.now():
            raise web.HTTPNotFound
        try:
            found = await self._find(code)
        except StoreUnavailable:
            return web.Response(status=503)
        if found is None or not found[0].is_file():
            raise web.HTTPNotFound
        path, kind = found
        return web.FileResponse(
            path,
            headers={
                "Content-Type": TYPES[kind],
                "Content-Disposition": f'inline; filename="{code}.{kind}"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private",
            },
        )
