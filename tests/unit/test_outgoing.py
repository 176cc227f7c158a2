"""What goes to Discord passes one door, which counts as Discord counts and cuts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import discord
import pytest

import bot
from bot.discord_app.kit.components import button, view
from bot.discord_app.kit.outgoing import choices, fitted
from bot.discord_app.text.cutting import cut

PRODUCT = Path(bot.__file__).parent.parent
WAVE = "👋🏽"
FAMILY = "👨\u200d👩\u200d👧"
LINK = "[K7Q4](https://discord.com/channels/1/2/3)"


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("a boat", 6, "a boat"),
        ("a boat", 5, "a bo…"),
        ("a boat", 3, "a…"),
        ("🚤🚤🚤", 3, "🚤🚤🚤"),  # each is one character for Discord, though two of UTF-16
        ("🚤🚤🚤🚤", 3, "🚤🚤…"),
        ("one\ntwo\nthree", 9, "one\ntwo\n…"),
        ("one\ntwo three four", 14, "one\ntwo three…"),  # half of it would go with the line
        ("ab\\*cd", 4, "ab…"),
        ("ab\\\\cd", 5, "ab\\\\…"),
        ("hi <@123456>!", 9, "hi…"),
        ("at <t:1800000000:R>", 12, "at…"),
        (f"see {LINK} now", 20, "see…"),
        (f"see {LINK} now", 7, "see…"),
        ("a \\[b] boat here", 9, "a \\[b] b…"),
        (f"hi {WAVE}!", 5, "hi…"),
        (f"hi {FAMILY}!", 6, "hi…"),
        (f"hi {FAMILY}{FAMILY}", 9, f"hi {FAMILY}…"),
        ("cafe\u0301s", 5, "caf…"),
        ("e" + "\u0301" * 50, 20, "…"),
    ],
)
def test_a_text_is_cut_where_it_hurts_least(text: str, most: int, shown: str) -> None:
    assert cut(text, most) == shown
    assert len(shown) <= most


@pytest.mark.parametrize("most", [1, 2, 50, 700, 2000])
def test_no_cut_is_longer_than_it_may_be(most: int) -> None:
    for text in ("x" * 5000, "x\n" * 5000, "\\" * 5000, "<" * 5000, "[" * 5000, FAMILY * 1000):
        assert len(cut(text, most)) <= most


def test_every_part_of_a_message_fits() -> None:
    options = [
        discord.SelectOption(label="l" * 150, value=str(number), description="d" * 150)
        for number in range(26)
    ]
    menu: discord.ui.Select[discord.ui.View] = discord.ui.Select(
        placeholder="p" * 200, options=options
    )
    embed = discord.Embed(title="t" * 300, description="d" * 5000).set_footer(text="f" * 3000)
    parts = fitted(
        content="c" * 3000, embed=embed, view=view(button("x", "0", "b" * 90), menu), nonce="n"
    )
    assert (len(parts["content"]), parts["nonce"]) == (2000, "n")
    assert (len(embed.title or ""), len(embed.footer.text or ""), len(embed)) == (256, 2048, 6000)
    assert len(parts["view"].children[0].label) == 80
    assert (len(menu.options), len(menu.placeholder or "")) == (25, 150)
    assert {(len(o.label), len(o.description or "")) for o in menu.options} == {(100, 100)}
    assert fitted(content=None, embed=None, view=None) == dict.fromkeys(
        ("content", "embed", "view")
    )


def test_choices_are_the_first_that_can_be_offered() -> None:
    named = [("n" * 150, f"{number}") for number in range(30)]
    found = choices([("too long to be chosen", "v" * 101), *named])
    assert [one.value for one in found] == [f"{number}" for number in range(25)]
    assert {len(one.name) for one in found} == {100}


SENDS = {"send", "send_message", "edit", "edit_message", "edit_original_response"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("bot/discord_app", "cogs"):
        for path in (PRODUCT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield f"{path.name}:{node.lineno}", node


def test_no_text_goes_past_the_door() -> None:
    """What comes out of it is spread into the call, and nothing that has a length beside it."""
    found = dict.fromkeys(SENDS, 0)
    for where, call in calls():
        name = call.func.attr  # type: ignore[attr-defined]
        named = {word.arg for word in call.keywords}
        if name in SENDS and not (name == "edit" and len(call.args) > 1):  # an edit of settings
            assert not call.args, where
            assert None in named, where
            assert not named & {"content", "embed", "view"}, where
            found[name] += 1
    assert all(found.values()), found
