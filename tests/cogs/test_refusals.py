"""Every "no" is one sentence that only the asker sees, and nothing is stored."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.core.admin.changes import By
from bot.core.jobs.errors import ProviderLocked
from bot.core.jobs.loop import drain
from bot.core.rules.quota import Block
from bot.core.rules.server_settings import Cap, Channels, Log, Pause, PresetsOff, Words
from tests.builders import lock_soon
from tests.cogs.conftest import World
from tests.cogs.shown import labels

ADMIN = By(1)
MIDNIGHT = 1_800_057_600


async def refused(world: World, answer, sentence: str) -> None:
    assert answer.ephemeral
    assert answer.response.content == sentence
    assert not [m for m in world.channel.history() if not m.flags.ephemeral]


async def section(world: World, name: str, value: Any) -> None:
    await world.core.admin.edit(world.guild.id, name, lambda _: value, ADMIN)


async def test_a_prompt_of_blanks(world: World) -> None:
    answer = await world.video(prompt="  a  ")
    sentence = "The prompt has 1 characters; it needs 3 to 1,000. Nothing was charged."
    await refused(world, answer, sentence.replace("1 characters", "1 character"))
    assert world.count() == 0


async def test_a_prompt_that_is_too_long(world: World) -> None:
    answer = await world.raw("video", prompt="x" * 1001)
    await refused(
        world, answer, "The prompt has 1,001 characters; it needs 3 to 1,000. Nothing was charged."
    )
    assert world.count() == 0


async def test_a_value_outside_the_limits(world: World) -> None:
    answer = await world.video(frames=26)
    await refused(world, answer, "`frames` takes 8 to 25 with the model wan2.2.")
    assert world.count() == 0


async def test_a_choice_that_does_not_exist(world: World) -> None:
    answer = await world.video(preset="HD", shape="square")
    await refused(world, answer, "`shape` can be wide or tall here.")
    assert world.count() == 0


async def test_a_setting_that_the_model_does_not_have(world: World) -> None:
    answer = await world.video(model="ltx-2.3", frames=20)
    await refused(
        world,
        answer,
        "The model ltx-2.3 has no setting `frames`. It has `seconds`. "
        "Models with it: wan2.2, cogvideox and wan2.2-hd.",
    )


async def staffed(world: World) -> None:
    """Let the staff have a channel where it sees who asks for more."""
    await section(world, "log", Log(world.guild.create_text_channel("staff").id))


async def test_credits_used_up(world: World) -> None:
    await staffed(world)
    await world.admin.slash(world.channel, "quota-admin default", credits="2")
    await world.video()
    standing = await world.core.service.standing(world.member())
    answer = await world.video()
    assert answer.ephemeral
    assert answer.response.content == (
        f"You have used your 2 credits for today. Next ones: <t:{int(standing.window.end)}:R>."
    )
    assert labels(answer) == ["Ask for more", "My usage"]
    usage = await world.mika.click(answer.response, label="My usage")
    assert usage.ephemeral
    assert usage.response.content.startswith("Credits: 0 of 2 left today")
    assert world.count() == 1


async def test_no_credits_at_all(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="none")
    answer = await world.video()
    await refused(world, answer, "Members get no credits here. Only an admin can change that.")


async def test_not_enough_offers_what_would_fit(world: World) -> None:
    await staffed(world)
    await world.video()
    await world.admin.slash(world.channel, "quota-admin default", credits="6")
    answer = await world.video(preset="HD", shape="wide")
    assert answer.ephemeral
    assert answer.response.content == ("HD costs 5 credits, you have 4 left. Standard would fit.")
    assert labels(answer) == ["Use Standard", "Ask for more", "My usage"]
    card = await world.mika.click(answer.response, label="Use Standard")
    job = await world.newest()
    assert not card.ephemeral
    assert f"Video {job.code} · waiting" in card.response.content
    assert (job.recipe.preset, job.recipe.shape) == ("Standard", "wide")
    assert job.card_message_id == card.response.id
    again = await world.mika.click(answer.response, label="Use Standard")
    assert again.response.content.startswith("I no longer remember that order.")
    assert world.count() == 2


async def test_three_on_the_way(world: World) -> None:
    for _ in range(3):
        await world.video(preset="Quick")
    answer = await world.video(preset="Quick")
    assert answer.ephemeral
    assert answer.response.content == (
        "You already have 3 videos on the way. Start another when one is done."
    )
    assert labels(answer) == ["My jobs"]
    listed = await world.mika.click(answer.response, label="My jobs")
    assert listed.ephemeral
    assert world.count() == 3


async def test_a_member_who_is_blocked(world: World) -> None:
    now = int(world.core.clock.now())
    block = Block(now + 60.0, "too many @everyone")
    await world.core.admin.block(world.guild.id, world.mika.id, block, ADMIN)
    await refused(
        world,
        await world.video(),
        (
            f"You cannot make videos on this server until <t:{now + 60}:f>. "
            "Reason: too many @\u200beveryone."
        ),
    )
    assert world.count() == 0


async def test_a_server_that_is_paused(world: World) -> None:
    await section(world, "pause", Pause("back on Monday"))
    await refused(
        world,
        await world.video(),
        (
            "Videos are paused at the moment. Reason: back on Monday. "
            "Nothing was charged; please try later."
        ),
    )
    assert world.count() == 0


async def test_a_channel_that_is_switched_off(world: World) -> None:
    studio = world.guild.create_text_channel("studio")
    await section(world, "channels", Channels("none", (studio.id,)))
    await refused(world, await world.video(), f"Videos are switched off here. Try <#{studio.id}>.")
    await section(world, "channels", Channels("all", (world.channel.id,)))
    await refused(world, await world.video(), "Videos are switched off here. Try another channel.")
    assert world.count() == 0
    await world.mika.slash(studio, "video", prompt="a paper boat")
    assert world.count() == 1


async def test_a_prompt_with_a_word_that_the_server_does_not_allow(world: World) -> None:
    await section(world, "words", Words(("paper boat",)))
    sentence = "This server does not allow part of that prompt. Nothing was sent or charged."
    await refused(world, await world.video(prompt="A PAPER  b\u00f6at, please"), sentence)
    assert world.count() == 0
    await world.video(prompt="a ship", avoid="paper boat")
    assert world.count() == 1


async def test_a_preset_that_the_server_does_not_offer(world: World) -> None:
    await section(world, "presets", PresetsOff(("HD",)))
    answer = await world.video(preset="HD", shape="wide")
    sentence = "HD is switched off here. What can be chosen: Quick or Standard."
    await refused(world, answer, sentence)
    answer = await world.video(preset="Quick", model="wan2.2-hd")
    said = "The model of this video belongs to HD alone, and that is not offered here."
    await refused(world, answer, said)
    assert world.count() == 0


async def test_who_chose_no_preset_reads_that_the_usual_one_is_off(world: World) -> None:
    await section(world, "presets", PresetsOff(("Standard",)))
    await refused(
        world,
        await world.video(),
        "Standard is switched off here. What can be chosen: Quick or HD.",
    )


async def test_a_server_that_has_used_up_its_credits(world: World) -> None:
    await section(world, "cap", Cap(2, "day"))
    await world.video(who=world.stranger)
    answer = await world.video()
    assert answer.ephemeral
    assert answer.response.content == (
        f"This server has no credits left. Nothing was charged. More come <t:{MIDNIGHT}:R>."
    )
    assert not answer.response.components
    assert world.count() == 1


async def test_where_nobody_can_be_asked_no_button_says_so(world: World) -> None:
    mika = world.mika.user
    for _ in range(3):
        await mika.slash("video", prompt="a paper boat")
        await drain(world.core.submitter)
        await world.finish()
    answer = await mika.slash("video", prompt="a paper boat")
    assert answer.response.content.startswith("You have used your 6 credits for today.")
    assert labels(answer) == ["My usage"]


async def test_a_channel_where_the_bot_may_not_post(world: World) -> None:
    nobody = discord.PermissionOverwrite(send_messages=False, attach_files=False)
    muted = world.guild.create_text_channel("muted", overwrites={world.env.bot.user: nobody})
    answer = await world.mika.slash(muted, "video", prompt="a paper boat")
    assert answer.ephemeral
    assert answer.response.content == (
        "I am not allowed to send messages or attach files in this channel. "
        "A moderator can fix that; nothing was charged."
    )
    assert world.count() == 0


@pytest.mark.parametrize(
    ("lacks", "said"),
    [
        ("read_message_history", "read the message history"),
        ("attach_files", "attach files"),
        ("view_channel", "see this channel"),
    ],
)
async def test_each_permission_that_a_video_needs_is_asked_for_before_the_order(
    world: World, lacks: str, said: str
) -> None:
    lacking = discord.PermissionOverwrite(**{lacks: False})
    channel = world.guild.create_text_channel("quiet", overwrites={world.env.bot.user: lacking})
    answer = await world.mika.slash(channel, "video", prompt="a paper boat")
    assert said in answer.response.content
    assert world.count() == 0


async def test_a_paused_provider(world: World) -> None:
    await world.core.order()
    world.core.api.answers.append(ProviderLocked("no credits"))
    await drain(world.core.submitter)
    await refused(
        world,
        await world.video(),
        "Videos are paused at the moment. Nothing was charged; please try later.",
    )
    assert world.count() == 1


async def test_a_locked_database(world: World) -> None:
    await lock_soon(world.core.database)
    with closing(sqlite3.connect(world.core.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = await world.video()
    await refused(
        world,
        answer,
        "I cannot check your credits right now, so I did not start. Please try again in a minute.",
    )
    assert world.count() == 0


async def test_a_value_that_the_library_cannot_read_is_to_be_chosen_again(
    world: World, monkeypatch
) -> None:
    async def unreadable(*_args):
        option = discord.AppCommandOptionType.user
        raise app_commands.TransformerError("x", option, app_commands.Transformer())

    # A private name of the library: only inside of it does reading a value fail so.
    command = world.bot.tree.get_command("video")
    monkeypatch.setattr(command, "_invoke_with_namespace", unreadable)
    sentence = (
        "I cannot use one of those values; please choose it from the list that Discord offers."
    )
    await refused(world, await world.video(), sentence)
    assert world.env.errors


@pytest.mark.parametrize("kind", [ZeroDivisionError, TimeoutError, ConnectionResetError])
async def test_a_defect_shows_a_code_that_the_log_knows_and_nothing_else(
    world: World, kind: type[Exception], monkeypatch, capsys
) -> None:
    """Nor is silence of our own called Discord's."""

    async def broken(*_args):
        raise kind("secret detail")

    monkeypatch.setattr(world.core.service, "order", broken)
    answer = await world.video()
    assert answer.ephemeral
    assert "secret" not in answer.response.content
    code = answer.response.content.rpartition("`")[0].rpartition("`")[2]
    assert len(code) == 6
    assert code in capsys.readouterr().out
    assert [type(error.original) for error in world.env.errors] == [kind]


ON = (
    "wan2.2, cogvideox, wan2.2-hd, ltx-2.3, ltx-2.3-ratio, seedance, wan2.6, wan2.6-1080p, wan2.7, "
    "wan2.7-1080p, hailuo-2.3, kling-2.5 or veo-3-fast"
)
WITH_LENGTHS = ON.replace("seedance, ", "").replace(" or ", " and ")
LACKING: list[tuple[dict[str, Any], str]] = [
    ({"seconds": 10.0},
     "`seconds` takes 1 to 3.1 with the model wan2.2. Presets that go longer: HD (to 7.5 s)."),
    ({"seconds": 0.5}, "`seconds` takes 1 to 3.1 with the model wan2.2."),
    ({"seconds": 10.0, "model": "cogvideox"},
     "`seconds` takes 1 to 3.1 with the model cogvideox."),
    ({"seconds": 7.0, "model": "kling-2.5"}, "`seconds` can be 5 or 10 with the model kling-2.5."),
    ({"seconds": 5.0, "model": "seedance"},
     f"The model seedance has no setting `seconds`. Models with it: {WITH_LENGTHS}."),
    ({"sound": True, "model": "kling-2.5"},
     "The model kling-2.5 has no setting `sound`. It has `seconds`. Models with it: veo-3-fast."),
    ({"seconds": 2.0, "frames": 16},
     ("`seconds` and `frames` say the same thing in two ways. Please give only one of them; "
     "nothing was charged.")),
    ({"model": "sora-2"},
     ("The model sora-2 is switched off: its own package and other people's programs disagree "
     f"about how it is ordered. `model` can be {ON} here.")),
]  # fmt: skip


async def test_a_preset_that_is_off_here_is_not_named(world: World) -> None:
    await section(world, "presets", PresetsOff(("HD",)))
    answer = await world.video(seconds=10.0)
    await refused(world, answer, "`seconds` takes 1 to 3.1 with the model wan2.2.")


@pytest.mark.parametrize(("options", "said"), LACKING)
async def test_an_option_that_the_model_lacks_says_what_it_takes_instead(
    world: World, options: dict[str, Any], said: str
) -> None:
    answer = await world.video(**options)
    await refused(world, answer, said)
    assert world.count() == 0
    assert world.core.rows("SELECT 1 FROM ledger WHERE kind = 'hold'") == []
