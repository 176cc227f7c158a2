"""Refusals, and the two dialects in which the service utters them."""

from __future__ import annotations

from typing import Any, Literal

from sandbox.modelslab.faults import Refused

Dialect = Literal["docs", "legacy"]
"""`docs` answers with real HTTP codes, as documented today; `legacy` with HTTP 200 and `messege`,
as older traffic and several current clients show. Which one an endpoint uses is not known."""


class Refusal(Exception):
    """A request that is not served. `status` is the HTTP code in the `docs` dialect."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        fields: dict[str, list[str]] | None = None,
        **extra: object,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = fields
        self.extra = extra

    def answer(self, dialect: Dialect) -> tuple[int, dict[str, Any]]:
        """Return HTTP status and body."""
        if dialect == "docs":
            return self.status, {"status": "error", "message": self.message, **self.extra}
        if self.fields:
            return 200, {"status": "error", "message": self.fields, **self.extra}
        return 200, {"status": "error", "messege": self.message, **self.extra}


def invalid_request() -> Refusal:
    """The body is no JSON object."""
    tip = "Send a JSON body with the content type application/json."
    return Refusal(400, "Invalid API Request", tip=tip)


def invalid_fields(fields: dict[str, list[str]]) -> Refusal:
    """Some fields are missing or out of range; `docs` names only the first."""
    first = next(iter(fields.values()))[0]
    return Refusal(400, first, fields=fields)


def unreachable_picture() -> Refusal:
    """The picture could not be had, or is none."""
    return Refusal(400, "Unable to fetch image from provided URL")


def queue_full(slots: int, retry_after: int) -> Refusal:
    """Every slot of the plan is taken."""
    message = f"Rate limit exceeded. Maximum {slots} queued requests allowed."
    return Refusal(429, message, retry_after=retry_after)


def no_credits() -> Refusal:
    """The account is empty."""
    return Refusal(402, "Insufficient credits. Please add more credits to continue.")


def on_demand(name: Refused, *, slots: int, retry_after: int) -> Refusal:
    """Return the refusal that a test asked for by name."""
    refusals = {
        "unauthorized": Refusal(401, "Invalid API key"),
        "no_credits": no_credits(),
        "forbidden": Refusal(403, "This feature requires a premium subscription"),
        "rate_limited": queue_full(slots, retry_after),
        "rate_limited_prose": Refusal(
            429, f"Too many requests, try again in {retry_after} seconds"
        ),
        # No wording for video is documented; clients look for "policy" and "blocked".
        "moderated": Refusal(400, "Your prompt was blocked by our content policy"),
        "server_error": Refusal(500, "Internal server error. Please try again."),
        "unavailable": Refusal(503, "Service temporarily unavailable. Please try again later."),
    }
    return refusals[name]
