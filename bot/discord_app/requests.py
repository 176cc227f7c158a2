"""Members ask for more credits: the form, the card in the log channel, and its buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord
import structlog

from bot.discord_app import access, preflight, request_texts, texts
from bot.discord_app.cards import NO_CODE, Style, button, identity, view
from bot.discord_app.publisher import translated
from bot.discord_app.replies import whisper
from bot.discord_app.services import Actions, services_of
from bot.discord_app.trouble import DISCORD_TROUBLE
from bot.errors import AlreadyAnswered, NoStaffChannel, PostRefused, PostTrouble
from bot.jobs.admin_ports import Request
from bot.jobs.audit import By, Entry

log = structlog.get_logger(__name__)

App = discord.Interaction[Any]

COMMAND = "quota-admin"
GIFTS = (2, 5, 10)
ANSWER = re.compile(r"(?P<request>[0-9]{1,18})x(?P<amount>[0-9]{1,3})")
FIELD = "why"


async def show_form(interaction: App) -> None:
    """Let a member say why they need more.

    Raises:
        AskedBefore, NoStaffChannel
    """
    guild_id = preflight.our_server(interaction)
    if guild_id is None:
        await whisper(interaction, request_texts.NOT_HERE)
        return
    await services_of(interaction).asking.check(guild_id, interaction.user.id)
    await interaction.response.send_modal(_form())


def _form() -> discord.ui.Modal:
    """A form that the library need not remember: its submit is found by its identity."""
    made = discord.ui.Modal(title=request_texts.TITLE, custom_id=identity("asked", NO_CODE))
    least, most = request_texts.WHY_LEAST, request_texts.WHY_MOST
    field: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
        custom_id=FIELD, style=discord.TextStyle.paragraph, min_length=least, max_length=most
    )
    made.add_item(
        discord.ui.Label(
            text=request_texts.WHY, description=request_texts.WHO_SEES, component=field
        )
    )
    made.stop()
    return made


async def _ask(interaction: App, _code: str) -> None:
    await show_form(interaction)


async def _asked(interaction: App, _code: str) -> None:
    """Keep what was typed, and show it to the staff."""
    text = _typed(interaction)
    if not request_texts.WHY_LEAST <= len(text) <= request_texts.WHY_MOST:
        await whisper(interaction, request_texts.WRONG_LENGTH)
        return
    if preflight.our_server(interaction) is None:
        await whisper(interaction, request_texts.NOT_HERE)
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    shown = await _show_to_staff(interaction, text)
    await whisper(interaction, request_texts.ASKED if shown else request_texts.NOT_SHOWN)


def _typed(interaction: App) -> str:
    data: Any = interaction.data or {}
    values = [field["value"] for field in _fields(data.get("components", ()))]
    return str(values[0]).strip() if values else ""


def _fields(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        if component.get("custom_id") == FIELD and "value" in component:
            yield component
        inner = component.get("component")
        yield from _fields([inner] if inner else component.get("components", ()))


async def _show_to_staff(interaction: App, text: str) -> bool:
    """Post the card; a request that the channel does not take is forgotten."""
    services, member = services_of(interaction), preflight.member_of(interaction)
    standing = await services.jobs.standing(member)
    if standing.settings.log is None:
        raise NoStaffChannel
    record = await services.asking.record(member.guild_id, member.user_id)
    request = await services.asking.ask(member.guild_id, member.user_id, text)
    channel_id = standing.settings.log.channel_id
    channel = interaction.client.get_partial_messageable(channel_id, guild_id=member.guild_id)
    content = request_texts.card(request, record, standing)
    try:
        with translated(PostRefused):
            card = await channel.send(content, view=_choices(request), nonce=f"q{request.id}")
    except (PostRefused, PostTrouble) as error:
        log.warning("request.not_shown", server=member.guild_id, error=str(error))
        await services.asking.drop_request(request)
        return False
    await services.asking.request_posted(request, channel_id, card.id)
    return True


def _choices(request: Request) -> discord.ui.View:
    gifts = [button("give", f"{request.id}x{n}", f"+{n}", Style.success) for n in GIFTS]
    return view(*gifts, button("give", f"{request.id}x0", "No"))


async def _give(interaction: App, code: str) -> None:
    """Answer a request, once; the member hears of it."""
    await access.require_admin(interaction, COMMAND)
    server = preflight.server_here(interaction)
    match = ANSWER.fullmatch(code)
    if match is None or int(match["amount"]) not in (0, *GIFTS):
        await whisper(interaction, texts.OLD_BUTTON)
        return
    asking, amount = services_of(interaction).asking, int(match["amount"])
    request = await asking.asked(server.id, int(match["request"]))
    by = By(interaction.user.id, request_texts.REASON)
    try:
        entry = await asking.answer(request, amount, by)
    except AlreadyAnswered as refusal:
        request = await asking.asked(server.id, request.id)
        said = request_texts.answered(request, refusal.by, request.credits or 0)
        await _close(interaction, said)
        raise
    until = _end_of(entry)
    await _close(interaction, request_texts.answered(request, by.admin_id, amount, until))
    await _tell(interaction, request, request_texts.told(server.name, amount, until))


def _end_of(entry: Entry | None) -> float | None:
    """When the credits that were given expire."""
    granted = [item for item in entry.after.values() if item] if entry else []
    return granted[0]["until"] if granted else None


async def _close(interaction: App, content: str) -> None:
    """Take the buttons off the card. The answer is kept, whether or not this succeeds."""
    try:
        await interaction.response.edit_message(content=content, view=None)
    except DISCORD_TROUBLE as error:
        log.warning("request.card_kept", interaction=interaction.id, error=str(error))


async def _tell(interaction: App, request: Request, content: str) -> None:
    """By direct message, if the member takes any."""
    try:
        channel = await interaction.client.create_dm(discord.Object(request.user_id))
        await channel.send(content)
    except DISCORD_TROUBLE as error:
        log.info("request.member_not_told", request=request.id, error=str(error))


ACTIONS: Actions = {"ask": _ask, "asked": _asked, "give": _give}
