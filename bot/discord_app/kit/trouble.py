"""What calls to Discord may raise, what that means for a post, and how long one may take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import aiohttp
import discord

from bot.core.jobs.errors import PostTrouble
from bot.errors import ZoetropeError

DISCORD_TROUBLE = (discord.DiscordException, aiohttp.ClientError, OSError)
"""Everything that a call to Discord may raise; a timeout is an OSError."""

WRITE_LIMITS = {20016, 20028}
TOO_MANY_REQUESTS, LOGIN_REFUSED, FIRST_SERVER_ERROR = 429, 401, 500


UNKNOWN_CHANNEL, UNKNOWN_MESSAGE = 10003, 10008


@contextmanager
def translated(refused: type[ZoetropeError]) -> Iterator[None]:
    """Turn what a call to Discord raises into `refused` or PostTrouble."""
    with _translated(lambda error: PostTrouble if _may_pass(error) else refused):
        yield


@contextmanager
def gone_or_later(gone: type[ZoetropeError]) -> Iterator[None]:
    """Turn what a call about a message of ours raises into `gone` or PostTrouble.

    It is gone when Discord knows no such message or channel. Nothing else is for ever: an archived
    thread is reopened, a permission comes back, a limit passes.
    """
    with _translated(lambda error: gone if _is_unknown(error) else PostTrouble):
        yield


@contextmanager
def _translated(kind: Callable[[Exception], type[ZoetropeError]]) -> Iterator[None]:
    try:
        yield
    except DISCORD_TROUBLE as error:
        raise kind(error)(f"{type(error).__name__}: {error}") from error


def _is_unknown(error: Exception) -> bool:
    code = error.code if isinstance(error, discord.HTTPException) else None
    return code in {UNKNOWN_CHANNEL, UNKNOWN_MESSAGE}


def _may_pass(error: Exception) -> bool:
    """Whether the same call may succeed later."""
    if not isinstance(error, discord.HTTPException):
        return True
    if error.code in WRITE_LIMITS:
        return True
    return error.status in {TOO_MANY_REQUESTS, LOGIN_REFUSED} or error.status >= FIRST_SERVER_ERROR
