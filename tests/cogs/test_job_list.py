"""What the pages of `/jobs list` promise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.core.jobs.finding import Group, Page, Wanted
from bot.core.rules.quota import Limit
from bot.discord_app.kit.components import IDENTITY
from bot.discord_app.video import job_list
from tests.builders import Core, Operator
from tests.cogs.conftest import World, make_bot
from tests.conftest import MakeCore

HOSTILE = ("*_" * 500, "🧜🏽‍♀️" * 200, "שלום " * 200, "@everyone <@1> [x](http://y) " * 34)


@pytest.fixture
async def core(make_core: MakeCore) -> Core:
    many = Operator(fallback=Limit(None), member_waiting=100, server_waiting=100)
    return await make_core(operator=many)


def lines(answer: Any) -> list[str]:
    return answer.response.embeds[0].description.splitlines()


def title(answer: Any) -> str:
    return answer.response.embeds[0].title


def buttons(answer: Any) -> dict[str, str]:
    rows = answer.response.components
    return {item["label"]: item["custom_id"] for row in rows for item in row["components"]}


async def ordered(world: World, *prompts: str) -> list[str]:
    """The codes of orders, the newest first."""
    jobs = [await world.core.order(world.member(), prompt=prompt) for prompt in prompts]
    return [job.code for job in reversed(jobs)]


def shown(answer: Any, codes: list[str]) -> bool:
    return [code in line for code, line in zip(codes, lines(answer), strict=True)] == [True] * len(
        codes
    )


async def test_its_pages_are_turned_there_and_back_after_a_restart(
    world: World, tmp_path: Path
) -> None:
    codes = await ordered(world, *[f"boat {number}" for number in range(23)])
    first = await world.mika.slash(world.channel, "jobs list")
    assert first.ephemeral
    assert title(first) == "Your videos"
    assert shown(first, codes[:10])
    assert [*buttons(first)] == [*(f"Cancel {code}" for code in codes[:10]), "Next ▶"]
    await world.env.restart_bot(make_bot(world.core, tmp_path))
    second = await world.press_id(buttons(first)["Next ▶"])
    assert shown(second, codes[10:20])
    assert [*buttons(second)][-2:] == ["◀ Previous", "Next ▶"]
    third = await world.press_id(buttons(second)["Next ▶"])
    assert shown(third, codes[20:])
    assert [*buttons(third)][-1:] == ["◀ Previous"]
    back = await world.press_id(buttons(third)["◀ Previous"])
    assert (lines(back), buttons(back)) == (lines(second), buttons(second))
    assert lines(await world.press_id(buttons(back)["◀ Previous"])) == lines(first)


async def test_a_page_shows_whoever_presses_their_own_videos_only(world: World) -> None:
    await ordered(world, *["mine"] * 11)
    first = await world.mika.slash(world.channel, "jobs list")
    theirs = await world.press_id(buttons(first)["Next ▶"], world.stranger)
    assert lines(theirs) == ["You have not ordered any videos here yet. Try `/video`."]


async def test_what_is_looked_for_stays_while_pages_are_turned(world: World) -> None:
    await ordered(world, "a dog")
    boats = await ordered(world, *["ein BOOT, 100% grün"] * 12)
    await ordered(world, "a cat")
    first = await world.mika.slash(world.channel, "jobs list", search="100% GRÜN", state="way")
    assert title(first) == "Your videos · On the way · 100% GRÜN"
    assert shown(first, boats[:10])
    second = await world.press_id(buttons(first)["Next ▶"])
    assert title(second) == title(first)
    assert shown(second, boats[10:])
    back = await world.press_id(buttons(second)["◀ Previous"])
    assert (title(back), lines(back)) == (title(first), lines(first))


async def test_what_is_not_there_is_said(world: World) -> None:
    await ordered(world, "a boat")
    for options in ({"search": "%"}, {"search": "_"}, {"state": "kept"}):
        answer = await world.mika.slash(world.channel, "jobs list", **options)
        assert lines(answer) == ["None of your videos here is like that."]
    answer = await world.send(
        {
            "id": world.env.backend.find_command("jobs", world.guild.id, type=1)["id"],
            "name": "jobs",
            "type": 1,
            "options": [
                {
                    "name": "list",
                    "type": 1,
                    "options": [{"name": "state", "type": 3, "value": "lost"}],
                }
            ],
        },
        world.mika,
    )
    assert answer.response.content.startswith("`state`")


async def test_a_forgotten_video_ends_with_its_time(world: World) -> None:
    await world.delivered()
    await world.core.privacy.forget(world.guild.id, world.mika.id)
    (line,) = lines(await world.mika.slash(world.channel, "jobs list"))
    assert line.endswith(":R>")
    assert "](https://discord.com/channels/" in line


@pytest.mark.parametrize("code", ["", "x", "older.!!!!.any.", "older.K7Q4.any.~", "a.b.c.d.e"])
async def test_a_button_of_nobodys_is_told_so(world: World, code: str) -> None:
    answer = await world.press_id(f"vb1:page:{code}")
    assert answer.response.content.startswith("This button no longer works.")


@pytest.mark.parametrize("word", ["w" * 48, "ж" * 48, "船" * 48, "🧜🏽‍♀️" * 9, "é" * 48, "*_" * 24])
async def test_the_longest_fits_wherever_it_goes(world: World, word: str) -> None:
    prompts = [(word + " " + text)[:1000] for text in HOSTILE * 3]
    await ordered(world, *prompts)
    first = await world.mika.slash(world.channel, "jobs list", search=word)
    embed = first.response.embeds[0]
    assert len(lines(first)) == 10
    assert len(embed.title) <= 256
    assert len(embed.description) <= 4096
    assert "@everyone" not in embed.description
    assert all(len(custom_id) <= 100 for custom_id in buttons(first).values())
    second = await world.press_id(buttons(first)["Next ▶"])
    assert len(lines(second)) == 2


async def test_the_longest_identity_is_one(core: Core) -> None:
    made = await core.order()
    jobs = [replace(made, id=2**59 + number) for number in range(12)]
    for word in ("w" * 48, "🧜" * 12):
        _, view = job_list.page(Page(jobs, newer=True, older=True), Wanted(word, Group.NOT_MADE))
        ids = [item.custom_id for item in view.children if isinstance(item, discord.ui.Button)]
        assert all(len(found or "") <= 100 and IDENTITY.fullmatch(found or "") for found in ids)
