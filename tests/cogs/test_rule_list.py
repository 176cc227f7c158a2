"""What `/quota-admin list` promises: every rule on pages, and a broom for deleted roles."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.admin.changes import By
from bot.core.rules.quota import Limit, Operator
from bot.discord_app.admin.rules import rule_list
from bot.discord_app.admin.rules.rule_list import Listing
from tests.builders import config, items
from tests.cogs.admins import DAY, NOW, admin, answer, entries, rules
from tests.cogs.conftest import World
from tests.cogs.shown import labels

SERVER = (
    "**Server**\nCap · unlimited\nOn the way at once: each member 1 running and 2 waiting; "
    "the server 100 running and 200 waiting.\nDays begin at 00:00 UTC"
)


def text(given: Any) -> str:
    return given.response.embeds[0].description


async def delete(world: World, role: Any) -> None:
    world.env.backend.delete_role(world.guild.id, role.id)
    await world.env.settle()


async def test_with_nothing_set_the_defaults_are_shown(world: World) -> None:
    shown = await answer(world, "list")
    assert text(shown) == (
        f"**Default**\n6 a day · the bot's own default, nothing is set\n{SERVER}"
    )
    assert labels(shown) == []


async def test_everything_that_is_set_is_shown(world: World) -> None:
    low, high = world.guild.create_role("Member"), world.guild.create_role("Supporter")
    await admin(world, "default", credits="3")
    await admin(world, "role", role=low, credits="6")
    await admin(world, "role", role=high, credits="20", per="week")
    await admin(world, "role", role=low, credits="unlimited")
    await admin(world, "user", member=world.mika, credits="none")
    await admin(world, "user", member=world.stranger, credits="40", until="2 weeks")
    await admin(world, "block", member=world.mika, for_="7 days", reason="*spam* @everyone")
    await admin(world, "block", member=world.stranger)
    await admin(world, "cap", credits="300", server_running="5")
    await admin(world, "time", zone="Europe/Berlin", hour=4)
    assert text(await answer(world, "list")) == (
        "**Default**\nEveryone · 3 a day\n"
        f"**Roles**\n<@&{low.id}> · unlimited\n<@&{high.id}> · 20 a week\n"
        f"**Members**\n<@{world.stranger.id}> · 40 a day until <t:{NOW + 14 * DAY}:D>\n"
        f"<@{world.mika.id}> · none\n"
        f"**Blocks**\n<@{world.mika.id}> · until <t:{NOW + 7 * DAY}:f> · "
        "\\*spam\\* @\u200beveryone\n"
        f"<@{world.stranger.id}> · for good\n"
        "**Server**\nCap · 300 a month. "
        "Staff is told at 80 % and when it is used up; then orders stop.\n"
        "On the way at once: each member 1 running and 2 waiting; "
        "the server 5 running and 200 waiting.\nDays begin at 04:00 Europe/Berlin"
    )


async def test_many_rules_are_on_pages(world: World) -> None:
    for number in range(45):
        await world.core.admin.change(
            world.guild.id,
            items({f"user:{1000 + number}": {"credits": number, "per": "day", "until": None}}),
            By(world.admin.id),
        )
    shown = await answer(world, "list")
    assert labels(shown) == ["Next ▶"]
    assert shown.response.embeds[0].footer.text == "Page 1 of 3"
    await world.admin.click(shown.response, label="Next ▶")
    assert text(shown).startswith("**Members**\n<@1019> · 19 a day")
    assert labels(shown) == ["◀ Back", "Next ▶"]
    await world.admin.click(shown.response, label="Next ▶")
    assert text(shown).endswith(SERVER)
    assert labels(shown) == ["◀ Back"]
    await world.admin.click(shown.response, label="◀ Back")
    assert shown.response.embeds[0].footer.text == "Page 2 of 3"


async def test_a_page_that_is_gone_shows_the_last(world: World) -> None:
    for code in ("7", "abc", "9" * 24):
        pressed = await world.press_id(f"vb1:rules:{code}", who=world.admin)
        assert pressed.response.embeds[0].description.endswith(SERVER)


async def test_rules_of_deleted_roles_are_named_and_cleared_at_once(world: World) -> None:
    kept, one, two = (world.guild.create_role(name) for name in ("Kept", "One", "Two"))
    for role in (kept, one, two):
        await admin(world, "role", role=role, credits="9")
    await delete(world, one)
    await delete(world, two)
    before = entries(world)
    shown = await answer(world, "list")
    assert f"deleted role {one.id} · 9 a day" in text(shown)
    assert f"<@&{kept.id}> · 9 a day" in text(shown)
    assert labels(shown) == ["Clear the rules of 2 deleted roles"]
    pressed = await world.admin.click(shown.response, label="Clear the rules of 2 deleted roles")
    assert [message.content for message in pressed.followups] == [
        "Cleared the rules of 2 deleted roles. `/quota-admin log` can undo it."
    ]
    assert "deleted role" not in text(shown)
    assert labels(shown) == []
    assert rules(world) == [("role", kept.id, 9, "day", None)]
    assert entries(world) == before + 1
    again = await world.press_id("vb1:oldroles:0", who=world.admin)
    assert again.followups[0].content.startswith("No rule is for a deleted role any more")
    assert entries(world) == before + 1


async def test_the_rule_of_a_deleted_role_can_be_undone(world: World) -> None:
    role = world.guild.create_role("One")
    await admin(world, "role", role=role, credits="9")
    await delete(world, role)
    await world.press_id("vb1:oldroles:0", who=world.admin)
    assert rules(world) == []
    (newest,) = await world.core.admin.log(world.guild.id, 1)
    await world.core.admin.undo(world.guild.id, newest.id, newest.by)
    assert rules(world) == [("role", role.id, 9, "day", None)]


@pytest.mark.parametrize("kind", ["role", "user", "block"])
def test_the_longest_page_fits_an_embed(kind: str) -> None:
    rule = {"credits": 100_000, "per": "month", "until": 1e10}
    value = {"until": 1e10, "reason": "*" * 200} if kind == "block" else rule
    ids = range(2**63 - 60, 2**63 - 1)
    listing = Listing(
        config=config({f"{kind}:{number}": value for number in ids}),
        operator=Operator(fallback=Limit(6)),
        deleted=frozenset(ids),
        now=0.0,
    )
    for number in range(4):
        embed, _ = rule_list.page(listing, number)
        assert len(embed.description or "") <= 4096
