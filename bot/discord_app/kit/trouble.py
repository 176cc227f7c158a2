"""What calls to Discord may raise, what that means for a post, and how long one may take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import aiohttp
import discord

from bot.core.jobs.errors import CardGone, CardRefused, PostTrouble
from bot.errors import ZoetropeError

DISCORD_TROUBLE = (discord.DiscordException, aiohttp.ClientError, OSError)
"""Everything that a call to Discord may raise; a timeout is an OSError."""

WRITE_LIMITS = {20016, 20028}
UNKNOWN_INTERACTION, ALREADY_ANSWERED = 10062, 40060
UNKNOWN_WEBHOOK, DEAD_TOKEN = 10015, 50027
NO_ANSWER_TAKEN = {UNKNOWN_INTERACTION, ALREADY_ANSWERED, UNKNOWN_WEBHOOK, DEAD_TOKEN}
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE = 10003, 10008
FORBIDDEN, THREAD_ARCHIVED = 403, 50083
REQUEST_TOO_LARGE, FILE_TOO_LARGE, CONTENT_TOO_LARGE = 40005, 50045, 413
TOO_MANY_REQUESTS, LOGIN_REFUSED, FIRST_SERVER_ERROR = 429, 401, 500


@contextmanager
def translated(refused: type[ZoetropeError]) -> Iterator[None]:
    """Turn what a call to Discord raises into `refused` or PostTrouble."""
    with _translated(lambda error: PostTrouble if may_pass(error) else refused):
        yield


@contextmanager
def of_card() -> Iterator[None]:
    """Turn what a call about a card raises into CardGone, CardRefused or PostTrouble.

    It is gone when Discord knows no such message or channel. Nothing else is for ever: an archived
    thread is reopened, a permission comes back, a limit passes.
    """
    with _translated(_of_card):
        yield


def _of_card(error: Exception) -> type[ZoetropeError]:
    if is_gone(error):
        return CardGone
    return PostTrouble if may_pass(error) else CardRefused


@contextmanager
def _translated(kind: Callable[[Exception], type[ZoetropeError]]) -> Iterator[None]:
    try:
        yield
    except DISCORD_TROUBLE as error:
        raise kind(error)(f"{type(error).__name__}: {error}") from error


def is_too_large(error: Exception) -> bool:
    """Whether Discord, or what stands before it, says that a file is too large."""
    if not isinstance(error, discord.HTTPException):
        return False
    by_code = error.code in {REQUEST_TOO_LARGE, FILE_TOO_LARGE}
    return by_code or error.status == CONTENT_TOO_LARGE


def is_over(error: Exception) -> bool:
    """Whether nobody waits for the answer to an interaction any more, or one was given."""
    return isinstance(error, discord.HTTPException) and error.code in NO_ANSWER_TAKEN


def is_gone(error: Exception) -> bool:
    """Whether somebody was first to delete the message, or all of its channel."""
    code = error.code if isinstance(error, discord.HTTPException) else None
    return code in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}


def is_closed(error: Exception) -> bool:
    """Whether the place of a message lets the bot change nothing now."""
    if not isinstance(error, discord.HTTPException):
        return False
    return error.status == FORBIDDEN or error.code == THREAD_ARCHIVED


def may_pass(error: Exception) -> bool:
    """Whether the same call to Discord may succeed later."""
    if not isinstance(error, discord.HTTPException):
        return True
    if error.code in WRITE_LIMITS:
        return True
    return error.status in {TOO_MANY_REQUESTS, LOGIN_REFUSED} or error.status >= FIRST_SERVER_ERROR
