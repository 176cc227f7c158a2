"""The buttons that help after a refusal: other ways to a video, and to credits."""

from __future__ import annotations

import discord

from bot.core.jobs.errors import MadeBefore
from bot.core.rules.errors import CreditRefusal, PriceNotAgreed, ServerUsedUp, TooManyOnTheWay
from bot.discord_app.kit import context
from bot.discord_app.kit.components import NO_CODE, Style, button, view
from bot.discord_app.kit.context import App
from bot.discord_app.text.wording import credits_
from bot.errors import Refusal

Button = discord.ui.Button[discord.ui.View]


def refusal(interaction: App, error: Refusal, kept: str = "") -> discord.ui.View:
    """The buttons below a refusal; `kept` is the key of the order that its offer would make."""
    if isinstance(error, CreditRefusal):
        use = f"Use {error.offers.preset}"[:80]
        items = [button("use", kept, use, Style.primary)] if kept else []
        items += _asking(interaction, error.offers.staff_channel)
        own = not isinstance(error, ServerUsedUp)
        return view(*items, *([button("usage", NO_CODE, "My usage")] if own else []))
    if isinstance(error, MadeBefore) and kept:
        again = button("use", kept, f"Make it again for {credits_(error.cost)}")
        get = button("fetch", error.code, "Get the video", Style.primary)
        return view(*([get] if error.ready else []), again)
    if isinstance(error, PriceNotAgreed) and kept:
        return view(button("use", kept, f"Make it for {credits_(error.cost)}", Style.primary))
    if isinstance(error, TooManyOnTheWay) and error.whose == "member":
        return view(button("jobs", NO_CODE, "My jobs"))
    return view()


def usage(interaction: App, staff_channel: int | None) -> discord.ui.View:
    """The buttons below a member's credits."""
    return view(button("history", NO_CODE, "History"), *_asking(interaction, staff_channel))


def may_show(guild: discord.Guild, channel_id: int) -> bool:
    """Whether the bot may post in a channel, or does not know better.

    Of an archived thread nothing is known, and a message reopens it.
    """
    there = guild.get_channel_or_thread(channel_id)
    return there is None or not context.missing_in(guild, channel_id)


def _asking(interaction: App, staff_channel: int | None) -> list[Button]:
    """A button to ask for more, where the staff would see it."""
    guild = interaction.client.get_guild(context.our_server(interaction) or 0)
    if guild is None or staff_channel is None or not may_show(guild, staff_channel):
        return []
    return [button("ask", NO_CODE, "Ask for more")]
