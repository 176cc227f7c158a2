"""Forms that are found by their identity, whichever process opened them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import discord

from bot.discord_app.kit import in_time
from bot.discord_app.kit.components import Style, button, identity, view
from bot.discord_app.kit.outgoing import CHOICE_MOST, CHOICES_MOST
from bot.discord_app.kit.replies import whisper
from bot.discord_app.text.cutting import cut

App = discord.Interaction[Any]
Form = discord.ui.Modal
Field = discord.ui.Label[Form]

TITLE_MOST, LABEL_MOST = 45, 45
TOO_SLOW = "That took me a while. Please press the button to open the form."


def form(action: str, code: str, title: str, *fields: Field) -> Form:
    """A form that the library need not remember: its identity finds who takes what is typed."""
    made = Form(title=cut(title, TITLE_MOST), custom_id=identity(action, code))
    for field in fields:
        made.add_item(field)
    made.stop()
    return made


def text(
    name: str,
    label: str,
    value: str = "",
    *,
    hint: str | None = None,
    least: int = 0,
    most: int,
    long: bool = False,
) -> Field:
    """A field to type in, of `least` to `most` characters; with 0 it may stay empty."""
    typed: discord.ui.TextInput[Form] = discord.ui.TextInput(
        custom_id=name,
        style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
        default=value[:most] or None,
        required=least > 0,
        min_length=least or None,
        max_length=most,
    )
    return discord.ui.Label(text=cut(label, LABEL_MOST), description=hint, component=typed)


def choice(
    name: str,
    label: str,
    options: Iterable[tuple[str, str]],
    chosen: str,
    *,
    hint: str | None = None,
) -> Field:
    """A menu of at most 25 options, by label and value, of which one is to be chosen."""
    listed = [
        discord.SelectOption(label=cut(shown, CHOICE_MOST), value=value, default=value == chosen)
        for shown, value in islice(options, CHOICES_MOST)
    ]
    menu: discord.ui.Select[Form] = discord.ui.Select(custom_id=name, options=listed, required=True)
    return discord.ui.Label(text=cut(label, LABEL_MOST), description=hint, component=menu)


async def show(interaction: App, made: Form, *, again: tuple[str, str, str]) -> None:
    """Answer with a form; no form can follow a promise, but a button that opens it.

    `again` are that button's action, code and label.

    Raises:
        discord.HTTPException: Discord did not take it.
    """
    async with in_time.answering(interaction) as first:
        if first:
            await interaction.response.send_modal(made)
            return
    await whisper(interaction, TOO_SLOW, view=view(button(*again, Style.primary)))


def typed(interaction: App) -> dict[str, str]:
    """What was typed or chosen, by the names of the fields; an empty field is empty text."""
    data: Any = interaction.data or {}
    return dict(_values(data.get("components", ())))


def _values(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for component in components:
        name = component.get("custom_id")
        if name and "value" in component:
            yield name, str(component["value"] or "")
        elif name and "values" in component:
            yield name, str(next(iter(component["values"]), ""))
        inner = component.get("component")
        yield from _values([inner] if inner else component.get("components", ()))
