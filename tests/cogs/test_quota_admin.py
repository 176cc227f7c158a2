"""What `/quota-admin default`, `role` and `user` promise."""

from __future__ import annotations

from typing import Any

import pytest
from simcord.http import router

from tests.cogs.admins import DAY, NOW, RESETS, UNDO, admin, entries, left, raw, rules, second_admin
from tests.cogs.conftest import World

ROLE_OPTION, USER_OPTION, TEXT = 8, 6, 3

CREDITS = "`credits` can be 0 to 100,000, none, unlimited or clear here. Nothing was changed."


async def test_default_says_what_it_was_and_when_it_resets(world: World) -> None:
    assert await admin(world, "default", credits="4") == (
        f"Everyone: 4 a day (was 6 a day, the bot's own default). {RESETS} Applies now."
    )
    said = await admin(world, "default", credits="9", per="week")
    assert said.startswith("Everyone: 9 a week (was 4 a day). Resets Mondays 00:00 UTC, next <t:")
    said = await admin(world, "default", credits="9", per="month")
    assert "(was 9 a week). Resets on the 1st at 00:00 UTC, next <t:" in said
    assert rules(world) == [("default", 0, 9, "month", None)]


async def test_it_resets_in_the_servers_zone(world: World) -> None:
    await admin(world, "time", zone="europe/berlin", hour=4)
    begins = 1_800_068_400
    assert f"Resets 04:00 Europe/Berlin, next <t:{begins}:R>." in await admin(
        world, "default", credits="4"
    )


async def test_what_was_so_already_is_no_change(world: World) -> None:
    await admin(world, "default", credits="4")
    assert await admin(world, "default", credits=" 4 ") == (
        "Everyone: 4 a day. It was so already; nothing changed."
    )
    assert entries(world) == 1


@pytest.mark.parametrize("zero", ["0", "00"])
async def test_zero_is_read_as_none_and_said(world: World, zero: str) -> None:
    assert await admin(world, "default", credits=zero) == (
        "0 is read as none. Everyone: none (was 6 a day, the bot's own default). Applies now."
    )
    assert rules(world) == [("default", 0, 0, "day", None)]
    assert await admin(world, "default", credits="None") == (
        "Everyone: none. It was so already; nothing changed."
    )


async def test_clearing_the_default_falls_back_to_the_bots_own(world: World) -> None:
    await admin(world, "default", credits="4")
    assert await admin(world, "default", credits="Clear") == (
        "Everyone: the rule of 4 a day is gone. Now the bot's own default counts (6 a day)."
    )
    assert rules(world) == []


async def test_members_over_the_new_limit_keep_their_running_videos(world: World) -> None:
    await world.video()
    await world.video(who=world.stranger)
    assert (await admin(world, "default", credits="1")).endswith(
        "Applies now; 2 members over the new limit keep their running videos."
    )
    await admin(world, "user", member=world.stranger, credits="5")
    assert (await admin(world, "default", credits="none")).endswith(
        "Applies now; 1 member over the new limit keeps their running videos."
    )
    assert (await admin(world, "user", member=world.stranger, credits="1")).endswith(
        "Applies now; 1 member over the new limit keeps their running videos."
    )
    assert world.core.rows("SELECT count(*) FROM jobs WHERE ended_at IS NULL") == [(2,)]


async def test_who_has_made_another_rule_minutes_ago_is_named(world: World) -> None:
    other = second_admin(world)
    await admin(world, "default", other, credits="8")
    world.core.clock.move(60)
    said = await admin(world, "default", credits="4")
    assert said.endswith(f"Applies now. <@{other.id}> set 8 a day <t:{NOW}:R>; {UNDO}")
    world.core.clock.move(301)
    assert f"<@{world.admin.id}> set" not in await admin(world, "default", other, credits="5")


async def test_who_has_cleared_it_minutes_ago_is_named(world: World) -> None:
    other = second_admin(world)
    await admin(world, "user", member=world.mika, credits="8")
    await admin(world, "user", other, member=world.mika, credits="clear")
    said = await admin(world, "user", member=world.mika, credits="9")
    assert said.endswith(f"<@{other.id}> removed the rule <t:{NOW}:R>; {UNDO}")


async def test_a_role_says_which_roles_give_more(world: World) -> None:
    low, mid, top = (world.guild.create_role(name) for name in ("Member", "Supporter", "Staff"))
    await admin(world, "role", role=low, credits="8")
    await admin(world, "role", role=top, credits="30", per="day")
    assert await admin(world, "role", role=mid, credits="20") == (
        f"<@&{mid.id}>: 20 a day (no rule before). {RESETS} Applies now. "
        f"Whoever also has <@&{top.id}> keeps 30 a day."
    )


async def test_of_many_higher_roles_some_are_named(world: World) -> None:
    for number in range(5):
        role = world.guild.create_role(f"R{number}")
        await admin(world, "role", role=role, credits=str(20 + number))
    said = await admin(world, "role", role=world.guild.create_role("Low"), credits="1")
    assert said.count("Whoever also has") == 3
    assert said.endswith("2 more roles give more too.")


@pytest.mark.parametrize(
    ("count", "sentence"), [(14, "14 members have this role."), (1, "1 member has this role.")]
)
async def test_a_role_says_how_many_have_it_if_discord_does(
    world: World, monkeypatch: pytest.MonkeyPatch, count: int, sentence: str
) -> None:
    role = world.guild.create_role("Supporter")
    world.env.backend.faults.clear()
    path = ["guilds", "{guild_id}", "roles", "member-counts"]
    known = router._ROUTES  # noqa: SLF001 - the library takes no route otherwise
    routes = [*known["GET"], (path, lambda _: {str(role.id): count})]
    monkeypatch.setitem(known, "GET", routes)
    assert (await admin(world, "role", role=role, credits="20")).endswith(f"now. {sentence}")


async def test_a_roles_rule_may_end_and_be_cleared(world: World) -> None:
    role = world.guild.create_role("Supporter")
    said = await admin(world, "role", role=role, credits="20", until="36h")
    assert said.startswith(f"<@&{role.id}>: 20 a day until <t:{NOW + 36 * 3600}:f> (no rule befo")
    assert await admin(world, "role", role=role, credits="clear") == (
        f"<@&{role.id}>: the rule of 20 a day is gone. "
        "Without another role's rule, the bot's own default counts (6 a day)."
    )
    assert await admin(world, "role", role=role, credits="clear") == (
        f"<@&{role.id}>: there was no rule, so nothing changed. "
        "Without another role's rule, the bot's own default counts (6 a day)."
    )


async def test_one_answer_reads_the_configuration_once(world: World) -> None:
    gold = world.guild.create_role("Gold")
    await admin(world, "role", role=gold, credits="9")
    read: list[str] = []
    await world.core.database.read(lambda con: con.set_trace_callback(read.append))
    await admin(world, "role", role=gold, credits="8")
    assert sum("FROM rules" in sql for sql in read) == 1, read


async def test_everyone_is_no_role(world: World) -> None:
    said = await admin(world, "role", role=world.guild.default_role, credits="5")
    assert said == (
        "Everybody has the role @everyone. Their limit is set with `/quota-admin default`; "
        "nothing was changed."
    )
    assert rules(world) == []


async def test_a_role_or_member_that_is_not_there_changes_nothing(world: World) -> None:
    text = {"credits": (TEXT, "5")}
    for command, named, kind in (("role", "role", ROLE_OPTION), ("user", "member", USER_OPTION)):
        said = await raw(world, command, **{named: (kind, "123"), **text})
        assert said.startswith(f"I cannot find that {named}; nothing was changed.")
    assert rules(world) == []


async def test_a_member_gets_more_for_a_while(world: World) -> None:
    role = world.guild.create_role("Supporter")
    kim = world.guild.add_member(world.env.create_user("kim"), roles=[role])
    await admin(world, "role", role=role, credits="20")
    until = NOW + 14 * DAY
    assert await admin(world, "user", member=kim, credits="40", until="2 weeks") == (
        f"<@{kim.id}>: 40 a day until <t:{until}:D> (no rule before). {RESETS} Applies now. "
        f"Then back to <@&{role.id}> (20 a day)."
    )
    assert rules(world)[1] == ("user", kim.id, 40, "day", until)


async def test_unlimited_and_clear_for_a_member(world: World) -> None:
    assert await admin(world, "user", member=world.mika, credits="unlimited") == (
        f"<@{world.mika.id}>: unlimited (no rule before). Applies now."
    )
    assert await admin(world, "user", member=world.mika, credits="clear") == (
        f"<@{world.mika.id}>: the rule of unlimited is gone. "
        "Now the bot's own default (6 a day) counts."
    )
    assert await admin(world, "user", member=world.mika, credits="clear") == (
        f"<@{world.mika.id}>: there was no rule, so nothing changed. "
        "Now the bot's own default (6 a day) counts."
    )


async def test_a_rule_lifts_no_block(world: World) -> None:
    await admin(world, "block", member=world.mika, for_="7 days")
    said = await admin(world, "user", member=world.mika, credits="40")
    assert said.endswith(
        f"They are blocked until <t:{NOW + 7 * DAY}:f>, and this does not lift the block."
    )


async def test_whoever_has_left_may_have_a_rule(world: World) -> None:
    gone = left(world)
    said = await admin(world, "user", member=gone, credits="40")
    assert said.startswith(f"<@{gone.id}>: 40 a day")
    assert said.endswith("They are not a member of this server now.")
    said = await admin(world, "user", member=gone, credits="clear")
    assert said.endswith("counts. They are not a member of this server now.")
    assert rules(world) == []


async def test_bots_have_no_rules(world: World) -> None:
    robot = world.guild.add_member(world.env.create_user("robot", bot=True))
    said = await admin(world, "user", member=robot, credits="4")
    assert said == f"<@{robot.id}> is a bot; bots order no videos, so nothing was changed."
    assert rules(world) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"credits": "plenty"}, CREDITS),
        ({"credits": "-3"}, CREDITS),
        ({"credits": "9" * 90}, CREDITS),
        ({"credits": "1.5"}, CREDITS),
        ({"credits": "@everyone"}, CREDITS),
        ({"credits": "5", "until": "soon"}, "I cannot read `until`. Write a time"),
        ({"credits": "5", "until": "2020-01-01"}, "`until` is over: 2020-01-01 was before today, "),
        (
            {"credits": "clear", "until": "2 weeks"},
            "`until` goes with a number, none or unlimited, not with clear. Nothing was changed.",
        ),
    ],
)
async def test_nonsense_changes_nothing(
    world: World, options: dict[str, Any], sentence: str
) -> None:
    assert (await admin(world, "user", member=world.mika, **options)).startswith(sentence)
    assert not rules(world)
    assert not entries(world)


async def test_admin_answers_ping_nobody(world: World) -> None:
    role = world.guild.create_role("Everybody")
    await admin(world, "role", role=role, credits="3")
    await admin(world, "grant", member=world.mika, amount=1)
    assert all(body["allowed_mentions"] == {"parse": []} for body in world.payloads())
