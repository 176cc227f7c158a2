"""Orders that wait for a word of their member, who may say it to another process."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.orders.errors import NoDraft
from bot.core.orders.recipe import VideoRequest

ID_MOST = 2**63 - 1
KEPT_FOR = 86_400.0
"""Seconds that a draft is kept; the addresses of its pictures end about then, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a member may order with one more press; `pictures` are addresses at Discord,
    or `clip:CODE` for the last frame of a clip of ours."""

    guild_id: int
    user_id: int
    request: VideoRequest
    pictures: tuple[str, ...] = ()


def id_of(text: str) -> int:
    """The id of a draft, as a button or a form has it.

    Raises:
        NoDraft: It can be none.
    """
    if not (text.isascii() and text.isdecimal()) or int(text) > ID_MOST:
        raise NoDraft
    return int(text)
