"""What `/quota-admin report` promises: sums, their course, who used most, a chart and a table."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.clock import instant
from bot.core.admin.changes import By
from bot.core.admin.report import Price
from bot.core.jobs.errors import FailReason, LocalTrouble
from bot.core.jobs.moves import write_move
from bot.core.rules.quota import Limit, Rule
from tests.cogs.conftest import World
from tests.fakes import PNG

NOW = 1_800_000_000
TODAY = 1_799_971_200
DAY = 86_400


async def ask(world: World, who: Any = None, **options: Any) -> Any:
    answer = await (who or world.admin).slash(world.channel, "quota-admin report", **options)
    assert answer.ephemeral
    return answer.response


async def plenty(world: World) -> None:
    rule = Rule(scope="default", subject_id=0, limit=Limit(None))
    await world.core.admin.set_rule(world.guild.id, rule, By(1))


async def fails(world: World, **options: Any) -> None:
    _, job = await world.submitted(**options)
    now = instant(world.core.clock)
    after = job.failed(FailReason.SERVICE_PROBLEM, now=now.wall)
    assert await world.core.store.write(lambda books: write_move(books, job, after, now))


async def press(world: World, custom_id: str, who: Any = None) -> Any:
    return (await world.press_id(custom_id, who or world.admin)).response


async def lines(message: Any) -> list[str]:
    return (await message.attachments[0].read()).decode("utf-8-sig").split("\r\n")


async def test_it_says_how_much_who_and_when(world: World) -> None:
    await plenty(world)
    await world.delivered()
    await world.delivered(who=world.stranger, preset="HD")
    await fails(world)
    message = await ask(world)
    assert message.content == (
        f"7 days, since <t:{TODAY - 6 * DAY}:f>\n"
        "7 credits, 2 videos, 1 failed · ▁▁▁▁▁▁█ · nothing in the 7 days before\n"
        f"1. <@{world.stranger.id}> · 5 credits, 1 video, 0 failed\n"
        f"2. <@{world.mika.id}> · 2 credits, 1 video, 1 failed"
    )


async def test_the_chart_shows_each_day(world: World) -> None:
    await plenty(world)
    await world.delivered()
    world.core.clock.move(7 * DAY)
    await world.delivered(preset="HD")
    message = await ask(world)
    assert [file.filename for file in message.attachments] == ["report.png"]
    assert await message.attachments[0].read() == PNG
    (drawn,) = world.bot.services.charts.orders
    assert drawn.credits == [0, 0, 0, 0, 0, 0, 5]
    assert drawn.before == [0, 0, 0, 0, 0, 0, 2]
    assert list(drawn.labels)[-1] == "22 Jan"
    assert drawn.parts == [("1. mika", [0, 0, 0, 0, 0, 0, 5])]
    assert "2.5 times as much as the 7 days before" in message.content


async def test_without_a_chart_it_says_the_same(world: World) -> None:
    await world.delivered()
    world.bot.services.charts.errors.append(LocalTrouble("no child"))
    message = await ask(world)
    assert "2 credits, 1 video, 0 failed" in message.content
    assert not message.attachments
    assert [item["label"] for row in message.components for item in row["components"]] == ["CSV"]


async def test_a_quiet_server_gets_a_sentence_and_nothing_to_press(world: World) -> None:
    await world.video()
    message = await ask(world, days=1)
    assert message.content == f"1 day, since <t:{TODAY}:f>\n0 credits, 0 videos, 0 failed · ▁"
    assert not message.attachments
    assert not message.components


async def test_it_can_be_by_preset_or_channel(world: World) -> None:
    await world.delivered()
    by_preset = (await ask(world, by="preset")).content
    assert by_preset.endswith("1. Standard · 2 credits, 1 video, 0 failed")
    by_channel = (await ask(world, by="channel")).content
    assert by_channel.endswith(f"1. <#{world.channel.id}> · 2 credits, 1 video, 0 failed")
    drawn = world.bot.services.charts.orders
    assert [(one.title, one.parts[0][0]) for one in drawn] == [
        ("Credits used each day, by preset", "1. Standard"),
        ("Credits used each day, by channel", "1. #clips"),
    ]


async def test_credits_are_shown_as_money_where_the_operator_says_what_they_cost(
    world: World,
) -> None:
    price = Price(Decimal("0.02"), "USD")
    world.bot.services = replace(world.bot.services, price=price)
    await world.delivered()
    message = await ask(world)
    assert "2 credits, 1 video, 0 failed · about 0.04 USD · " in message.content
    table = (await world.admin.click(message, label="CSV")).response
    assert (await lines(table))[:2] == [
        "day,member,credits,videos,failed,cost in USD",
        f"2027-01-15,<@{world.mika.id}>,2,1,0,0.04",
    ]


async def test_the_table_holds_the_days_of_the_report_even_after_midnight(world: World) -> None:
    await plenty(world)
    await world.delivered()
    world.core.clock.move(DAY)
    await world.delivered(who=world.stranger)
    message = await ask(world, days=2)
    world.core.clock.move(DAY)
    table = (await world.admin.click(message, label="CSV")).response
    assert table.content == (
        "One line for each day and member. Paste a name from it into Discord to see who it is."
    )
    assert table.attachments[0].filename == "members-2027-01-15-to-2027-01-16.csv"
    assert (await table.attachments[0].read()).startswith(b"\xef\xbb\xbfday,member,")
    assert await lines(table) == [
        "day,member,credits,videos,failed",
        f"2027-01-15,<@{world.mika.id}>,2,1,0",
        f"2027-01-16,<@{world.stranger.id}>,2,1,0",
        "",
    ]


async def test_others_may_not_press_for_the_table(world: World) -> None:
    await world.delivered()
    said = await press(world, f"vb1:csv:7member{NOW}", world.mika)
    assert said.content == "Only members who may manage this server can do that."
    assert not said.attachments


@pytest.mark.parametrize("code", ["0member1", "91member1", "7guild1", "7member"])
async def test_a_period_that_no_report_had_gives_no_table(world: World, code: str) -> None:
    said = await press(world, f"vb1:csv:{code}")
    assert said.content.startswith("This button no longer works.")


@pytest.mark.parametrize("values", [{"days": 0}, {"days": 91}, {"by": "guild"}])
async def test_values_that_are_not_offered_are_refused(world: World, values: dict) -> None:
    with pytest.raises(Exception, match=r"days|by|guild"):
        await ask(world, **values)
