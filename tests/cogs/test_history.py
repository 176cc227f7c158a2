"""What `/quota history` says of a member's ledger, in plain words."""

from __future__ import annotations

from typing import Any

from bot.core.admin.changes import EVERYONE, By
from bot.core.jobs.loop import drain
from bot.core.rules.quota import Grant
from tests.cogs.conftest import World

NOW = 1_800_000_000
DAY = 86_400
ADMIN = By(1)


async def history(world: World, who: Any = None) -> list[str]:
    answer = await (who or world.mika).slash(world.channel, "quota history")
    assert answer.ephemeral
    (embed,) = answer.response.embeds
    assert embed.title == "Your credits"
    return embed.description.splitlines()


async def grant(world: World, amount: int, reason: str, until: float | None = None) -> Any:
    given = {"credits": amount, "admin_id": 1, "reason": reason, "expires_at": until}
    made = Grant(guild_id=world.guild.id, user_id=world.mika.id, **given)
    return await world.core.admin.grant(made)


async def test_videos_are_on_hold_used_or_given_back(world: World) -> None:
    _, done = await world.delivered()
    later = int(world.core.clock.now())
    await world.video(preset="Quick")
    cancelled = await world.newest()
    await world.core.service.cancel(cancelled.id, world.member())
    await world.video()
    held = await world.newest()
    assert await history(world) == [
        f"2 credits · {held.code} · on hold · <t:{later}:R>",
        f"1 credit · {cancelled.code} · given back · <t:{later}:R>",
        f"2 credits · {done.code} · used · <t:{NOW}:R>",
    ]


async def test_a_video_that_takes_from_bonus_and_window_is_one_line(world: World) -> None:
    await grant(world, 3, "")
    await world.video(preset="HD", shape="wide")
    job = await world.newest()
    assert world.core.ledger(job) == [("hold", 3), ("hold", 2)]
    assert (await history(world))[0] == f"5 credits · {job.code} · on hold · <t:{NOW}:R>"


async def test_gifts_resets_and_what_was_taken_back(world: World) -> None:
    admin, guild_id = world.core.admin, world.guild.id
    gift = await grant(world, 10, "won the **contest**", NOW + 30.0 * DAY)
    await admin.reset(guild_id, world.mika.id, ADMIN)
    again = await admin.reset(guild_id, EVERYONE, By(1, "new year"))
    await admin.undo(guild_id, gift.id, By(1, "typo"))
    await admin.undo(guild_id, again.id, ADMIN)
    assert await history(world) == [
        f"full credits again for everyone, taken back · <t:{NOW}:R>",
        f"10 bonus credits taken back: typo · <t:{NOW}:R>",
        f"full credits again for everyone: new year · <t:{NOW}:R>",
        f"full credits again · <t:{NOW}:R>",
        f"+10 bonus until <t:{NOW + 30 * DAY}:D>: won the \\*\\*contest\\*\\* · <t:{NOW}:R>",
    ]


async def test_others_see_their_own(world: World) -> None:
    await world.video()
    assert await history(world, world.stranger) == [
        "Nothing yet: no credits were used here, and none given."
    ]


async def test_twenty_lines_with_long_reasons_fit(world: World) -> None:
    for _ in range(25):
        await grant(world, 100_000, "*" * 200, NOW + 30.0 * DAY)
    assert len(await history(world)) == 20


async def test_places_without_a_server_have_their_own(world: World) -> None:
    await world.video()
    answer = await world.mika.user.slash("quota history")
    assert answer.response.embeds[0].description.startswith("Nothing yet")
    await world.mika.user.slash("video", prompt="a paper boat")
    job = await world.newest()
    await drain(world.core.submitter)
    answer = await world.mika.user.slash("quota history")
    assert (
        answer.response.embeds[0].description == f"2 credits · {job.code} · on hold · <t:{NOW}:R>"
    )
