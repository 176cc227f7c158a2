"""Every button, menu and form of ours: found by its identity, whichever process posted it."""

from __future__ import annotations

import re
from typing import Any

import discord

from bot.discord_app.admin.exchange import importing
from bot.discord_app.admin.log import log_buttons
from bot.discord_app.admin.report import report_buttons
from bot.discord_app.admin.rules import rule_buttons
from bot.discord_app.admin.setup import setup_buttons
from bot.discord_app.kit import gate, in_time
from bot.discord_app.kit.components import IDENTITY
from bot.discord_app.kit.replies import report, whisper
from bot.discord_app.kit.services import Actions
from bot.discord_app.preferences import preference_menu
from bot.discord_app.privacy import privacy_buttons
from bot.discord_app.quota import answers
from bot.discord_app.requests import asking
from bot.discord_app.text import refusals
from bot.discord_app.video import job_list, member_buttons, picture_menu

App = discord.Interaction[Any]
Item = discord.ui.Item[discord.ui.View]

OWN: Actions = member_buttons.OWN | job_list.ACTIONS | privacy_buttons.ACTIONS
"""What concerns a person's own videos and words, which they may see and end in any case."""
ACTIONS: Actions = (
    OWN
    | member_buttons.ORDERS
    | picture_menu.ACTIONS
    | log_buttons.ACTIONS
    | preference_menu.ACTIONS
    | answers.ACTIONS
    | importing.ACTIONS
    | report_buttons.ACTIONS
    | asking.ACTIONS
    | rule_buttons.ACTIONS
    | setup_buttons.ACTIONS
)


class ActionItem(discord.ui.DynamicItem[Item], template=IDENTITY):
    """A pressed button, or a menu chosen from, rebuilt from its identity alone."""

    def __init__(self, item: Item, action: str, code: str) -> None:
        super().__init__(item)
        self._action = action
        self._code = code

    @classmethod
    async def from_custom_id(
        cls, _interaction: App, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> ActionItem:
        """See the library."""
        return cls(item, match["action"], match["code"])

    async def callback(self, interaction: App) -> None:
        """Do what the button says."""
        await act(interaction, self._action, self._code)


async def act(interaction: App, action: str, code: str) -> None:
    """Do what an identity says; the library would swallow what is raised here."""
    handler = ACTIONS.get(action)
    if not in_time.begin(interaction):
        return
    try:
        if not await gate.is_open(interaction, own=action in OWN):
            return
        if handler is None:
            await whisper(interaction, refusals.OLD_BUTTON)
        else:
            await handler(interaction, code)
    except Exception as error:  # noqa: BLE001 - nothing above this would answer
        await report(interaction, error)
