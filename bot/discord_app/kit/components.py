"""Buttons, menus and views that are found by their identity, whichever process made them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import discord

IDENTITY = re.compile(r"vb1:(?P<action>[a-z]{1,12}):(?P<code>[0-9A-Za-z_.-]{1,91})")
BUTTONS_MOST = 25
NO_CODE = "0"

Style = discord.ButtonStyle


def identity(action: str, code: str) -> str:
    """What a button, menu or form does, in its custom id, so that it outlives this process."""
    return f"vb1:{action}:{code}"


def button(
    action: str, code: str, label: str, style: Style = Style.secondary
) -> discord.ui.Button[discord.ui.View]:
    """A button that is found by its identity."""
    return discord.ui.Button(label=label, style=style, custom_id=identity(action, code))


def view(*items: discord.ui.Item[discord.ui.View]) -> discord.ui.View:
    """Buttons and menus as a view that the library need not remember: their identity finds them."""
    made = discord.ui.View(timeout=None)
    for item in items[:BUTTONS_MOST]:
        made.add_item(item)
    made.stop()
    return made


def chosen(interaction: discord.Interaction[Any]) -> list[str]:
    """What was chosen in the menu, which Discord does not check for us."""
    data: Any = interaction.data or {}
    return [str(value) for value in data.get("values") or ()]


def actions(message: discord.Message, code: str) -> Iterator[str]:
    """What the buttons of a message that belong to `code` do."""
    for row in message.components:
        for item in row.children if isinstance(row, discord.ActionRow) else ():
            match = IDENTITY.fullmatch(item.custom_id or "")
            if match and match["code"] == code:
                yield match["action"]
