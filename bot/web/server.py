"""Health for the container, readiness for the operator, and the provider's hints."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.errors import StoreUnavailable
from bot.web.clips import ROUTE, ClipPages
from bot.web.door import Door, Network

BODY_MOST = 64 * 1024
PATIENCE = 10.0
"""Seconds that a client may take to send its head, and again its body."""
SHUTDOWN_SECONDS = 1.0
HOOK = "/hooks/modelslab"

Hint = Callable[[int, str | None], Awaitable[None]]
Lacks = Callable[[], Awaitable[list[str]]]
"""Names what the bot lacks at this moment; nothing when it is ready."""


def seal(secret: str, job_id: int) -> str:
    """What the address of a job's webhook ends with: only we and the provider can know it."""
    return hmac.new(secret.encode(), f"job:{job_id}".encode(), hashlib.sha256).hexdigest()[:40]


def hook_address(public_url: str, secret: str, job_id: int) -> str:
    """Where the provider calls when the job ends."""
    return f"{public_url}{HOOK}/{job_id}/{seal(secret, job_id)}"


class WebServer:
    """Serves on `host`:`port` until closed. Without a secret there are no webhooks.

    `clips` are those that links lead to.

    `proxies` are the networks of reverse proxies of the operator's.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        secret: str,
        lacks: Lacks,
        hint: Hint,
        proxies: Iterable[Network] = (),
        clips: ClipPages | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._host = host
        self._port = port
        self._secret = secret
        self._lacks = lacks
        self._hint = hint
        app = web.Application(client_max_size=BODY_MOST)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        if secret:
            app.router.add_post(HOOK + r"/{job:\d{1,18}}/{seal:[0-9a-f]{40}}", self._hook)
        if clips:
            app.router.add_get(ROUTE, clips.serve)
        # Between requests, and before the first, the server's own timer runs, whatever trickles in.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=_logger(),
            keepalive_timeout=patience,
            lingering_time=0,
            shutdown_timeout=SHUTDOWN_SECONDS,
        )
        self._door = Door(proxies)
        self._patience = patience
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            OSError: The address is taken.
        """
        await self._runner.setup()
        server = self._runner.server
        assert server is not None  # noqa: S101 - set up above
        self._server = await asyncio.get_running_loop().create_server(
            self._door.guard(server), self._host, self._port, backlog=128
        )

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        """An answer at all means that the process lives and its event loop turns."""
        return web.json_response({"status": "alive"})

    async def _readyz(self, _request: web.Request) -> web.Response:
        lacks = await self._lacks()
        if lacks:
            return web.json_response({"status": "not ready", "lacks": lacks}, status=503)
        return web.json_response({"status": "ready"})

    async def _hook(self, request: web.Request) -> web.Response:
        """A hint to look now. Nothing it says is believed but the id, which is then fetched."""
        job_id = int(request.match_info["job"])
        if not hmac.compare_digest(seal(self._secret, job_id), request.match_info["seal"]):
            raise web.HTTPNotFound
        try:
            async with asyncio.timeout(self._patience):
                body = await request.read()
            await self._hint(job_id, _remote_id(body))
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except StoreUnavailable:
            return web.Response(status=503)
        return web.Response(status=204)


def _remote_id(body: bytes) -> str | None:
    try:
        value = json.loads(body)["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if 0 < len(text) <= 64 else None  # noqa: PLR2004 - ids have 9 digits today


def _logger() -> logging.Logger:
    """The server's own log, in which a malformed request of a stranger is no error of ours."""
    logger = logging.getLogger("bot.web.http")
    logger.addFilter(_quiet_about_strangers)
    return logger


def _quiet_about_strangers(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, HttpProcessingError):
        return True
    record.levelno, record.levelname = logging.DEBUG, "DEBUG"
    record.exc_info, record.exc_text = None, None
    record.msg, record.args = "malformed request: %s", (type(error).__name__,)
    return logging.getLogger(record.name).isEnabledFor(logging.DEBUG)
