"""What `/quota-admin why` promises: every rule, and what would have to change."""

from __future__ import annotations

from typing import Any

from bot.core.admin.changes import By
from bot.core.jobs.errors import ProviderLocked
from bot.core.jobs.loop import drain
from bot.core.rules.server_settings import Channels, Pause, PresetsOff, Words
from tests.cogs.admins import DAY, MIDNIGHT, NOW, admin, entries, left
from tests.cogs.conftest import World

MONTH_ENDS = 1_801_440_000


async def why(world: World, **options: Any) -> str:
    before = entries(world)
    said = await admin(world, "why", **{"member": world.mika} | options)
    assert entries(world) == before
    return said


async def setting(world: World, name: str, section: Any) -> None:
    await world.core.admin.edit(world.guild.id, name, lambda _: section, By(world.admin.id))


async def test_everything_that_decides_is_told(world: World) -> None:
    assert await why(world) == (
        f"<@{world.mika.id}> · Standard (2 credits)\n"
        "**Block:** no\n"
        "**Personal rule:** no rule\n"
        "**Roles:** no rule for their roles\n"
        "**Server default:** no rule\n"
        "**Bot's own default:** 6 a day ← applies\n"
        f"**Used today:** 0 of 6, on hold 0 → 6 left, anew <t:{MIDNIGHT}:R>\n"
        "**Bonus:** 0 → 6 spendable\n"
        "**Server cap:** unlimited\n"
        "**Running:** 0 of 1, waiting 0 of 2\n"
        "**Whole server:** running 0 of 100, waiting 0 of 200\n"
        "**Pause:** no\n"
        "Not judged here: the channel (all are open), the words of the prompt (0 on the list).\n"
        "**Result:** accepted."
    )


async def test_the_rule_that_applies_is_marked(world: World) -> None:
    low, high = world.guild.create_role("Member"), world.guild.create_role("Supporter")
    kim = world.guild.add_member(world.env.create_user("kim"), roles=[low, high])
    await admin(world, "default", credits="3")
    await admin(world, "role", role=low, credits="6")
    await admin(world, "role", role=high, credits="20")
    text = await why(world, member=kim)
    assert f"**Roles:** <@&{high.id}> 20 a day ← applies · <@&{low.id}> 6 a day\n" in text
    assert "**Server default:** 3 a day\n**Bot's own default:** 6 a day\n" in text
    await admin(world, "user", member=kim, credits="unlimited", until="2 weeks")
    text = await why(world, member=kim)
    assert f"**Personal rule:** unlimited until <t:{NOW + 14 * DAY}:D> ← applies" in text
    assert "**Used today:** 0, on hold 0 → unlimited" in text
    assert "**Bonus:** 0 → unlimited spendable" in text
    assert "← applies" in text
    assert text.count("← applies") == 1


async def test_bonus_and_cap_are_counted(world: World) -> None:
    await world.video()
    await admin(world, "grant", member=world.mika, amount=3)
    await admin(world, "cap", credits="300")
    text = await why(world, preset="hd")
    assert f"**Used today:** 2 of 6, on hold 2 → 4 left, anew <t:{MIDNIGHT}:R>\n" in text
    assert "**Bonus:** 3 → 7 spendable\n" in text
    assert "**Server cap:** 298 of 300 left this month, anew <t:" in text
    assert "**Running:** 0 of 1, waiting 1 of 2\n" in text
    assert text.endswith("**Result:** accepted.")


async def test_too_many_on_the_way_names_the_video_that_must_end(world: World) -> None:
    _, job = await world.submitted()
    await world.video()
    await world.video()
    text = await why(world)
    assert "**Running:** 1 of 1, waiting 2 of 2 ✗\n" in text
    assert "refused. They would read: You already have 3 videos on the way." in text
    assert f"- Video {job.code} must end (usually <t:{NOW + 100}:R>)." in text
    world.core.clock.move(200)
    assert f"- Video {job.code} must end (any moment)." in await why(world)


async def test_used_up_says_when_more_come_and_who_can_give_more(world: World) -> None:
    for _ in range(3):
        await world.delivered()
    text = await why(world)
    assert "0 left, anew" in text
    assert (
        f"They would read: You have used your 6 credits for today. Next ones: <t:{MIDNIGHT}" in text
    )
    assert (
        f"For a yes:\n- More come <t:{MIDNIGHT}:R>. "
        "`/quota-admin grant`, `reset`, `user` and `role` give more."
    ) in text


async def test_a_limit_below_the_price_never_pays(world: World) -> None:
    await admin(world, "default", credits="4")
    text = await why(world, preset="HD")
    assert "They would read: HD costs 5 credits, you have 4 left." in text
    assert "- They have 4 of the 5 credits. Their limit of 4 a day never pays for it." in text
    await admin(world, "default", credits="none")
    text = await why(world)
    assert "0 left ✗\n" in text
    assert "- Their limit is none. `/quota-admin grant`, `user` and `role` give more." in text
    await admin(world, "user", member=world.mika, credits="none")
    assert "is none. `/quota-admin grant` and `user` give more." in await why(world)


async def test_every_refusal_is_listed_the_weightiest_first(world: World) -> None:
    await admin(world, "block", member=world.mika, for_="7 days", reason="spam")
    await setting(world, "pause", Pause("we move"))
    await setting(world, "presets", PresetsOff(("HD",)))
    await admin(world, "cap", credits="1")
    await admin(world, "default", credits="4")
    text = await why(world, preset="HD")
    ends = NOW + 7 * DAY
    assert f"**Block:** until <t:{ends}:f>, reason: spam ✗\n" in text
    assert "**Pause:** videos are paused, reason: we move ✗\n" in text
    assert f"**Server cap:** 1 of 1 left this month, anew <t:{MONTH_ENDS}:R> ✗\n" in text
    needs = text.partition("For a yes:\n")[2].split("\n")
    assert needs == [
        f"- `/quota-admin unblock` lifts the block; it ends <t:{ends}:R>.",
        "- `/video-admin resume` ends the pause.",
        "- `/video-admin presets` switches HD on.",
        (
            "- They have 4 of the 5 credits. Their limit of 4 a day never pays for it. "
            "`/quota-admin grant`, `user` and `role` give more."
        ),
        (
            f"- The server's credits are not enough for this (1 left): more come "
            f"<t:{MONTH_ENDS}:R>, or `/quota-admin cap` raises the cap."
        ),
    ]
    assert f"They would read: You cannot make videos on this server until <t:{ends}:f>." in text


async def test_a_cap_that_only_warns_stops_nobody(world: World) -> None:
    await admin(world, "cap", credits="1", when_empty="warn")
    text = await why(world)
    assert ", stops nobody\n" in text
    assert text.endswith("**Result:** accepted.")


async def test_channels_and_words_are_shown_but_not_judged(world: World) -> None:
    await setting(world, "channels", Channels("none", (world.channel.id,)))
    await setting(world, "words", Words(("any words",)))
    text = await why(world)
    assert (
        f"Not judged here: the channel (only <#{world.channel.id}>), "
        "the words of the prompt (1 on the list).\n**Result:** accepted."
    ) in text


async def test_with_no_channel_open_nobody_can_order(world: World) -> None:
    await setting(world, "channels", Channels("none"))
    text = await why(world)
    assert "**Channels:** none is open ✗\nNot judged here: the words of" in text
    refused = "Videos are switched off in every channel here."
    assert f"**Result:** refused. They would read: {refused}\n" in text
    assert text.endswith("- `/video-admin channels` opens some, or all.")
    assert (await world.video()).response.content == refused


async def test_whoever_has_left_can_be_asked_about(world: World) -> None:
    gone = left(world)
    text = await why(world, member=gone)
    assert "They are not a member of this server now.\n" in text


async def test_a_preset_that_does_not_exist_is_refused(world: World) -> None:
    assert await why(world, preset="8K") == "`preset` can be Quick, Standard or HD here."


async def test_presets_are_suggested_with_their_prices(world: World) -> None:
    found = await world.admin.autocomplete(
        world.channel, "quota-admin why", "preset", "h", member=world.mika
    )
    assert [(choice["name"], choice["value"]) for choice in found] == [
        ("HD · from 5 credits", "HD")
    ]


async def test_the_longest_answer_fits_a_message(world: World) -> None:
    roles = [world.guild.create_role(f"R{number}") for number in range(30)]
    kim = world.guild.add_member(world.env.create_user("kim"), roles=roles)
    for number, role in enumerate(roles):
        await admin(world, "role", role=role, credits=str(number), until="2 weeks")
    await admin(world, "block", member=kim, reason="*" * 200)
    await setting(world, "pause", Pause("_" * 200))
    await setting(world, "presets", PresetsOff(("HD",)))
    await admin(world, "cap", credits="1")
    text = await why(world, member=kim, preset="HD")
    assert len(text) <= 2000
    assert "25 more" in text
    assert text.endswith(
        "- `/video-admin presets` switches HD on.\n- The server's credits are not enough "
        f"for this (1 left): more come <t:{MONTH_ENDS}:R>, or `/quota-admin cap` raises the cap."
    )


async def test_a_service_that_takes_no_orders_is_told(world: World) -> None:
    world.core.api.answers += [ProviderLocked("no credits")]
    await world.video()
    await drain(world.core.submitter)
    text = await why(world)
    assert (
        "**Pause:** the video service takes no orders of the bot; its operator can see why ✗"
        in text
    )
    assert "**Result:** refused" in text
    assert "Videos are paused at the moment." in text
