"""The routes around a clip: uploads, the wallet, running and past jobs."""

from __future__ import annotations

import mimetypes
import random
import re
from functools import partial

from aiohttp import web

from sandbox.modelslab import replies
from sandbox.modelslab.exchange import json_answer
from sandbox.modelslab.fields import Number, Reader
from sandbox.modelslab.files import Files, Upload
from sandbox.modelslab.guard import Guard
from sandbox.modelslab.jobs import Jobs
from sandbox.modelslab.pictures import decode_base64
from sandbox.modelslab.refusals import invalid_fields

_UPLOADS = {
    "v6/base64_to_url": ("base64_string",),
    "v6/image_editing/base64_to_url": ("init_image",),
    "v6/video/base64_to_url": ("init_obj", "init_video"),
}
"""Upload paths with the names of their field, newest first."""

_MAX_UPLOAD = 5_000_000
"""Whether the documented 5 MB count encoded or decoded bytes is not known; this is the stricter."""

_DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,")


class Account:
    """Answers from the books of the one account there is."""

    def __init__(
        self, *, rng: random.Random, guard: Guard, jobs: Jobs, files: Files, origin: str
    ) -> None:
        self._rng = rng
        self._guard = guard
        self._jobs = jobs
        self._files = files
        self._origin = origin

    def routes(self) -> list[web.RouteDef]:
        """The routes to add to the application."""
        uploads = [
            web.post(f"/api/{path}", partial(self._upload, names))
            for path, names in _UPLOADS.items()
        ]
        return [
            *uploads,
            web.post("/api/wallet_balance", self._wallet),
            web.post("/api/v6/processing/request_count", self._request_count),
            web.post("/api/v6/assets_generated", self._past_results),
        ]

    async def _upload(self, names: tuple[str, ...], request: web.Request) -> web.Response:
        body = self._guard.admit(request)
        reader = Reader(body)
        name = next((n for n in names if reader.given(n) is not None), names[0])
        reader.require(name)
        text = reader.text(name, "") or ""
        head, data = _DATA_URI.match(text), None
        if not reader.problems and len(text) > _MAX_UPLOAD:
            reader.blame(name, f"The {name} may not be greater than 5 MB.")
        elif not reader.problems and (head is None or (data := decode_base64(text)) is None):
            reader.blame(name, f"The {name} must be a base64 data URI.")
        if head is None or data is None:
            raise invalid_fields(reader.problems)
        ending = mimetypes.guess_extension(head[1]) or ".bin"
        file_name = f"{self._rng.getrandbits(64):016x}{ending}"
        self._files.keep(file_name, Upload(data, head[1]))
        links = [f"{self._origin}/temp/{file_name}"]
        return json_answer({"status": "success", "id": self._jobs.next_id(), "output": links})

    async def _wallet(self, request: web.Request) -> web.Response:
        self._guard.admit(request)
        left = self._jobs.credits_left
        balance = 43.6 if left is None else float(left)
        return json_answer({"status": "success", "data": {"balance": balance, "currency": "USD"}})

    async def _request_count(self, request: web.Request) -> web.Response:
        self._guard.admit(request)
        count = self._jobs.running
        message = f"You have {count} requests in processing."
        return json_answer({"status": "success", "processing_count": count, "message": message})

    async def _past_results(self, request: web.Request) -> web.Response:
        """Newest first, finished clips only, and nothing but id and links, as documented.

        The fields of `pagination` are a guess.
        """
        reader = Reader(self._guard.admit(request))
        per_page = int(reader.number("per_page", Number(1, 30, default=10)) or 10)
        page = int(reader.number("page", Number(1, default=1)) or 1)
        kind = reader.text("type", "image")
        if reader.problems:
            raise invalid_fields(reader.problems)
        done = [job for job in reversed(self._jobs.submits) if job.state == "succeeded"]
        shown = done if kind == "video" else []
        start = (page - 1) * per_page
        return json_answer(
            {
                "status": "success",
                "data": [
                    {"id": job.id, "output": [replies.links(job, self._origin)[0]]}
                    for job in shown[start : start + per_page]
                ],
                "pagination": {
                    "total": len(shown),
                    "per_page": per_page,
                    "current_page": page,
                    "last_page": max(1, -(-len(shown) // per_page)),
                },
            }
        )
