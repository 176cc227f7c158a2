"""The HTTP side: routes, credentials, faults, answers and the transcript of every exchange."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web

from sandbox.clock import Clock
from sandbox.discord.call import Call, read_body
from sandbox.discord.cdn import Cdn
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.faults import Fault, Faults
from sandbox.discord.limits import Counted, Limits

API = "/api/v10"
LARGEST_REQUEST = 1100 * 1024 * 1024
"""Bytes: ten files of the highest boost tier and their form."""
Record = Callable[[dict[str, Any]], None]
Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """What the API offers at one method and path. `query` are the parameters it knows."""

    method: str
    path: str
    handler: Handler
    needs_bot_token: bool = True
    query: tuple[str, ...] = ()


class Rest:
    """Answers requests by its routes and refuses everything else, loudly."""

    def __init__(
        self,
        *,
        clock: Clock,
        token: str,
        faults: Faults,
        limits: Limits,
        surprises: list[str],
        record: Record | None,
    ) -> None:
        self._clock = clock
        self._token = token
        self._faults = faults
        self._limits = limits
        self._surprises = surprises
        self._record = record

    def add(self, app: web.Application, *routes: Route) -> None:
        """Serve these routes under the API's path."""
        for route in routes:
            app.router.add_route(route.method, API + route.path, self._server_of(route))

    def add_cdn(self, app: web.Application, cdn: Cdn) -> None:
        """Serve stored files, which have their own credentials in the address."""

        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve_file(request, cdn)

        path = "/cdn/attachments/{channel:\\d+}/{attachment:\\d+}/{filename}"
        app.router.add_get(path, serve)

    def refuse_the_rest(self, app: web.Application) -> None:
        """Answer 404 to whatever has no route; call it after all routes were added."""
        app.router.add_route("*", "/{unknown:.*}", self._server_of(None))

    def _server_of(self, route: Route | None) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, route)

        return serve

    async def _serve(self, request: web.Request, route: Route | None) -> web.StreamResponse:
        came_at = self._clock.now()
        call = Call(request.method, request.path, request.match_info, request.query)
        fault = self._faults.take(request.method, request.path)
        counted = Counted()
        if route and route.needs_bot_token:
            counted = self._limits.count(request.method, request.path)
        try:
            await read_body(request, call)
            if fault and fault.delay:
                # The deadlines of Discord run in real time however fast the sandbox is.
                await self._clock.sleep(fault.delay * self._clock.speed)
            if counted.body:
                status, body = 429, counted.body
            else:
                status, body = self._answer(request, route, call, fault)
        except ApiError as refusal:
            status, body = refusal.status, refusal.body
        self._surprises.extend(f"{call.method} {call.path}: {what}" for what in call.unknown)
        self._note(came_at, call, status, body)
        if fault and fault.lose_answer and request.transport:
            request.transport.abort()
        return _response(status, body, {**counted.headers, **(fault.headers if fault else {})})

    async def _serve_file(self, request: web.Request, cdn: Cdn) -> web.StreamResponse:
        came_at = self._clock.now()
        call = Call(request.method, request.path, request.match_info, request.query)
        fault = self._faults.take(request.method, request.path)
        if fault and fault.delay:
            await self._clock.sleep(fault.delay * self._clock.speed)
        if fault and fault.status is not None:
            response = _response(fault.status, fault.body, fault.headers)
        else:
            response = _file_response(cdn, call)
        self._note(came_at, call, response.status, None)
        return response

    def _answer(
        self, request: web.Request, route: Route | None, call: Call, fault: Fault | None
    ) -> tuple[int, Any]:
        if fault and fault.status is not None:
            return fault.status, fault.body
        if route is None:
            call.unknown.append("unknown route")
            raise ApiError(Refusal.NOT_FOUND)
        if route.needs_bot_token and request.headers.get(hdrs.AUTHORIZATION) != self._bearer:
            raise ApiError(Refusal.UNAUTHORIZED)
        self._check_query(route, call)
        body = route.handler(call)
        return (204 if body is None else 200), body

    def _note(self, came_at: float, call: Call, status: int, response: Any) -> None:
        if self._record:
            self._record(_transcript(came_at, call, status, response))

    @property
    def _bearer(self) -> str:
        return f"Bot {self._token}"

    @staticmethod
    def _check_query(route: Route, call: Call) -> None:
        strangers = [name for name in call.query if name not in route.query]
        if strangers:
            call.unknown += [f"unknown query parameter {name}" for name in strangers]
            raise ApiError(Refusal.INVALID_FORM_BODY)


def _response(status: int, body: Any, headers: Mapping[str, str]) -> web.Response:
    if body is None:
        return web.Response(status=status, headers=headers)
    if isinstance(body, str):
        return web.Response(status=status, text=body, headers=headers)
    # Exactly this content type: with a charset behind it the client library takes it for text.
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(status=status, body=data, content_type="application/json", headers=headers)


def _file_response(cdn: Cdn, call: Call) -> web.Response:
    ex, issued, signature = (call.query.get(name, "") for name in ("ex", "is", "hm"))
    found = cdn.get(call.path, ex, issued, signature)
    if isinstance(found, int):
        return web.Response(status=found, text="This content is no longer available.")
    kind = found.content_type or "application/octet-stream"
    return web.Response(body=found.data, headers={hdrs.CONTENT_TYPE: kind})


def _transcript(came_at: float, call: Call, status: int, response: Any) -> dict[str, Any]:
    return {
        "at": came_at,
        "service": "discord",
        "kind": "rest",
        "method": call.method,
        "path": call.path,
        "query": dict(call.query),
        "request": call.body,
        "files": [
            {
                "name": file.filename,
                "size": len(file.data),
                "sha256": hashlib.sha256(file.data).hexdigest(),
            }
            for file in call.files.values()
        ],
        "status": status,
        "response": response,
    }
