"""The log of changes: its pages, and Undo in them and in the log channel."""

from __future__ import annotations

from typing import Any

import discord
import structlog

from bot.core.admin.changes import By, Entry
from bot.core.admin.configuration import Kind
from bot.core.admin.errors import AlreadyUndone, NoSuchEntry
from bot.discord_app.admin.log import log_list, log_texts
from bot.discord_app.kit import access, context
from bot.discord_app.kit.components import Style, button, chosen, view
from bot.discord_app.kit.replies import rewrite, whisper
from bot.discord_app.kit.services import Actions, services_of

log = structlog.get_logger(__name__)

App = discord.Interaction[Any]

COMMAND = "quota-admin"
ID_LENGTH = 18


async def show(interaction: App) -> None:
    """Answer with the newest changes."""
    embed, buttons = log_list.page(await _newest(interaction), 0)
    await whisper(interaction, embed=embed, view=buttons if buttons.children else None)


def posted(found: Entry) -> tuple[str, discord.ui.View]:
    """A change as the log channel shows it."""
    undo = [button("undo", str(found.id), "Undo", Style.secondary)] if found.can_undo else []
    return log_texts.entry(found), view(*undo)


async def _page(interaction: App, code: str) -> None:
    await access.require_admin(interaction, COMMAND)
    await _show_page(interaction, _number(code))


async def _pick(interaction: App, code: str) -> None:
    """Undo what was chosen from a page, and show the page as it is then."""
    await access.require_admin(interaction, COMMAND)
    said = await _undo(interaction, _number(next(iter(chosen(interaction)), "")))
    await _show_page(interaction, _number(code))
    await whisper(interaction, said)


async def _press(interaction: App, code: str) -> None:
    """Undo what a message in the log channel tells of, and let the message say so."""
    await access.require_admin(interaction, COMMAND)
    entry_id = _number(code)
    try:
        said = await _undo(interaction, entry_id)
    except AlreadyUndone:
        await _show_undone(interaction, entry_id)
        raise
    await _show_undone(interaction, entry_id)
    await whisper(interaction, said)


async def _undo(interaction: App, entry_id: int) -> str:
    """Take a change back, and say what is so now."""
    admin, guild_id = services_of(interaction).admin, _guild_id(interaction)
    found = await admin.entry(guild_id, entry_id)
    await access.require_right_to_set(interaction, found.after)
    made = await admin.undo(guild_id, entry_id, By(interaction.user.id))
    log.info("log.undone", server=guild_id, entry=entry_id, by=interaction.user.id)
    grants = [key.subject for key in made.after if key.kind is Kind.GRANT]
    left = await admin.taken_back(guild_id, grants[0]) if grants else 0
    return log_texts.undone(made, left)


async def _show_undone(interaction: App, entry_id: int) -> None:
    found = await services_of(interaction).admin.entry(_guild_id(interaction), entry_id)
    content, buttons = posted(found)
    await rewrite(interaction, content, view=buttons)


async def _show_page(interaction: App, number: int) -> None:
    embed, buttons = log_list.page(await _newest(interaction), number)
    await rewrite(interaction, embed=embed, view=buttons)


async def _newest(interaction: App) -> list[Entry]:
    return await services_of(interaction).admin.log(_guild_id(interaction))


def _guild_id(interaction: App) -> int:
    return context.member_of(interaction).guild_id


def _number(code: str) -> int:
    """A number from an identity, which anybody may have made up.

    Raises:
        NoSuchEntry: It is none.
    """
    if not (code.isascii() and code.isdecimal() and len(code) <= ID_LENGTH):
        raise NoSuchEntry
    return int(code)


ACTIONS: Actions = {"undo": _press, "pick": _pick, "log": _page}
