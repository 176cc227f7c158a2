"""What `/quota show` promises: what is left, when it comes back, and what limits it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.admin.changes import By
from bot.core.jobs.loop import drain
from bot.core.rules.calendar import Calendar
from bot.core.rules.quota import Block, Grant, Limit, Operator, Rule
from bot.core.rules.server_settings import Cap, Caps, Log, Pause
from tests.builders import Core
from tests.cogs.conftest import World
from tests.cogs.shown import labels
from tests.conftest import MakeCore

NOW = 1_800_000_000
MIDNIGHT = 1_800_057_600
DAY = 86_400
ADMIN = By(1)


async def shown(world: World, who: Any = None) -> list[str]:
    answer = await (who or world.mika).slash(world.channel, "quota show")
    assert answer.ephemeral
    return answer.response.content.splitlines()


async def section(world: World, name: str, value: Any) -> None:
    await world.core.admin.edit(world.guild.id, name, lambda _: value, ADMIN)


async def rule(world: World, scope: str, subject: int, allowed: int | None, **more: Any) -> None:
    made = Rule(scope=scope, subject_id=subject, limit=Limit(allowed), **more)
    await world.core.admin.set_rule(world.guild.id, made, ADMIN)


async def grant(world: World, amount: int, until: float | None = None) -> None:
    given = {"credits": amount, "admin_id": 1, "reason": "contest", "expires_at": until}
    await world.core.admin.grant(Grant(guild_id=world.guild.id, user_id=world.mika.id, **given))


async def test_everything_at_once(world: World) -> None:
    await grant(world, 3, NOW + 30 * DAY)
    await grant(world, 1, NOW + 2 * DAY)
    await grant(world, 2)
    await world.video()
    first = await world.newest()
    await drain(world.core.submitter)
    await world.video(preset="HD", shape="wide")
    second = await world.newest()
    assert await shown(world) == [
        f"Credits: 5 of 6 left today · back to 6 <t:{MIDNIGHT}:R>",
        f"On hold: 7 ({first.code}, {second.code})",
        "Your limit comes from the bot's own default (6 a day).",
        "On the way: 2 of 3 videos (1 running, 1 waiting), 1 at a time",
    ]


async def test_every_bonus_is_named_with_its_end(world: World) -> None:
    await grant(world, 3, NOW + 30 * DAY)
    await grant(world, 1, NOW + 2 * DAY)
    await grant(world, 2)
    assert (await shown(world))[1] == (
        f"Bonus: 1, until <t:{NOW + 2 * DAY}:D> · Bonus: 3, until <t:{NOW + 30 * DAY}:D> · Bonus: 2"
    )


async def test_credits_come_back_in_the_servers_window(world: World) -> None:
    await section(world, "calendar", Calendar("Asia/Tokyo", 6))
    assert (await shown(world))[0] == (
        f"Credits: 6 of 6 left today · back to 6 <t:{MIDNIGHT + (21 - 24) * 3600}:R>"
    )


async def test_an_own_rule_and_its_end(world: World) -> None:
    await rule(world, "user", world.mika.id, 40, until=NOW + 14.0 * DAY)
    ends = f"It counts until <t:{NOW + 14 * DAY}:D>."
    assert f"Your limit comes from a rule of your own (40 a day). {ends}" in await shown(world)


async def test_a_servers_default(world: World) -> None:
    await rule(world, "default", 0, None)
    lines = await shown(world)
    assert lines[0] == "Credits: unlimited"
    assert lines[1] == "Your limit comes from this server's default (unlimited)."


async def test_a_role_is_named(world: World) -> None:
    role = world.guild.create_role("Supporter")
    fan = world.guild.add_member(world.env.create_user("fan"), roles=[role])
    await rule(world, "role", role.id, 20)
    assert f"Your limit comes from the role <@&{role.id}> (20 a day)." in await shown(world, fan)


async def test_a_block_is_said_first(world: World) -> None:
    block = Block(NOW + 60.0, "no *fun*")
    await world.core.admin.block(world.guild.id, world.mika.id, block, ADMIN)
    lines = await shown(world)
    assert lines[0] == (
        f"You cannot make videos on this server until <t:{NOW + 60}:f>. Reason: no \\*fun\\*."
    )
    assert lines[1].startswith("Credits: 6 of 6 left today")


async def test_a_pause_is_said_first(world: World) -> None:
    await section(world, "pause", Pause("we move"))
    assert (await shown(world))[0] == "Videos are paused here at the moment. Reason: we move."


async def test_a_cap_that_is_tighter_is_said(world: World) -> None:
    await section(world, "cap", Cap(300))
    assert not [line for line in await shown(world) if line.startswith("This server has")]
    await section(world, "cap", Cap(5))
    await world.video(who=world.stranger)
    (line,) = [line for line in await shown(world) if line.startswith("This server has")]
    assert line.startswith("This server has 3 credits left. More come <t:")
    await section(world, "cap", Cap(5, when_empty="warn"))
    assert not [line for line in await shown(world) if line.startswith("This server has")]


async def test_own_caps_of_a_server_are_told(world: World) -> None:
    await section(world, "caps", Caps(member_running=2, member_waiting=0))
    assert (await shown(world))[-1] == "On the way: 0 of 2 videos, 2 at a time"


async def test_a_stopped_video_holds_nothing_and_counts_until_the_service_is_done(
    world: World,
) -> None:
    _, job = await world.submitted()
    await world.core.service.stop(job.id, world.member())
    assert await shown(world) == [
        f"Credits: 4 of 6 left today · back to 6 <t:{MIDNIGHT}:R>",
        "Your limit comes from the bot's own default (6 a day).",
        "On the way: 1 of 3 videos, 1 at a time",
        "1 is stopped or out of contact, and counts until the service is done with it.",
    ]


async def test_the_buttons_lead_on(world: World) -> None:
    await section(world, "log", Log(world.guild.create_text_channel("staff").id))
    answer = await world.mika.slash(world.channel, "quota show")
    assert labels(answer) == ["History", "Ask for more"]
    history = await world.mika.click(answer.response, label="History")
    assert history.ephemeral
    assert history.response.embeds[0].description.startswith("Nothing yet")


async def test_outside_of_servers_nobody_is_there_to_ask(world: World) -> None:
    answer = await world.mika.user.slash("quota show")
    assert labels(answer) == ["History"]
    assert answer.response.content.splitlines() == [
        f"Credits: 6 of 6 left today · back to 6 <t:{MIDNIGHT}:R>",
        "Your limit comes from the bot's own default (6 a day).",
        "On the way: 0 of 3 videos, 1 at a time",
    ]


class TestCeiling:
    """The operator's ceiling, which concerns every server."""

    @pytest.fixture
    async def core(self, make_core: MakeCore) -> Core:
        return await make_core(operator=Operator(fallback=Limit(6), ceiling=Limit(5, "month")))

    async def test_it_is_said_where_it_is_tighter(self, world: World) -> None:
        await world.video(who=world.stranger)
        (line,) = [line for line in await shown(world) if line.startswith("The bot has")]
        assert line.startswith("The bot has 3 credits left. More come <t:")
