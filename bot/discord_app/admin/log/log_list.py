"""The log of changes as pages, each with a menu of what can be undone."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.core.admin.changes import Entry
from bot.discord_app.admin.log import log_texts
from bot.discord_app.kit.components import button, identity, view

LINES = 10


def page(entries: Sequence[Entry], number: int) -> tuple[discord.Embed, discord.ui.View]:
    """One page, the first being 0, with buttons to the others; the last one if it has shrunk."""
    pages = [entries[start : start + LINES] for start in range(0, len(entries), LINES)] or [()]
    number = max(0, min(number, len(pages) - 1))
    numbered = list(enumerate(pages[number], number * LINES + 1))
    lines = [f"{rank}. {log_texts.line(found)}" for rank, found in numbered]
    embed = discord.Embed(title="Changes", description="\n".join(lines) or log_texts.NOTHING)
    if len(pages) > 1:
        embed.set_footer(text=f"Page {number + 1} of {len(pages)}")
    items: list[discord.ui.Item[discord.ui.View]] = []
    undoable = [(rank, found) for rank, found in numbered if found.can_undo]
    if undoable:
        items.append(_menu(undoable, number))
    if number:
        items.append(button("log", str(number - 1), "◀ Newer"))
    if number < len(pages) - 1:
        items.append(button("log", str(number + 1), "Older ▶"))
    return embed, view(*items)


def _menu(undoable: list[tuple[int, Entry]], number: int) -> discord.ui.Select[discord.ui.View]:
    options = [
        discord.SelectOption(label=f"{rank} · {log_texts.kind(found)}", value=str(found.id))
        for rank, found in undoable
    ]
    return discord.ui.Select(
        custom_id=identity("pick", str(number)), placeholder="Undo which?", options=options
    )
