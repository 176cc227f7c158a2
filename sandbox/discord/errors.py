"""The refusals of the Discord API, under the names its documentation gives them."""

from __future__ import annotations

from enum import Enum
from typing import Any


class Refusal(Enum):
    """HTTP status, error code and message of a documented refusal."""

    UNAUTHORIZED = (401, 0, "401: Unauthorized")
    NOT_FOUND = (404, 0, "404: Not Found")
    SERVER_ERROR = (500, 0, "500: Internal Server Error")
    UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
    UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
    UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
    UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
    UNKNOWN_USER = (404, 10013, "Unknown User")
    UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
    UNKNOWN_COMMAND = (404, 10063, "Unknown application command")
    UNKNOWN_COMMAND_PERMISSIONS = (404, 10066, "Unknown application command permissions")
    UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
    FILE_TOO_LARGE = (413, 40005, "Request entity too large")
    ALREADY_ANSWERED = (400, 40060, "Interaction has already been acknowledged.")
    MISSING_ACCESS = (403, 50001, "Missing Access")
    NOT_THE_AUTHOR = (403, 50005, "Cannot edit a message authored by another user")
    EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
    CLOSED_DMS = (403, 50007, "Cannot send messages to this user")
    MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
    INVALID_WEBHOOK_TOKEN = (401, 50027, "Invalid Webhook Token")
    FOLLOW_UPS_USED_UP = (
        400,
        40094,
        "This interaction has hit the maximum number of follow up messages.",
    )
    THREAD_ARCHIVED = (400, 50083, "Thread is archived")
    INVALID_FORM_BODY = (400, 50035, "Invalid Form Body")
    INVALID_JSON = (400, 50109, "The request body contains invalid JSON.")
    NO_MUTUAL_GUILDS = (
        403,
        50278,
        "Cannot send messages to this user due to having no mutual guilds",
    )
    NO_MESSAGES_IN_FORUM = (400, 40058, "Cannot send a message in a forum channel")
    NO_HISTORY_FOR_REPLY = (403, 160002, "Cannot reply without permission to read message history")
    THREAD_LOCKED = (403, 160005, "Thread is locked")


class ApiError(Exception):
    """An answer that refuses the request."""

    def __init__(self, refusal: Refusal, errors: dict[str, Any] | None = None) -> None:
        self.status, self.code, message = refusal.value
        super().__init__(message)
        self.errors = errors

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        body: dict[str, Any] = {"message": str(self), "code": self.code}
        if self.errors is not None:
            body["errors"] = self.errors
        return body


class MemberRefused(Exception):
    """What a member tried is not possible in a Discord client, for instance an unknown command."""
