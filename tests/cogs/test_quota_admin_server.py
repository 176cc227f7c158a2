"""What `/quota-admin cap` and `time` promise."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.admin.changes import By
from bot.core.rules.server_settings import Log
from tests.cogs.admins import MIDNIGHT, NOW, UNDO, admin, entries, second_admin
from tests.cogs.conftest import World

MONTH_ENDS = 1_801_440_000
TOLD = "Staff is told at 80 % and when it is used up; then orders stop."
NOBODY = "This server has no log channel, so nobody is told; `/video-admin log-channel` sets one."
USUAL = (
    "On the way at once: each member 1 running and 2 waiting; "
    "the server 100 running and 200 waiting."
)

CREDITS = "`credits` can be 0 to 100,000, none, unlimited or clear here. Nothing was changed."


def sections(world: World) -> dict[str, Any]:
    return dict(world.core.rows("SELECT section, value FROM settings"))


async def test_without_options_it_shows_what_is_set(world: World) -> None:
    assert await admin(world, "cap") == f"Server: unlimited.\n{USUAL}"
    await admin(world, "cap", credits="300")
    assert await admin(world, "cap") == (
        f"Server: 300 a month. Nothing is used; it begins anew <t:{MONTH_ENDS}:R>. "
        f"{TOLD} {NOBODY}\n{USUAL}"
    )
    assert entries(world) == 1


async def test_a_cap_says_what_it_was_and_how_long_it_lasts(world: World) -> None:
    for _ in range(2):
        await world.video()
    said = await admin(world, "cap", credits="300")
    assert said.startswith(
        "Server: 300 a month (was unlimited). 4 used. "
        f"At this pace it lasts past the end of the month. {TOLD}"
    )
    said = await admin(world, "cap", credits="5")
    assert said.startswith(
        "Server: 5 a month (was 300 a month). 4 used. At this pace it is used up <t:"
    )
    said = await admin(world, "cap", credits="4")
    assert f"4 used, so no orders are taken until <t:{MONTH_ENDS}:f>. Staff is told" in said
    refused = await world.video(who=world.stranger)
    assert refused.response.content.startswith("This server has no credits left.")


async def test_a_cap_may_only_warn(world: World) -> None:
    for _ in range(2):
        await world.video()
    said = await admin(
        world, "cap", credits="4", per="day", when_empty="warn", alert="50 %, 80,100"
    )
    assert said.startswith(
        f"Server: 4 a day (was unlimited). 4 used, and orders go on; "
        f"it begins anew <t:{MIDNIGHT}:f>. "
        "Staff is told at 50 %, 80 % and when it is used up; orders go on then."
    )
    assert (await world.video(who=world.stranger)).response.content.startswith("🎬")


async def test_parts_of_a_cap_change_alone(world: World) -> None:
    await admin(world, "cap", credits="300", per="week", alert="none")
    said = await admin(world, "cap", when_empty="warn")
    assert "Server: 300 a week." in said
    assert "Staff is told when it is used up; orders go on then." in said
    assert sections(world) == {
        "cap": '{"credits": 300, "per": "week", "alerts": [], "when_empty": "warn"}'
    }


async def test_a_server_with_a_log_channel_is_told(world: World) -> None:
    log = Log(world.channel.id)
    await world.core.admin.edit(world.guild.id, "log", lambda _: log, By(world.admin.id))
    assert NOBODY not in await admin(world, "cap", credits="300")


@pytest.mark.parametrize("word", ["unlimited", "Unlimited ", "clear"])
async def test_a_cap_can_go(world: World, word: str) -> None:
    await admin(world, "cap", credits="300")
    said = await admin(world, "cap", credits=word)
    assert said == f"Server: unlimited (was 300 a month).\n{USUAL}"
    assert sections(world) == {}
    said = await admin(world, "cap", credits=word)
    assert said == f"Server: unlimited. It was so already; nothing changed.\n{USUAL}"


@pytest.mark.parametrize(("typed", "zero"), [("none", ""), ("0", "0 is read as none. ")])
async def test_none_is_none_for_the_whole_server_too(world: World, typed: str, zero: str) -> None:
    await admin(world, "cap", credits="300")
    said = await admin(world, "cap", credits=typed)
    assert said == (
        f"{zero}Server: none (was 300 a month). "
        f"So no orders are taken; `credits:unlimited` takes the cap away.\n{USUAL}"
    )
    refused = await world.video()
    assert refused.response.content == (
        "This server spends no credits on videos. Only an admin can change that."
    )
    shown = await world.mika.slash(world.channel, "quota show")
    assert "This server spends no credits on videos." in shown.response.content
    why = await admin(world, "why", member=world.mika)
    assert "**Server cap:** none ✗" in why
    assert "- The server's cap is none: `/quota-admin cap` raises it." in why
    status = await world.admin.slash(world.channel, "video-admin status")
    assert "Server cap: none\n" in status.response.content
    doctor = await world.admin.slash(world.channel, "video-admin doctor")
    assert "⚠️ The server's cap is none. `/quota-admin cap` raises it." in doctor.response.content
    assert (await admin(world, "cap", credits="unlimited")).startswith(
        "Server: unlimited (was none)."
    )
    assert (await world.video()).response.content.startswith("🎬")


async def test_what_may_be_on_the_way_is_set_and_counts(world: World) -> None:
    said = await admin(world, "cap", running="2", waiting="0", server_running="5")
    assert said == (
        "Server: unlimited.\n"
        "On the way at once: each member 2 running and 0 waiting; "
        "the server 5 running and 200 waiting."
    )
    await world.video()
    await world.video()
    refused = await world.video()
    assert refused.response.content.startswith("You already have 2 videos on the way.")
    said = await admin(world, "cap", running="Clear", waiting="clear", server_running="clear")
    assert said == f"Server: unlimited.\n{USUAL}"
    assert sections(world) == {}


async def test_caps_beyond_the_bots_own_say_what_holds(world: World) -> None:
    said = await admin(world, "cap", server_running="500", running="600")
    assert said.splitlines()[1] == (
        "On the way at once: each member 100 running and 2 waiting; "
        "the server 100 running and 200 waiting. "
        "`running` is set to 600, but the server has room for no more than 100. "
        "`server-running` is set to 500, but the bot has room for no more than 100."
    )


async def test_cap_and_numbers_are_set_at_once(world: World) -> None:
    said = await admin(world, "cap", credits="300", server_waiting="7")
    assert said.startswith("Server: 300 a month (was unlimited).")
    assert said.endswith("the server 100 running and 7 waiting.")
    assert sections(world).keys() == {"cap", "caps"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"credits": "lots"}, CREDITS),
        ({"credits": "-5"}, CREDITS),
        (
            {"credits": "5", "alert": "soon"},
            "`alert` takes percentages, such as 80 or 50 80, or none.",
        ),
        ({"credits": "5", "alert": "0, 80"}, "`cap`: alerts must be 1 to 99. Nothing was changed."),
        ({"credits": "5", "alert": "800"}, "`cap`: alerts must be 1 to 99. Nothing was changed."),
        (
            {"credits": "5", "alert": "1 2 3 4 5 6"},
            "`cap`: alerts must be a list of at most 5. Nothing was changed.",
        ),
        ({"alert": "50"}, "`credits` must be given too, for this server has no cap yet. Nothing"),
        ({"credits": "clear", "alert": "50"}, "`credits` must be a number or none, where more"),
        ({"credits": "5", "running": "many"}, "`running` can be 1 to 1,000 or clear here."),
        ({"credits": "5", "running": "0"}, "`running` can be 1 to 1,000 or clear here."),
        ({"credits": "5", "waiting": "-1"}, "`waiting` can be 0 to 1,000 or clear here."),
        ({"credits": "5", "server_running": "1001"}, "`server-running` can be 1 to 1,000 or"),
    ],
)
async def test_nonsense_changes_no_cap(
    world: World, options: dict[str, Any], sentence: str
) -> None:
    assert (await admin(world, "cap", **options)).startswith(sentence)
    assert sections(world) == {}
    assert not entries(world)


async def test_who_has_set_another_cap_minutes_ago_is_named(world: World) -> None:
    other = second_admin(world)
    await admin(world, "cap", other, credits="300", server_running="5")
    said = await admin(world, "cap", credits="200", server_running="6")
    assert said.splitlines()[2:] == [
        f"<@{other.id}> set 300 a month and server-running 5 <t:{NOW}:R>; {UNDO}",
    ]


# --- time


async def test_the_clock_is_shown_and_set(world: World) -> None:
    assert await admin(world, "time") == (
        f"Days, weeks and months begin at 00:00 UTC; the next day <t:{MIDNIGHT}:R>."
    )
    following = 1_800_068_400
    assert await admin(world, "time", zone="europe/BERLIN", hour=4) == (
        "Days, weeks and months begin at 04:00 Europe/Berlin (was 00:00 UTC); "
        f"the next day <t:{following}:R>. Applies now."
    )
    assert (await admin(world, "time", hour=5)).startswith(
        "Days, weeks and months begin at 05:00 Europe/Berlin (was 04:00 Europe/Berlin);"
    )
    said = await admin(world, "time", zone="Europe/Berlin")
    assert said.endswith("It was so already; nothing changed.")
    assert entries(world) == 2
    shown = await world.mika.slash(world.channel, "quota show")
    assert f"<t:{following + 3600}:R>" in shown.response.content


async def test_a_zone_that_does_not_exist_is_refused_with_examples(world: World) -> None:
    said = await admin(world, "time", zone="Mars/@everyone", hour=4)
    assert said == (
        "I know no time zone Mars\\/@\u200beveryone. Choose one from the list while you type, for "
        "instance Europe/Berlin, America/New_York, Asia/Tokyo or UTC. Nothing was changed."
    )
    assert sections(world) == {}


async def test_who_has_set_another_clock_minutes_ago_is_named(world: World) -> None:
    other = second_admin(world)
    await admin(world, "time", other, zone="Asia/Tokyo")
    said = await admin(world, "time", hour=4)
    assert said.endswith(f"<@{other.id}> set 00:00 Asia/Tokyo <t:{NOW}:R>; {UNDO}")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("", ["Europe/Berlin", "America/New_York"]),
        ("BERL", ["Europe/Berlin"]),
        ("new y", ["America/New_York"]),
        ("europe/ber", ["Europe/Berlin"]),
        ("nowhere", []),
    ],
)
async def test_zones_are_suggested(world: World, typed: str, first: list[str]) -> None:
    found = await world.admin.autocomplete(world.channel, "quota-admin time", "zone", typed)
    assert [choice["value"] for choice in found][: len(first)] == first
    assert len(found) <= 25


async def test_the_usual_clock_is_no_setting(world: World) -> None:
    await admin(world, "time", zone="Asia/Tokyo")
    assert list(sections(world)) == ["calendar"]
    said = await admin(world, "time", zone="UTC")
    assert said.startswith("Days, weeks and months begin at 00:00 UTC (was 00:00 Asia/Tokyo)")
    assert sections(world) == {}
