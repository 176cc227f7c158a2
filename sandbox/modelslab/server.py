"""The stand-in for the ModelsLab Video API: an HTTP server on loopback that makes real clips."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack

import aiohttp
from aiohttp import web

from sandbox.clock import Clock
from sandbox.modelslab.account import Account
from sandbox.modelslab.clip import render as render_clip
from sandbox.modelslab.exchange import Exchanges, Record
from sandbox.modelslab.faults import Faults
from sandbox.modelslab.files import Files
from sandbox.modelslab.guard import Guard
from sandbox.modelslab.jobs import Job, Jobs, Renderer
from sandbox.modelslab.refusals import Dialect
from sandbox.modelslab.videos import Videos

_MAX_REQUEST = 16 * 1024 * 1024
"""Bytes; room for a picture of 8 MB as base64."""


class ModelsLabStandIn:
    """Answers as the service is documented to, and fails as `faults` says.

    `speed` of the clock shortens jobs; the `eta` in answers is in real seconds. `slots` is the
    plan's number of unfinished jobs, `credits` the number of submits until 402 (None: no end).
    `record` gets one entry for each exchange, the key masked. `render` makes a clip's file;
    `standard_seconds` and `ultra_seconds` are the usual durations, spread lognormally with
    `spread` as the standard deviation of the logarithm.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        rng: random.Random,
        key: str = "sandbox-key",
        slots: int = 5,
        dialect: Dialect = "docs",
        record: Record | None = None,
        port: int = 0,
        credits: int | None = None,  # noqa: A002  the service's own word
        render: Renderer = render_clip,
        standard_seconds: float = 12.0,
        ultra_seconds: float = 25.0,
        spread: float = 0.3,
    ) -> None:
        self.faults = Faults()
        self._clock = clock
        self._rng = rng
        self._port = port
        self._guard = Guard(key)
        self._exchanges = Exchanges(clock, dialect, record)
        self._origin: str | None = None
        self._open = AsyncExitStack()
        self.jobs = Jobs(
            clock=clock,
            rng=rng,
            faults=self.faults,
            render=render,
            slots=slots,
            credits_left=credits,
            seconds=(standard_seconds, ultra_seconds),
            spread=spread,
        )

    @property
    def origin(self) -> str:
        """Scheme, host and port, such as `http://127.0.0.1:40123`. Known once started."""
        if self._origin is None:
            raise RuntimeError("the stand-in is not started")
        return self._origin

    @property
    def base_url(self) -> str:
        """What the client is given as the API's address."""
        return f"{self.origin}/api"

    @property
    def submits(self) -> list[Job]:
        """Every accepted submit, in order."""
        return self.jobs.submits

    @property
    def peak_running(self) -> int:
        """The largest number of unfinished jobs there ever was."""
        return self.jobs.peak_running

    @property
    def key(self) -> str:
        """The one valid key; a test may change it."""
        return self._guard.key

    @key.setter
    def key(self, key: str) -> None:
        self._guard.key = key

    def on_job_change(self, callback: Callable[[Job], None] | None) -> None:
        """Call `callback` with a job when it is accepted and when it ends."""
        self.jobs.on_change = callback

    async def start(self) -> None:
        """Listen on loopback. Raise `OSError` when the port is taken."""
        # Bound first, because every link in an answer needs the port.
        listener = socket.create_server(("127.0.0.1", self._port))
        self._origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._open.callback(self.jobs.close)
        session = await self._open.enter_async_context(aiohttp.ClientSession())
        runner = web.AppRunner(self._application(session), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._open.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener).start()

    async def close(self) -> None:
        """Stop listening and end all jobs where they are."""
        await self._open.aclose()

    def _application(self, session: aiohttp.ClientSession) -> web.Application:
        files = Files(self._clock, self.jobs, self.faults)
        account = Account(
            rng=self._rng, guard=self._guard, jobs=self.jobs, files=files, origin=self.origin
        )
        videos = Videos(
            clock=self._clock,
            rng=self._rng,
            guard=self._guard,
            jobs=self.jobs,
            faults=self.faults,
            exchanges=self._exchanges,
            session=session,
            origin=self.origin,
        )
        app = web.Application(
            client_max_size=_MAX_REQUEST, middlewares=[self._exchanges.middleware]
        )
        app.add_routes([*videos.routes(), *account.routes(), *files.routes()])
        self._open.push_async_callback(videos.close)
        return app
