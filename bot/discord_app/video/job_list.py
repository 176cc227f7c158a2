"""A member's jobs as pages, with buttons to the others and for what can still be done.

What is looked for is in the identity of the buttons, so that they work after a restart:
`<older|newer>.<job>.<group>.<word>`, the word as base64.
"""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from typing import Any

import discord

from bot.core.jobs.codes import code_of, id_of
from bot.core.jobs.finding import Edge, Group, Page, Wanted
from bot.core.orders.cleaning import clean
from bot.core.orders.presets import pick
from bot.discord_app.kit import context
from bot.discord_app.kit.components import button, view
from bot.discord_app.kit.replies import rewrite, whisper
from bot.discord_app.kit.services import Actions, services_of
from bot.discord_app.text import refusals
from bot.discord_app.text.wording import dotted, quote
from bot.discord_app.video import cards, result_texts

App = discord.Interaction[Any]

WORD_MOST = 48
"""Bytes of a word that is looked for; with all else, an identity has room for 51."""
LAST_ROW = 4
NAMES = {
    Group.ON_THE_WAY: "On the way",
    Group.READY: "Ready",
    Group.NOT_MADE: "No video came",
    Group.KEPT: "Kept for you",
    Group.DELETED: "Deleted",
}
NONE_YET = "You have not ordered any videos here yet. Try `/video`."
NONE_SUCH = "None of your videos here is like that."
_ANY_GROUP = "any"


async def show(interaction: App, word: str, group: str | None) -> None:
    """Answer with the newest of the asker's jobs that are looked for."""
    groups = {one.value: one for one in Group}
    wanted = Wanted(_short(clean(word)), pick("state", groups, group) if group else None)
    found = await services_of(interaction).jobs.page(context.member_of(interaction), wanted)
    embed, buttons = page(found, wanted)
    await whisper(interaction, embed=embed, view=buttons if buttons.children else None)


async def _jobs(interaction: App, _code: str) -> None:
    await show(interaction, "", None)


async def _turn(interaction: App, code: str) -> None:
    """Show another page in place of the one with the button; whose jobs, is who presses."""
    read = _read(code)
    if read is None:
        await whisper(interaction, refusals.OLD_BUTTON)
        return
    wanted, edge = read
    found = await services_of(interaction).jobs.page(context.member_of(interaction), wanted, edge)
    embed, buttons = page(found, wanted)
    await rewrite(interaction, embed=embed, view=buttons)


def page(found: Page, wanted: Wanted) -> tuple[discord.Embed, discord.ui.View]:
    """Jobs, one line each, with a button for each that can still be changed or fetched."""
    looked_for = dotted(NAMES[wanted.group] if wanted.group else "", quote(wanted.word))
    embed = discord.Embed(
        title=dotted("Your videos", looked_for),
        description="\n".join(map(result_texts.list_line, found.jobs))
        or (NONE_SUCH if looked_for else NONE_YET),
    )
    items = [item for job in found.jobs for item in cards.list_buttons(job)]
    if found.newer:
        items.append(_to(Edge(found.jobs[0].id, newer=True), wanted, "◀ Previous"))
    if found.older:
        items.append(_to(Edge(found.jobs[-1].id), wanted, "Next ▶"))
    return embed, view(*items)


def _to(edge: Edge, wanted: Wanted, label: str) -> discord.ui.Button[discord.ui.View]:
    side = "newer" if edge.newer else "older"
    word = base64.urlsafe_b64encode(wanted.word.encode()).decode().rstrip("=")
    code = f"{side}.{code_of(edge.job_id)}.{wanted.group or _ANY_GROUP}.{word}"
    made = button("page", code, label)
    made.row = LAST_ROW
    return made


def _read(code: str) -> tuple[Wanted, Edge] | None:
    """What a button looks for, and beyond which job; None if none of ours says so."""
    with suppress(ValueError, binascii.Error):
        side, job, group, word = code.split(".")
        job_id = id_of(job)
        if job_id is not None and side in {"newer", "older"}:
            text = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode()
            wanted = Wanted(_short(clean(text)), None if group == _ANY_GROUP else Group(group))
            return wanted, Edge(job_id, newer=side == "newer")
    return None


def _short(word: str) -> str:
    """As much of a word as an identity has room for; whatever has all of it has that too."""
    return word.encode()[:WORD_MOST].decode(errors="ignore")


ACTIONS: Actions = {"jobs": _jobs, "page": _turn}
