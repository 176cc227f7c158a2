"""One REST request as the handlers see it, and how its body is read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.model import UploadedFile
from sandbox.discord.shape import Check, Problems

_FILE_PART = re.compile(r"files\[(\d+)\]")


@dataclass(slots=True)
class Call:
    """A parsed request. `files` are by the number in their part name."""

    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None
    files: dict[int, UploadedFile] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def id(self, name: str) -> int:
        """An id from the path."""
        return int(self.params[name])

    def checked(self, check: Check, *, empty: Any = None) -> Any:
        """The body once it has passed the check; `empty` stands for no body at all.

        Raises:
            ApiError: 50035 with what is wrong.
        """
        body = empty if self.body is None else self.body
        problems = Problems()
        check(body, (), problems)
        self.refuse(problems)
        return body

    def refuse(self, problems: Problems) -> None:
        """Refuse if there are problems, and remember the unknown keys as surprises.

        Raises:
            ApiError: 50035 with what is wrong.
        """
        self.unknown += [f"unknown key {key}" for key in problems.unknown_keys]
        problems.raise_if_any()


async def read_body(request: web.Request, call: Call) -> None:
    """Fill in the call's body and files.

    Raises:
        ApiError: when the body is neither JSON nor a form as Discord wants it.
    """
    if request.content_type == "multipart/form-data":
        await _read_form(request, call)
    elif request.body_exists:
        call.body = _parse(await request.read())


async def _read_form(request: web.Request, call: Call) -> None:
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise ApiError(Refusal.INVALID_FORM_BODY)
        data = bytes(await part.read())
        number = _FILE_PART.fullmatch(part.name or "")
        if number and part.filename:
            kind = part.headers.get("Content-Type")
            # The client library sends every file as octet-stream; Discord goes by the name then.
            kind = None if kind == "application/octet-stream" else kind
            call.files[int(number[1])] = UploadedFile(part.filename, kind, data)
        elif part.name == "payload_json":
            call.body = _parse(data)
        else:
            call.unknown.append(f"unknown form part {part.name}")
            raise ApiError(Refusal.INVALID_FORM_BODY)


def _parse(data: bytes) -> Any:
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError as problem:
        raise ApiError(Refusal.INVALID_JSON) from problem
