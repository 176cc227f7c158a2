"""The links of results and uploads."""

from __future__ import annotations

import io
from dataclasses import dataclass

from aiohttp import web
from PIL import Image

from sandbox.clock import Clock
from sandbox.modelslab.faults import Faults, ResultFault
from sandbox.modelslab.jobs import Job, Jobs

_CHUNK = bytes(65536)
_KEPT_UPLOADS = 64
_EXPIRED = (
    b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Expired</Message></Error>"
)


@dataclass(frozen=True)
class Upload:
    """Bytes handed in through `base64_to_url`."""

    data: bytes
    content_type: str


class Files:
    """Serves `/generations/…`, `/proxy/generations/…` and `/temp/…`."""

    def __init__(self, clock: Clock, jobs: Jobs, faults: Faults) -> None:
        self._clock = clock
        self._jobs = jobs
        self._faults = faults
        self._uploads: dict[str, Upload] = {}

    def routes(self) -> list[web.RouteDef]:
        """The routes to add to the application."""
        return [
            web.get("/generations/{name}", self._result),
            web.get("/proxy/generations/{name}", self._result),
            web.get("/temp/{name}", self._upload),
        ]

    def keep(self, name: str, upload: Upload) -> None:
        """Serve `upload` under `/temp/name` until enough newer ones have come."""
        self._uploads[name] = upload
        while len(self._uploads) > _KEPT_UPLOADS:
            self._uploads.pop(next(iter(self._uploads)))

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        upload = self._uploads.get(request.match_info["name"])
        if upload is None:
            raise web.HTTPNotFound
        return web.Response(body=upload.data, content_type=upload.content_type)

    async def _result(self, request: web.Request) -> web.StreamResponse:
        job = self._jobs.by_file(request.match_info["name"])
        if job is None or job.file is None:
            raise web.HTTPNotFound
        fault = self._faults.result.take()
        if fault is None:
            return web.Response(body=job.file, content_type=_content_type(job))
        if fault in ("endless", "huge", "slow_loris"):
            return await self._trickle(request, job, fault)
        if fault == "silent":
            return await self._say_nothing(request)
        if fault in ("long_length", "short_length"):
            return _lie(request, job.file, longer=fault == "long_length")
        return self._spoilt(job.file, _content_type(job), fault)

    async def _say_nothing(self, request: web.Request) -> web.Response:
        """Let the client wait for as long as it likes."""
        while request.transport is not None and not request.transport.is_closing():
            await self._clock.sleep(1.0)
        return web.Response(status=503)

    def _spoilt(self, file: bytes, content_type: str, fault: ResultFault) -> web.Response:
        if fault == "redirect":
            raise web.HTTPFound(self._faults.redirect_to)
        answers: dict[ResultFault, tuple[int, bytes, str]] = {
            "missing": (404, b"not found", "text/plain"),
            "forbidden": (403, b"forbidden", "text/plain"),
            "expired": (403, _EXPIRED, "application/xml"),
            "busy": (429, b"slow down", "text/plain"),
            "unavailable": (503, b"<html>503 Service Unavailable</html>", "text/html"),
            "truncated": (200, file[: len(file) // 2], content_type),
            "html": (200, b"<!doctype html><title>Sign in</title>", "text/html"),
            "picture": (200, _png(), content_type),
            "empty": (200, b"", content_type),
        }
        status, body, kind = answers[fault]
        rest = {"Retry-After": str(self._faults.storage_retry_after)}
        headers = rest if fault in ("busy", "unavailable") else None
        return web.Response(status=status, body=body, content_type=kind, headers=headers)

    async def _trickle(
        self, request: web.Request, job: Job, fault: ResultFault
    ) -> web.StreamResponse:
        """Send a body until it is whole, which may be never, or the client has gone."""
        response = web.StreamResponse(headers={"Content-Type": _content_type(job)})
        total = {"huge": self._faults.huge_bytes, "slow_loris": len(job.file or b"")}.get(fault)
        if total is None:
            response.enable_chunked_encoding()
        else:
            response.content_length = total
        await response.prepare(request)
        sent = 0
        while total is None or sent < total:
            if fault == "slow_loris":
                await self._clock.sleep(0.5)
            piece = 1 if fault == "slow_loris" else len(_CHUNK)
            await response.write((job.file or b"")[sent : sent + piece].ljust(piece, b"\0"))
            sent += piece
        return response


def _lie(request: web.Request, file: bytes, *, longer: bool) -> web.Response:
    """Send a Content-Length that is not the body's, past aiohttp, which would correct it."""
    length = len(file) + 4096 if longer else len(file) // 2
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nConnection: close\r\n"
        f"Content-Length: {length}\r\n\r\n"
    )
    if request.transport:
        request.transport.write(head.encode() + file)
        request.transport.close()
    return web.Response()


def _content_type(job: Job) -> str:
    return "image/gif" if job.order.shape.format == "gif" else "video/mp4"


def _png() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(target, "PNG")
    return target.getvalue()
