"""The buttons that help after a refusal: other ways to a video, and to credits."""

from __future__ import annotations

import discord

from bot.core.rules.errors import NotEnoughCredits, QuotaUsedUp, TooManyOnTheWay
from bot.discord_app.kit.components import NO_CODE, button, view
from bot.errors import Refusal

Button = discord.ui.Button[discord.ui.View]


def refusal(error: Refusal, *, staffed: bool) -> discord.ui.View:
    """The buttons below a refusal; where there is staff, it can be asked for more."""
    if isinstance(error, QuotaUsedUp | NotEnoughCredits):
        return view(*ways_to_credits(staffed=staffed))
    if isinstance(error, TooManyOnTheWay) and error.whose == "member":
        return view(button("jobs", NO_CODE, "My jobs"))
    return view()


def usage(*, staffed: bool) -> discord.ui.View:
    """The buttons below a member's credits."""
    return view(button("history", NO_CODE, "History"), *_asking(staffed=staffed))


def ways_to_credits(*, staffed: bool) -> list[Button]:
    """The buttons for a member whose credits do not suffice."""
    return [*_asking(staffed=staffed), button("usage", NO_CODE, "My usage")]


def _asking(*, staffed: bool) -> list[Button]:
    return [button("ask", NO_CODE, "Ask for more")] if staffed else []
