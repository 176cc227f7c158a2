"""What `/quota-admin grant`, `reset`, `block` and `unblock` promise."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cogs.admins import DAY, NOW, UNDO, admin, answer, entries, left, rules, second_admin
from tests.cogs.conftest import World

NOT_ALLOWED = "Only members who may manage this server can do that."
CHANGED = "That was changed again meanwhile, so I left everything as it is."
GIVEN = "SELECT user_id, credits, expires_at, reason FROM ledger WHERE kind = 'grant'"
RESETS = "SELECT user_id FROM ledger WHERE kind = 'reset'"
BLOCKS = "SELECT user_id, until, reason FROM blocks"


def ended(world: World) -> list[tuple[Any, ...]]:
    return world.core.rows("SELECT user_id, state FROM jobs WHERE ended_at IS NOT NULL")


def direct(world: World, who: Any) -> list[str]:
    return [message.content for message in who.user.dm_channel.history()]


# --- grant


async def test_grant_says_what_they_have_now(world: World) -> None:
    said = await admin(
        world, "grant", member=world.mika, amount=10, expires="30 days", reason="won @everyone"
    )
    until = NOW + 30 * DAY
    assert said == (
        f"<@{world.mika.id}>: +10 bonus until <t:{until}:D>. They now have 16. "
        "Reason: won @\u200beveryone."
    )
    assert world.core.rows(GIVEN) == [(world.mika.id, 10, until, "won @everyone")]


async def test_a_grant_without_an_end_lasts_for_good(world: World) -> None:
    said = await admin(world, "grant", member=world.mika, amount=1, reason="\u2060")
    assert said == f"<@{world.mika.id}>: +1 bonus. They now have 7."


async def test_an_end_may_be_a_date(world: World) -> None:
    last_second = 1_800_316_800 - 1
    said = await admin(world, "grant", member=world.mika, amount=1, expires="2027-01-18")
    assert f"until <t:{last_second}:D>" in said
    said = await admin(world, "block", member=world.mika, for_="2027-01-18")
    assert f"<t:{last_second}:" in said


async def test_a_grant_that_the_server_cannot_pay_says_so(world: World) -> None:
    await admin(world, "cap", credits="3")
    said = await admin(world, "grant", member=world.mika, amount=10)
    assert said.endswith("They now have 16. This server has 3 credits left.")


async def test_a_grant_lifts_no_block(world: World) -> None:
    await admin(world, "block", member=world.mika)
    said = await admin(world, "grant", member=world.mika, amount=1)
    assert said.endswith("They are blocked, and this does not lift the block.")


async def test_the_member_is_told_if_that_is_wanted(world: World) -> None:
    await admin(world, "grant", member=world.stranger, amount=1)
    said = await admin(
        world, "grant", member=world.mika, amount=10, expires="7 days", reason="contest", tell=True
    )
    assert said.endswith("Reason: contest. I told them.")
    (message,) = direct(world, world.mika)
    assert message == (
        f"You got 10 credits on {world.guild.name} until <t:{NOW + 7 * DAY}:D>. "
        "You have 16 there now. Reason: contest."
    )
    assert not direct(world, world.stranger)


async def test_a_member_who_cannot_be_told_gets_the_credits(world: World) -> None:
    world.env.inject_error("POST", "/users/@me/channels", status=403)
    said = await admin(world, "grant", member=world.mika, amount=10, tell=True)
    assert said.endswith("They now have 16. I could not reach them by direct message.")
    assert world.core.rows(GIVEN)


async def test_an_answer_that_cannot_be_extended_stands(world: World) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=404)
    said = await admin(world, "grant", member=world.mika, amount=10, tell=True)
    assert said == f"<@{world.mika.id}>: +10 bonus. They now have 16."
    assert len(direct(world, world.mika)) == 1


@pytest.mark.parametrize("command", ["grant", "reset"])
async def test_whoever_has_left_gets_nothing(world: World, command: str) -> None:
    gone = left(world)
    amount = {"amount": 3} if command == "grant" else {}
    said = await admin(world, command, member=gone, **amount)
    assert said == f"<@{gone.id}> is not a member of this server any more, so nothing was changed."
    assert world.core.rows("SELECT * FROM ledger") == []


@pytest.mark.parametrize("command", ["grant", "reset", "block", "unblock"])
async def test_bots_get_nothing(world: World, command: str) -> None:
    robot = world.guild.add_member(world.env.create_user("robot", bot=True))
    amount = {"amount": 3} if command == "grant" else {}
    said = await admin(world, command, member=robot, **amount)
    assert said == f"<@{robot.id}> is a bot; bots order no videos, so nothing was changed."
    assert not entries(world)


async def test_nonsense_grants_nothing(world: World) -> None:
    said = await admin(world, "grant", member=world.mika, amount=3, expires="soon")
    assert said.startswith("I cannot read `expires`. Write")
    assert world.core.rows("SELECT * FROM ledger") == []


# --- reset


async def test_reset_gives_a_member_the_full_credits_again(world: World) -> None:
    await world.video()
    world.core.clock.move(1)
    said = await admin(world, "reset", member=world.mika)
    assert said == f"<@{world.mika.id}> has their full credits again. They now have 6."
    assert world.core.rows(RESETS) == [(world.mika.id,)]


async def test_reset_is_for_one_or_for_all(world: World) -> None:
    for options in ({"member": world.mika, "everyone": True}, {"everyone": False}, {}):
        said = await admin(world, "reset", **options)
        assert said == "Choose a `member`, or `everyone: True`. Nothing was changed."
    assert world.core.rows(RESETS) == []


async def test_reset_of_everyone_asks_first(world: World) -> None:
    await world.video()
    await world.video(who=world.stranger)
    asked = await answer(world, "reset", everyone=True)
    assert asked.response.content == "Give 2 members their full credits now?"
    assert world.core.rows(RESETS) == []
    await world.admin.click(asked.response, label="Yes")
    assert asked.response.content == (
        "2 members have their full credits again. `/quota-admin log` can undo it."
    )
    assert not asked.response.components
    assert world.core.rows(RESETS) == [(0,)]
    said = await admin(world, "why", member=world.mika)
    assert "on hold 2 → 6 left" in said


async def test_only_members_with_something_used_are_counted(world: World) -> None:
    role = world.guild.create_role("Weekly")
    kim = world.guild.add_member(world.env.create_user("kim"), roles=[role])
    await admin(world, "role", role=role, credits="9", per="week")
    for who in (kim, world.mika, world.stranger):
        await world.video(who=who)
    await admin(world, "reset", member=world.stranger)
    asked = await answer(world, "reset", everyone=True)
    assert asked.response.content == "Give 2 members their full credits now?"
    world.core.clock.move(DAY)
    asked = await answer(world, "reset", everyone=True)
    assert asked.response.content == "Give 1 member their full credits now?"


async def test_no_leaves_everything(world: World) -> None:
    await world.video()
    asked = await answer(world, "reset", everyone=True)
    await world.admin.click(asked.response, label="No")
    assert asked.response.content == "Nothing was changed."
    assert not asked.response.components
    assert world.core.rows(RESETS) == []


async def test_a_yes_after_another_change_is_refused(world: World) -> None:
    await world.video()
    asked = await answer(world, "reset", everyone=True)
    await admin(world, "default", second_admin(world), credits="9")
    pressed = await world.admin.click(asked.response, label="Yes")
    assert pressed.followups[0].content.startswith(CHANGED)
    assert pressed.followups[0].flags.ephemeral
    assert world.core.rows(RESETS) == []


async def test_a_second_yes_is_refused(world: World) -> None:
    await world.video()
    asked = await answer(world, "reset", everyone=True)
    await world.admin.click(asked.response, label="Yes")
    assert "full credits again" in asked.response.content
    second = await world.press_id("vb1:resetall:0", who=world.admin)
    assert second.followups[0].content.startswith(CHANGED)
    assert world.core.rows(RESETS) == [(0,)]


async def test_what_the_bot_itself_tells_meanwhile_stops_no_yes(world: World) -> None:
    await admin(world, "cap", credits="4", alert="50")
    asked_by = await world.core.admin.newest(world.guild.id)
    await world.video()
    pressed = await world.press_id(f"vb1:resetall:{asked_by}", world.admin)
    assert not pressed.followups
    assert world.core.rows(RESETS) == [(0,)]


async def test_of_many_a_yes_in_the_same_instant_one_counts(world: World) -> None:
    await world.video()
    pressed = await world.press_at_once("vb1:resetall:0", world.admin, times=5)
    refusals = [one.followups[0].content for one in pressed if one.followups]
    assert len(refusals) == 4
    assert all(said.startswith(CHANGED) for said in refusals)
    assert world.core.rows(RESETS) == [(0,)]


@pytest.mark.parametrize("action", ["resetall:0", "resetnone:0", "rules:0", "oldroles:0"])
async def test_the_buttons_are_for_admins(world: World, action: str) -> None:
    await world.video()
    pressed = await world.press_id(f"vb1:{action}")
    assert pressed.response.content == NOT_ALLOWED
    assert not entries(world)


async def test_with_nothing_used_there_is_nothing_to_ask(world: World) -> None:
    said = await admin(world, "reset", everyone=True)
    assert said.startswith("Nobody has used any credits")


# --- block


async def test_a_block_cancels_what_waits_and_lets_finish_what_runs(world: World) -> None:
    _, running = await world.submitted()
    await world.video()
    said = await admin(world, "block", member=world.mika, for_="7 days", reason="spam.")
    until = NOW + 7 * DAY
    assert said == (
        f"<@{world.mika.id}> is blocked until <t:{until}:f>. Reason: spam. "
        "1 waiting video cancelled, 2 credits released; 1 running video will be posted."
    )
    assert ended(world) == [(world.mika.id, "cancelled")]
    assert world.core.rows(BLOCKS) == [(world.mika.id, until, "spam.")]
    refused = await world.video()
    assert refused.response.content == (
        f"You cannot make videos on this server until <t:{until}:f>. Reason: spam."
    )
    await world.finish()
    assert world.core.rows("SELECT state FROM jobs WHERE id = ?", running.id) == [("delivered",)]


async def test_a_block_may_be_for_good_and_be_lifted(world: World) -> None:
    said = await admin(world, "block", member=world.mika, reason="\u2060")
    assert said == (
        f"<@{world.mika.id}> is blocked until somebody lifts it with `/quota-admin unblock`."
    )
    said = await admin(world, "block", member=world.mika)
    assert said.endswith("`/quota-admin unblock`. It was so already; nothing changed.")
    said = await admin(world, "unblock", member=world.mika)
    assert said == f"<@{world.mika.id}> can make videos again."
    said = await admin(world, "unblock", member=world.mika)
    assert said == f"<@{world.mika.id}> was not blocked, so nothing changed."
    assert (await world.video()).response.content.startswith("🎬")


async def test_a_new_block_tells_of_the_old_one(world: World) -> None:
    await admin(world, "block", member=world.mika, for_="7 days")
    said = await admin(world, "block", second_admin(world), member=world.mika, for_="2 days")
    assert f"They were blocked until <t:{NOW + 7 * DAY}:f> before." in said
    assert said.endswith(
        f"<@{world.admin.id}> blocked them until <t:{NOW + 7 * DAY}:f> <t:{NOW}:R>; {UNDO}"
    )


async def test_a_block_that_has_ended_is_no_block(world: World) -> None:
    await admin(world, "block", member=world.mika, for_="1 day")
    world.core.clock.move(DAY)
    said = await admin(world, "unblock", member=world.mika)
    assert said == f"<@{world.mika.id}> was not blocked, so nothing changed."


async def test_admins_may_be_blocked_and_keep_their_commands(world: World) -> None:
    other = second_admin(world)
    assert (await admin(world, "block", member=other)).endswith(
        "They can still use the admin commands, with which they can lift the block."
    )
    assert (await admin(world, "block", member=world.admin)).endswith(
        "That is you: you cannot make videos now, but can still use the admin commands."
    )
    await admin(world, "unblock", member=world.admin)
    assert len(world.core.rows(BLOCKS)) == 1


async def test_whoever_has_left_may_be_blocked(world: World) -> None:
    gone = left(world)
    said = await admin(world, "block", member=gone, for_="1 month")
    assert said == (
        f"<@{gone.id}> is blocked until <t:{NOW + 30 * DAY}:f>. "
        "They are not a member of this server now."
    )
    said = await admin(world, "unblock", member=gone)
    assert said.endswith("can make videos again. They are not a member of this server now.")


async def test_nonsense_blocks_nobody(world: World) -> None:
    await world.video()
    said = await admin(world, "block", member=world.mika, for_="a while")
    assert said.startswith("I cannot read `for`. Write")
    assert world.core.rows(BLOCKS) == ended(world) == rules(world) == []


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("grant", [("member", 6, "1"), ("amount", 4, 5)]),
        ("reset", [("everyone", 5, True)]),
        ("block", [("member", 6, "1")]),
        ("cap", [("credits", 3, "5")]),
        ("time", [("hour", 4, 5)]),
        ("why", [("member", 6, "1")]),
        ("list", []),
    ],
)
async def test_nobody_else_may(world: World, command: str, options: list[Any]) -> None:
    await world.video()
    found = next(c for c in await world.bot.tree.fetch_commands() if c.name == "quota-admin")
    given = [{"name": name, "type": kind, "value": value} for name, kind, value in options]
    inner = [{"name": command, "type": 1, "options": given}]
    data = {"id": str(found.id), "name": found.name, "type": 1, "options": inner}
    assert (await world.send(data, world.mika)).response.content == NOT_ALLOWED
    assert not entries(world)
    assert world.env.errors
