"""Members ask for more credits: the form, the card that staff sees, and its buttons."""

from __future__ import annotations

import re
from typing import Any

import discord
import structlog

from bot.core.admin.changes import By, Entry
from bot.core.admin.configuration import Granted
from bot.core.admin.errors import AlreadyAnswered
from bot.core.admin.request_ports import Record, Request
from bot.core.orders.cleaning import clean
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Standing
from bot.discord_app.kit import access, context, forms, offers
from bot.discord_app.kit.components import NO_CODE, Style, button, view
from bot.discord_app.kit.outgoing import fitted
from bot.discord_app.kit.replies import rewrite, whisper
from bot.discord_app.kit.services import Actions, services_of
from bot.discord_app.kit.trouble import DISCORD_TROUBLE
from bot.discord_app.requests import request_texts
from bot.discord_app.text import refusals

log = structlog.get_logger(__name__)

App = discord.Interaction[Any]

COMMAND = "quota-admin"
GIFTS = (2, 5, 10)
ANSWER = re.compile(r"(?P<request>[0-9]{1,18})x(?P<amount>[0-9]{1,3})")
FIELD = "why"


async def show_form(interaction: App) -> None:
    """Let a member say why they need more.

    Raises:
        Refusal: They may not ask.
    """
    if context.our_server(interaction) is None:
        await whisper(interaction, request_texts.NOT_HERE)
        return
    account = context.member_of(interaction).account
    channel_id = await services_of(interaction).asking.check(account)
    guild = context.server_here(interaction)
    if not offers.may_show(guild, channel_id):
        await whisper(interaction, request_texts.CLOSED)
        return
    await forms.show(interaction, _form(), again=("ask", NO_CODE, "Ask"))


def _form() -> forms.Form:
    least, most = request_texts.WHY_LEAST, request_texts.WHY_MOST
    hint = request_texts.WHO_SEES
    why = forms.text(FIELD, request_texts.WHY, hint=hint, least=least, most=most, long=True)
    return forms.form("asked", NO_CODE, request_texts.TITLE, why)


async def _ask(interaction: App, _code: str) -> None:
    await show_form(interaction)


async def _asked(interaction: App, _code: str) -> None:
    """Keep what was typed, for the loop to show it to the staff."""
    text = clean(forms.typed(interaction).get(FIELD, ""))
    if not request_texts.WHY_LEAST <= len(text) <= request_texts.WHY_MOST:
        await whisper(interaction, request_texts.WRONG_LENGTH)
        return
    if context.our_server(interaction) is None:
        await whisper(interaction, request_texts.NOT_HERE)
        return
    await services_of(interaction).asking.ask(context.member_of(interaction).account, text)
    await whisper(interaction, request_texts.ASKED)


def card(request: Request, record: Record, standing: Standing) -> tuple[str, discord.ui.View]:
    """A request as the staff sees it, with buttons that answer it."""
    gifts = [button("give", f"{request.id}x{n}", f"+{n}", Style.success) for n in GIFTS]
    content = request_texts.card(request, record, standing)
    return content, view(*gifts, button("give", f"{request.id}x0", "No"))


async def _give(interaction: App, code: str) -> None:
    """Answer a request, once; the member hears of it."""
    await access.require_admin(interaction, COMMAND)
    server = context.server_here(interaction)
    match = ANSWER.fullmatch(code)
    if match is None or int(match["amount"]) not in (0, *GIFTS):
        await whisper(interaction, refusals.OLD_ADMIN_BUTTON)
        return
    asking, amount = services_of(interaction).asking, int(match["amount"])
    request = await asking.asked(server.id, int(match["request"]))
    by = By(interaction.user.id, cause=Cause.REQUEST)
    try:
        entry = await asking.answer(request, amount, by)
    except AlreadyAnswered as refusal:
        request = await asking.asked(server.id, request.id)
        said = request_texts.answered(request, refusal.by, request.credits or 0)
        await _close(interaction, said)
        raise
    until = _end_of(entry)
    await _close(interaction, request_texts.answered(request, by.admin_id, amount, until))
    await tell(interaction.client, request, request_texts.told(server.name, amount, until))


def _end_of(entry: Entry | None) -> float | None:
    """When the credits that were given expire."""
    given = [item for item in entry.after.values() if isinstance(item, Granted)] if entry else []
    return given[0].until if given else None


async def _close(interaction: App, content: str) -> None:
    """Take the buttons off the card. The answer is kept, whether or not this succeeds."""
    try:
        await rewrite(interaction, content, view=None)
    except DISCORD_TROUBLE as error:
        log.warning("request.card_kept", interaction=interaction.id, error=str(error))


async def tell(client: discord.Client, request: Request, content: str) -> None:
    """Tell a member by direct message, if they take any."""
    try:
        channel = await client.create_dm(discord.Object(request.account.user_id))
        await channel.send(**fitted(content=content), suppress_embeds=True)
    except DISCORD_TROUBLE as error:
        log.info("request.member_not_told", request=request.id, error=str(error))


ACTIONS: Actions = {"ask": _ask, "asked": _asked, "give": _give}
