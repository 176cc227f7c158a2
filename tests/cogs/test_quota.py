"""What `/quota` and `/quota-admin` promise."""

from __future__ import annotations

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
