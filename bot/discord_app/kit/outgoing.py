"""The one door for texts on their way to Discord: as much of each as it takes.

Discord answers with nothing but an error where one sign is too many, so what we show is cut rather
than lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import discord
from discord import app_commands

from bot.discord_app.text.cutting import cut

TITLE_MOST, DESCRIPTION_MOST, FOOTER_MOST, EMBED_MOST = 256, 4096, 2048, 6000
LABEL_MOST, PLACEHOLDER_MOST = 80, 150
CHOICES_MOST, CHOICE_MOST = 25, 100
"""Choices of an option or a menu, and characters of the name, the value and the note of one."""

T = TypeVar("T", str, int, float)


def fitted(**parts: Any) -> dict[str, Any]:
    """The parts of a message, each as long as Discord takes it; None stays None."""
    if parts.get("content"):
        parts["content"] = cut(parts["content"])
    if parts.get("embed"):
        _fit_embed(parts["embed"])
    if parts.get("view"):
        _fit_view(parts["view"])
    return parts


def choices(named: Iterable[tuple[str, T]]) -> list[app_commands.Choice[T]]:
    """The first choices, by name and value. One whose value is too long cannot be offered."""
    found = [
        app_commands.Choice(name=cut(name, CHOICE_MOST), value=value)
        for name, value in named
        if not isinstance(value, str) or len(value) <= CHOICE_MOST
    ]
    return found[:CHOICES_MOST]


def _fit_embed(embed: discord.Embed) -> None:
    title, footer = cut(embed.title or "", TITLE_MOST), cut(embed.footer.text or "", FOOTER_MOST)
    room = min(DESCRIPTION_MOST, EMBED_MOST - len(title) - len(footer))
    embed.title, embed.description = title or None, cut(embed.description or "", room)
    if footer:
        embed.set_footer(text=footer)


def _fit_view(view: discord.ui.View) -> None:
    for item in view.children:
        if isinstance(item, discord.ui.Button) and item.label:
            item.label = cut(item.label, LABEL_MOST)
        elif isinstance(item, discord.ui.Select):
            item.placeholder = cut(item.placeholder or "", PLACEHOLDER_MOST) or None
            item.options = item.options[:CHOICES_MOST]
            for option in item.options:
                option.label = cut(option.label, CHOICE_MOST)
                option.description = cut(option.description or "", CHOICE_MOST) or None
