"""What would have to change so that a member's order is taken, for each reason against it."""

from __future__ import annotations

from functools import singledispatch

from bot.clock import Instant
from bot.core.admin.why import Why
from bot.core.rules.errors import (
    Blocked,
    ChannelOff,
    NotEnoughCredits,
    NotServed,
    Paused,
    PresetOff,
    QuotaUsedUp,
    ServerUsedUp,
    TooManyOnTheWay,
)
from bot.discord_app.text import refusals
from bot.discord_app.text.wording import credits_, joined, listed, moment, per_window, quote
from bot.errors import Refusal

CODES_SHOWN = 5


@singledispatch
def remedy(refusal: Refusal, _found: Why, _now: Instant) -> str:
    """What would have to change so that this refusal goes."""
    return refusals.sentence(refusal)


@remedy.register
def _(refusal: Blocked, _found: Why, _now: Instant) -> str:
    if refusal.until is None:
        return "`/quota-admin unblock` lifts the block."
    return f"`/quota-admin unblock` lifts the block; it ends {moment(refusal.until)}."


@remedy.register
def _(_refusal: Paused, _found: Why, _now: Instant) -> str:
    return "`/video-admin resume` ends the pause."


@remedy.register
def _(_refusal: ChannelOff, _found: Why, _now: Instant) -> str:
    return "`/video-admin channels` opens some, or all."


@remedy.register
def _(_refusal: PresetOff, found: Why, _now: Instant) -> str:
    return f"`/video-admin presets` switches {quote(found.preset, 60)} on."


@remedy.register
def _(refusal: TooManyOnTheWay, found: Why, now: Instant) -> str:
    if refusal.whose == "everybody":
        return "The line of the whole bot must get shorter; its operator sets how long it may be."
    if refusal.whose == "server":
        return "One of the server's videos must end; `/quota-admin cap` shows how many may be."
    return joined(_must_end(found, now), "`/quota-admin cap` can allow more.")


def _must_end(found: Why, now: Instant) -> str:
    if not found.on_the_way:
        return "The service must be done with what is stopped or out of contact."
    running = [job for job in found.on_the_way if job.id in found.ends]
    if running:
        first = min(running, key=lambda job: found.ends[job.id])
        at = now.shown(found.ends[first.id])
        if at > now.wall:
            return f"Video {first.code} must end (usually {moment(at)})."
        return f"Video {first.code} must end (any moment)."
    codes = tuple(job.code for job in found.on_the_way[:CODES_SHOWN])
    return f"One of {listed(codes, 'or')} must end."


@remedy.register
def _(refusal: QuotaUsedUp, found: Why, _now: Instant) -> str:
    said = _comes(found) if refusal.limit else "Their limit is none."
    return joined(said, _more_credits(found))


@remedy.register
def _(refusal: NotEnoughCredits, found: Why, _now: Instant) -> str:
    need = f"They have {refusal.left:,} of the {credits_(refusal.cost)}."
    return joined(need, _comes(found), _more_credits(found))


def _comes(found: Why) -> str:
    """When the window alone would do; never, where the limit is below the price."""
    limit = found.standing.rule.limit
    if limit.credits is not None and limit.credits < found.cost:
        return f"Their limit of {per_window(limit)} never pays for it."
    return f"More come {moment(found.standing.window.end)}."


def _more_credits(found: Why) -> str:
    """The commands that would help: a reset if the limit is enough, a role if it would apply."""
    rule = found.standing.rule
    enough = rule.limit.credits is not None and rule.limit.credits >= found.cost
    reset = ("`reset`",) if enough else ()
    role = () if rule.scope == "user" else ("`role`",)
    commands = listed(("`/quota-admin grant`", *reset, "`user`", *role))
    return f"{commands} give more."


@remedy.register
def _(refusal: ServerUsedUp, _found: Why, _now: Instant) -> str:
    when = moment(refusal.resets_at)
    short = f"not enough for this ({refusal.left:,} left)" if refusal.left else "used up"
    if refusal.whose == "server":
        if not refusal.limit:
            return "The server's cap is none: `/quota-admin cap` raises it."
        return (
            f"The server's credits are {short}: more come {when}, "
            "or `/quota-admin cap` raises the cap."
        )
    if not refusal.limit:
        return refusals.sentence(refusal)
    if refusal.whose == "everywhere":
        return (
            f"The bot's credits for all servers are {short}: more come {when}. "
            "Its operator sets them."
        )
    return (
        f"The bot's credits for this server are {short}: more come {when}. Its operator sets them."
    )


@remedy.register
def _(refusal: NotServed, _found: Why, _now: Instant) -> str:
    if refusal.what == "person":
        return "The bot's operator must let them use it."
    return "The bot's operator must offer it here."
