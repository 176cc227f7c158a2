"""Reading requests, writing answers and keeping the record of both."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.clock import Clock
from sandbox.modelslab.faults import Reply
from sandbox.modelslab.fields import JsonObject
from sandbox.modelslab.refusals import Dialect, Refusal

Record = Callable[[dict[str, Any]], None]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY = web.RequestKey("body", object)
ANSWER = web.ResponseKey("answer", object)

_NO_ANSWER = 444
"""Marks, inside the stand-in only, a response that was never sent; recorded as null."""


def json_answer(body: JsonObject, status: int = 200) -> web.Response:
    """Answer with JSON whose slashes are escaped, as the service's backend writes them."""
    text = json.dumps(body).replace("/", "\\/")
    response = web.Response(text=text, status=status, content_type="application/json")
    response[ANSWER] = body
    return response


def raw_answer(reply: Reply) -> web.Response:
    """Answer with the bytes of `reply` as they are."""
    return web.Response(
        body=reply.body, status=reply.status, headers={"Content-Type": reply.content_type}
    )


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without an answer; the returned response reaches nobody."""
    if request.transport:
        request.transport.abort()
    return web.Response(status=_NO_ANSWER)


class Exchanges:
    """Middleware around every route: parses the body, words refusals, records."""

    def __init__(self, clock: Clock, dialect: Dialect, record: Record | None) -> None:
        self._clock = clock
        self.dialect = dialect
        self._record = record

    @property
    def middleware(self) -> Any:  # aiohttp's middleware type is a private union
        """The middleware to hand to the application."""

        @web.middleware
        async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
            at = self._clock.now()
            request[BODY] = _parsed(await request.read())
            try:
                response = await handler(request)
            except Refusal as refusal:
                code, body = refusal.answer(self.dialect)
                response = json_answer(body, code)
            except web.HTTPException as error:
                self._note(request, at, error.status, None)
                raise
            status = None if response.status == _NO_ANSWER else response.status
            self._note(request, at, status, response.get(ANSWER))
            return response

        return around

    def note_call(self, at: float, url: str, body: JsonObject, status: int | None) -> None:
        """Record a webhook sent to `url`; `status` is None when nobody answered."""
        parts = urlsplit(url)
        self._write(at, "POST", parts.path, {}, body, status, None)

    def _note(self, request: web.Request, at: float, status: int | None, answer: object) -> None:
        query = dict(request.query)
        if "key" in query:
            query["key"] = "***"
        self._write(at, request.method, request.path, query, request[BODY], status, answer)

    def _write(
        self,
        at: float,
        method: str,
        path: str,
        query: dict[str, str],
        request: object,
        status: int | None,
        response: object,
    ) -> None:
        if self._record is None:
            return
        if isinstance(request, dict) and "key" in request:
            request = {**request, "key": "***"}
        self._record(
            {
                "at": at,
                "service": "modelslab",
                "kind": "rest",
                "method": method,
                "path": path,
                "query": query,
                "request": request,
                "files": [],
                "status": status,
                "response": response,
            }
        )


def _parsed(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return None
