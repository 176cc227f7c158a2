"""What the buttons of `/quota-admin` do: pages of rules, and questions before great changes."""

from __future__ import annotations

from typing import Any

import discord

from bot.core.admin.changes import EVERYONE, By
from bot.core.admin.configuration import Key, Kind, Wanted
from bot.discord_app.admin.rules import people_texts, rule_list
from bot.discord_app.admin.rules.rule_list import Listing
from bot.discord_app.kit import access, context, subjects
from bot.discord_app.kit.components import NO_CODE, Style, button, view
from bot.discord_app.kit.replies import rewrite, take_time, whisper
from bot.discord_app.kit.services import Actions, services_of

App = discord.Interaction[Any]

COMMAND = "quota-admin"


async def show_rules(interaction: App) -> None:
    """Answer with the first page of all rules."""
    embed, buttons = rule_list.page(await _listing(interaction), 0)
    await whisper(interaction, embed=embed, view=buttons if buttons.children else None)


async def ask_reset(interaction: App) -> None:
    """Ask before everybody's window starts anew; the button knows what the log was like."""
    services, guild_id = services_of(interaction), context.member_of(interaction).guild_id
    await take_time(interaction)  # a large server is counted
    newest = await services.admin.newest(guild_id)
    count = await services.admin.spenders(guild_id)
    if not count:
        await whisper(interaction, people_texts.nobody_spent())
        return
    yes = button("resetall", str(newest), "Yes", Style.danger)
    no = button("resetnone", NO_CODE, "No")
    await whisper(interaction, people_texts.ask_reset(count), view=view(yes, no))


async def _reset_all(interaction: App, code: str) -> None:
    await access.require_admin(interaction, COMMAND)
    services, admin = services_of(interaction), context.member_of(interaction)
    await take_time(interaction, rewriting=True)
    count = await services.admin.spenders(admin.guild_id)
    await services.admin.reset(admin.guild_id, EVERYONE, By(admin.user_id), _number(code))
    await rewrite(interaction, people_texts.all_reset(count), view=None)


async def _reset_none(interaction: App, _code: str) -> None:
    await access.require_admin(interaction, COMMAND)
    await rewrite(interaction, people_texts.KEPT, view=None)


async def _page(interaction: App, code: str) -> None:
    await access.require_admin(interaction, COMMAND)
    await _show_page(interaction, _number(code))


async def _clear_old_roles(interaction: App, code: str) -> None:
    """Clear them in one change, so that one undo brings them back."""
    await access.require_admin(interaction, COMMAND)
    services, admin = services_of(interaction), context.member_of(interaction)
    deleted = (await _listing(interaction)).deleted
    gone: Wanted = {Key(Kind.ROLE, role_id): None for role_id in deleted}
    await services.admin.change(admin.guild_id, gone, By(admin.user_id))
    await _show_page(interaction, _number(code))
    await whisper(interaction, rule_list.cleared(len(deleted)))


async def _show_page(interaction: App, number: int) -> None:
    embed, buttons = rule_list.page(await _listing(interaction), number)
    await rewrite(interaction, embed=embed, view=buttons)


async def _listing(interaction: App) -> Listing:
    services, guild_id = services_of(interaction), context.member_of(interaction).guild_id
    config = await services.admin.config(guild_id)
    return Listing(
        config=config,
        operator=services.admin.operator,
        deleted=frozenset(
            rule.subject_id
            for rule in config.rules(Kind.ROLE)
            if subjects.is_deleted_role(interaction, rule)
        ),
        now=services.clock.now(),
    )


def _number(code: str) -> int:
    """A page from a custom id, which anybody may have written."""
    return int(code) if code.isascii() and code.isdecimal() else 0


ACTIONS: Actions = {
    "rules": _page,
    "oldroles": _clear_old_roles,
    "resetall": _reset_all,
    "resetnone": _reset_none,
}
