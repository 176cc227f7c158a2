"""The steps of `/video-admin setup`: what each asks, and its menus and buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord
from discord import ChannelType

from bot.core.admin.errors import DemoGiven
from bot.core.orders.presets import Presets
from bot.core.rules.quota import Limit
from bot.core.rules.server_settings import Channels, ServerSettings
from bot.core.rules.typed import parse_credits
from bot.discord_app.admin.kit import section_texts
from bot.discord_app.kit.components import NO_CODE, Style, button, identity, view
from bot.discord_app.kit.outgoing import CHOICES_MOST
from bot.discord_app.text import refusals
from bot.discord_app.text.wording import credits_, per_window

FIRST, LAST = 1, 4
AMOUNTS = ("none", "3", "6", "12", "20", "unlimited")
LISTABLE = [
    ChannelType.text,
    ChannelType.news,
    ChannelType.voice,
    ChannelType.forum,
    ChannelType.category,
]
POSTABLE = [ChannelType.text, ChannelType.news]

Item = discord.ui.Item[discord.ui.View]
Menu = discord.ui.Select[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What is set so far; `default` is the limit of everybody without a rule of their own.

    `demo_again_at` is when a server that has had its free clip gets another (Unix seconds).
    """

    settings: ServerSettings
    default: Limit
    presets: Presets
    demo_again_at: float | None = None


def step(number: int, so_far: SetUp, said: str = "") -> tuple[str, discord.ui.View]:
    """One step; `said` tells what the step before has done."""
    number = min(max(number, FIRST), LAST)
    if number == LAST:
        text, items = _summary(so_far)
    else:
        question, now, items = STEPS[number](so_far)
        text = f"**Setup, step {number} of {LAST - 1}.** {question}\nNow: {now}"
    back = [button("setup", str(number - 1), "Back")] if number > FIRST else []
    return f"{said}\n\n{text}".strip(), view(*items, *back)


def _channels(so_far: SetUp) -> tuple[str, str, list[Item]]:
    menu: discord.ui.ChannelSelect[Any] = discord.ui.ChannelSelect(
        custom_id=identity("setplaces", NO_CODE),
        placeholder="Only in these channels and categories",
        channel_types=LISTABLE,
        max_values=CHOICES_MOST,
    )
    its = so_far.settings.channels
    # Where they are open everywhere, that and Keep would be one choice.
    everywhere = [] if its == Channels() else [button("everywhere", NO_CODE, "Everywhere")]
    question = "Where may videos be made?"
    return question, section_texts.channels(its), [menu, *everywhere, _on(2)]


def _log_channel(so_far: SetUp) -> tuple[str, str, list[Item]]:
    menu: discord.ui.ChannelSelect[Any] = discord.ui.ChannelSelect(
        custom_id=identity("setlog", NO_CODE), placeholder="The log channel", channel_types=POSTABLE
    )
    question = "Where does the staff see what admins change and who asks for more?"
    return question, section_texts.log_channel(so_far.settings.log), [menu, _on(3)]


def _credits(so_far: SetUp) -> tuple[str, str, list[Item]]:
    now = per_window(so_far.default)
    options = [
        discord.SelectOption(label=per_window(Limit(parse_credits(amount))), value=amount)
        for amount in AMOUNTS
    ]
    menu: Menu = discord.ui.Select(
        custom_id=identity("setcredits", NO_CODE),
        placeholder="Credits for each member",
        options=options,
    )
    prices = [preset.credits for preset in so_far.presets.presets.values()]
    question = (
        "How many credits has everybody without a rule of their own? "
        f"A video costs {_from_to(min(prices), max(prices))}; longer, finer or with another model, "
        "it may cost more."
    )
    return question, f"{now}.", [menu, _on(4)]


def _from_to(least: int, most: int) -> str:
    return credits_(most) if least == most else f"{least:,} to {credits_(most)}"


def _summary(so_far: SetUp) -> tuple[str, list[Item]]:
    parts = (
        "**This is set.**",
        section_texts.channels(so_far.settings.channels),
        section_texts.log_channel(so_far.settings.log),
        credits_set(so_far.default),
        section_texts.presets(so_far.settings.presets, so_far.presets),
        "`/video-admin` and `/quota-admin` can change all of it, and more.",
        _demo(so_far.demo_again_at),
    )
    demo = button("demo", NO_CODE, "Make a free demo clip", Style.primary)
    return "\n".join(parts), [demo] if so_far.demo_again_at is None else []


def _demo(again_at: float | None) -> str:
    if again_at is None:
        return "A demo clip in this channel shows whether everything works. Its credits are a gift."
    return refusals.sentence(DemoGiven(again_at))


STEPS = {1: _channels, 2: _log_channel, 3: _credits}


def log_set(channel_id: int) -> str:
    """The log channel was chosen."""
    return f"The log channel is <#{channel_id}>."


def credits_set(limit: Limit) -> str:
    """What everybody without a rule of their own has."""
    return f"Everyone: {per_window(limit)}."


def _on(number: int) -> Item:
    """To the next step, with what this one shows as it is now."""
    return button("setup", str(number), "Keep")
