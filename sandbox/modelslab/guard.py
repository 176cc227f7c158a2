"""The key in the body, which every call needs."""

from __future__ import annotations

from typing import cast

from aiohttp import web

from sandbox.modelslab.exchange import BODY
from sandbox.modelslab.fields import JsonObject
from sandbox.modelslab.refusals import Refusal, invalid_request


class Guard:
    """Admits requests that carry `key` in a JSON object."""

    def __init__(self, key: str) -> None:
        self.key = key

    def admit(self, request: web.Request) -> JsonObject:
        """Return the request's body. Raise `Refusal` for anything but JSON, or a wrong key."""
        body = request[BODY]
        if not isinstance(body, dict):
            raise invalid_request()
        if body.get("key") in (None, ""):
            raise Refusal(401, "API key required")
        if body["key"] != self.key:
            raise Refusal(401, "Invalid API key")
        return cast("JsonObject", body)
