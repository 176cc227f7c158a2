"""Why nothing is made here and now, or for this person, whatever is asked for."""

from __future__ import annotations

from functools import singledispatch

from bot.core.rules.errors import Blocked, ChannelOff, NotServed, Paused, TooManyOnTheWay
from bot.discord_app.errors import BotNotHere, CannotPostHere, NotAllowed
from bot.discord_app.text import making_refusals
from bot.discord_app.text.wording import (
    by_number,
    counted,
    counts_still,
    joined,
    lacking,
    listed,
    moment,
    reason_given,
)
from bot.errors import Refusal

CLOSED_PLACES = {
    "direct": (
        "I cannot send you direct messages, and I could not post the video here later. "
        "Please allow them and try again; nothing was charged."
    ),
    "private_thread": (
        "I was not added to this private thread, so I could not post the video here. "
        "Mention me here once, or allow me Manage Threads, and try again; nothing was charged."
    ),
    "locked_thread": (
        "This thread is locked, so I could not post the video here. "
        "Unlock it, or allow me Manage Threads, and try again; nothing was charged."
    ),
}
"""Where no single permission is missing."""


@singledispatch
def sentence(refusal: Refusal) -> str:
    """Say to whoever asked why something was not done."""
    return making_refusals.sentence(refusal)


@sentence.register
def _(refusal: TooManyOnTheWay) -> str:
    videos = counted(refusal.count, "video")
    there = {
        "member": f"You already have {videos} on the way.",
        "server": by_number(
            refusal.count,
            "There is already 1 video on the way here.",
            f"There are already {videos} on the way here.",
        ),
        "everybody": by_number(
            refusal.count,
            "There is 1 video in line before you.",
            f"There are {videos} in line before you.",
        ),
    }[refusal.whose]
    own = refusal.whose == "member"
    later = "Start another when one is done." if own else "Please try again in a while."
    return joined(there, counts_still(refusal.stopped), later)


@sentence.register
def _(refusal: CannotPostHere) -> str:
    for place, said in CLOSED_PLACES.items():
        if place in refusal.missing:
            return said
    missing = lacking(refusal.missing)
    return (
        f"I am not allowed to {missing} in this channel. "
        "A moderator can fix that; nothing was charged."
    )


@sentence.register
def _(_refusal: NotAllowed) -> str:
    return "Only members who may manage this server can do that."


@sentence.register
def _(refusal: BotNotHere) -> str:
    return (
        "Only my commands are on this server, not I myself. "
        f"Whoever manages it can invite me: {refusal.invitation}\n"
        "Until then there is nothing to set here."
    )


@sentence.register
def _(refusal: Paused) -> str:
    return joined(
        "Videos are paused at the moment.",
        reason_given(refusal.reason),
        "Nothing was charged; please try later.",
    )


@sentence.register
def _(refusal: NotServed) -> str:
    return {
        "person": "The operator of this bot does not let you use it.",
        "server": "The operator of this bot does not offer it on this server.",
        "outside": "The operator of this bot offers videos on servers only.",
    }[refusal.what]


@sentence.register
def _(refusal: Blocked) -> str:
    said = "You cannot make videos on this server."
    if refusal.until is not None:
        said = f"You cannot make videos on this server until {moment(refusal.until, 'f')}."
    return joined(said, reason_given(refusal.reason))


@sentence.register
def _(refusal: ChannelOff) -> str:
    if refusal.open_ids is None:
        return "Videos are switched off here. Try another channel."
    if not refusal.open_ids:
        return "Videos are switched off in every channel here."
    some = tuple(f"<#{channel_id}>" for channel_id in refusal.open_ids[:5])
    return f"Videos are switched off here. Try {listed(some, 'or')}."
