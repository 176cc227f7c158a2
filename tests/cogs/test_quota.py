"""What `/quota` and `/quota-admin` promise."""

from __future__ import annotations

import pytest

from tests.cogs.conftest import World

NOW = 1_800_000_000
MIDNIGHT = 1_800_057_600


async def admin(world: World, command: str, **options) -> str:
    answer = await world.admin.slash(world.channel, f"quota-admin {command}", **options)
    assert answer.ephemeral
    return answer.response.content


async def show(world: World) -> str:
    answer = await world.mika.slash(world.channel, "quota show")
    assert answer.ephemeral
    return answer.response.content


async def test_show_tells_what_is_left_held_and_why(world: World) -> None:
    await world.video()
    assert await show(world) == (
        f"Credits: 4 of 6 left today · back to 6 <t:{MIDNIGHT}:R>\n"
        "On hold: 2 for 1 video on the way\n"
        "Your limit comes from the bot's own default (6 a day)."
    )


async def test_show_names_the_role_and_the_bonus(world: World) -> None:
    role = world.guild.create_role("Supporter")
    world.mika = world.guild.add_member(world.env.create_user("mika2"), roles=[role])
    await admin(world, "role", role=role, credits="20", per="week")
    await admin(world, "grant", member=world.mika, amount=3, expires="30 days")
    text = await show(world)
    assert text.startswith("Credits: 20 of 20 left this week · back to 20 <t:")
    assert f"Bonus: 3, until <t:{NOW + 30 * 86_400}:D>" in text
    assert f"Your limit comes from the role <@&{role.id}> (20 a week)." in text


async def test_default_says_what_it_was_and_when_it_resets(world: World) -> None:
    assert await admin(world, "default", credits="4") == (
        f"Everyone: 4 a day. Resets at 00:00 UTC, next <t:{MIDNIGHT}:R>. Applies now."
    )
    said = await admin(world, "default", credits="6", per="day")
    assert said.startswith("Everyone: 6 a day (was 4 a day).")
    assert "Credits: 6 of 6 left today" in await show(world)


async def test_zero_is_read_as_none_and_said(world: World) -> None:
    assert await admin(world, "default", credits="0") == (
        "0 is read as none. Everyone: none. Applies now."
    )
    assert (await show(world)).startswith("Credits: none")


async def test_a_member_gets_more_for_a_while(world: World) -> None:
    await admin(world, "default", credits="6")
    said = await admin(world, "user", member=world.mika, credits="40", until="2 weeks")
    until = NOW + 14 * 86_400
    assert said.startswith(f"<@{world.mika.id}>: 40 a day until <t:{until}:D>.")
    assert said.endswith("Then back to this server's default (6 a day).")
    assert "Credits: 40 of 40 left today" in await show(world)
    world.core.clock.move(14 * 86_400 + 1)
    assert "Credits: 6 of 6 left today" in await show(world)


async def test_unlimited_and_clear(world: World) -> None:
    await admin(world, "user", member=world.mika, credits="unlimited")
    assert (await show(world)).startswith("Credits: unlimited\n")
    said = await admin(world, "user", member=world.mika, credits="clear")
    assert said == f"<@{world.mika.id}>: the rule of unlimited is gone. Applies now."
    said = await admin(world, "user", member=world.mika, credits="clear")
    assert said == f"<@{world.mika.id}>: there was no rule, so nothing changed."


async def test_grant_says_what_they_have_now(world: World) -> None:
    said = await admin(world, "grant", member=world.mika, amount=10, reason="won @everyone")
    assert said == (f"<@{world.mika.id}>: +10 bonus. They now have 16. Reason: won @\u200beveryone")
    assert world.core.rows("SELECT credits, reason FROM ledger") == [(10, "won @everyone")]


async def test_reset_gives_the_full_credits_again(world: World) -> None:
    await world.video()
    world.core.clock.move(1)
    said = await admin(world, "reset", member=world.mika)
    assert said == f"<@{world.mika.id}> has their full credits again. They now have 6."


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"credits": "plenty"}, "`credits` can be a number, none or unlimited here."),
        ({"credits": "-3"}, "`credits` takes 0 to 100000 here."),
        ({"credits": "5", "until": "soon"}, "`until` can be 36 hours, 7 days"),
    ],
)
async def test_nonsense_changes_nothing(world: World, options: dict, sentence: str) -> None:
    assert (await admin(world, "user", member=world.mika, **options)).startswith(sentence)
    assert not world.core.rows("SELECT * FROM rules")


async def test_admin_answers_ping_nobody(world: World) -> None:
    role = world.guild.create_role("Everybody")
    await admin(world, "role", role=role, credits="3")
    await admin(world, "grant", member=world.mika, amount=1)
    assert all(body["allowed_mentions"] == {"parse": []} for body in world.payloads())
