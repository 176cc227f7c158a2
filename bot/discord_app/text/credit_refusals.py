"""Why there are no credits for something: a member's own, what many share, and asking for more."""

from __future__ import annotations

from functools import singledispatch

from bot.core.rules.errors import (
    AskedBefore,
    NoStaffChannel,
    NotEnoughCredits,
    Offers,
    PriceNotAgreed,
    QuotaUsedUp,
    ServerUsedUp,
    Unlimited,
    Whose,
)
from bot.discord_app.text import admin_refusals
from bot.discord_app.text.wording import WINDOWS, credits_, joined, moment
from bot.errors import Refusal

LEFT: dict[Whose, str] = {
    "server": "This server has {left} left.",
    "allowance": "This server has {left} left.",
    "outside": "The bot has {left} left outside of servers.",
    "everywhere": "The bot has {left} left.",
}
NONE_TO_SPEND: dict[Whose, str] = {
    "server": "This server spends no credits on videos. Only an admin can change that.",
    "allowance": "The bot has no credits for this server. Only its operator can change that.",
    "outside": "The bot has no credits outside of servers. Only its operator can change that.",
    "everywhere": "The bot has no credits to spend. Only its operator can change that.",
}


@singledispatch
def sentence(refusal: Refusal) -> str:
    """Say to whoever asked why something was not done."""
    return admin_refusals.sentence(refusal)


def left_of(whose: Whose, left: int) -> str:
    """What is left of a limit that many share: "This server has 1 credit left."."""
    return LEFT[whose].format(left=credits_(left) if left else "no credits")


def more_come(at: float) -> str:
    """When there are more of them."""
    return f"More come {moment(at)}."


@sentence.register
def _(refusal: ServerUsedUp) -> str:
    if not refusal.limit:
        return NONE_TO_SPEND[refusal.whose]
    return joined(
        left_of(refusal.whose, refusal.left),
        f"This costs {refusal.cost:,}." if refusal.left else "Nothing was charged.",
        more_come(refusal.resets_at),
        _would_fit(refusal.offers),
    )


@sentence.register
def _(refusal: QuotaUsedUp) -> str:
    if not refusal.limit:
        said = (
            "Members get no credits here." if refusal.of_all else "Your limit here is no credits."
        )
        return f"{said} Only an admin can change that."
    return (
        f"You have used your {credits_(refusal.limit)} for {WINDOWS[refusal.per]}. "
        f"Next ones: {moment(refusal.resets_at)}."
    )


@sentence.register
def _(refusal: NotEnoughCredits) -> str:
    return joined(
        f"{refusal.preset} costs {credits_(refusal.cost)}, you have {refusal.left:,} left.",
        _would_fit(refusal.offers),
    )


def _would_fit(offers: Offers) -> str:
    return f"{offers.preset} would fit." if offers.preset else ""


@sentence.register
def _(refusal: PriceNotAgreed) -> str:
    cost, agreed = credits_(refusal.cost), f"{refusal.agreed:,}"
    return f"This video would cost {cost}, not {agreed}. Nothing was charged yet."


@sentence.register
def _(_refusal: Unlimited) -> str:
    return "You have no limit here, so there is nothing to ask for."


@sentence.register
def _(_refusal: NoStaffChannel) -> str:
    return (
        "Requests are not switched on here. "
        "An admin can switch them on with `/video-admin log-channel`."
    )


@sentence.register
def _(refusal: AskedBefore) -> str:
    return f"You asked {moment(refusal.at)}; the staff has not answered yet."
