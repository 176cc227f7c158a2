"""What `/video-admin` promises about channels, presets and words."""

from __future__ import annotations

import json
from typing import Any

import discord
import pytest

from bot.core.admin.changes import By
from tests.builders import items
from tests.cogs.conftest import World

WORD_REFUSED = "This server does not allow part of that prompt. Nothing was sent or charged."


async def admin(world: World, command: str, **options: Any) -> str:
    answer = await world.admin.slash(world.channel, f"video-admin {command}", **options)
    assert answer.ephemeral
    return answer.response.content


async def ordered(world: World, channel: Any = None, **options: Any) -> str:
    """What a member hears about an order."""
    given = {"prompt": "a paper boat"} | options
    answer = await world.mika.slash(channel or world.channel, "video", **given)
    return answer.response.content


def stored(world: World, section: str) -> dict | None:
    rows = world.core.rows("SELECT value FROM settings WHERE section = ?", section)
    return json.loads(rows[0][0]) if rows else None


def log(world: World) -> list[tuple]:
    return world.core.rows("SELECT admin_id, before, after FROM audit")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("channels", [{"name": "start", "type": 3, "value": "nowhere"}]),
        ("words", [{"name": "clear", "type": 5, "value": True}]),
        ("log-channel", [{"name": "off", "type": 5, "value": True}]),
        ("pause", []),
        ("resume", []),
        ("status", []),
        ("export", []),
        ("setup", []),
        ("presets", []),
    ],
)
async def test_who_may_not_manage_the_server_may_do_nothing(
    world: World, name: str, options: list
) -> None:
    command = world.env.backend.find_command("video-admin", world.guild.id, type=1)
    data = {"id": command["id"], "name": "video-admin", "type": 1}
    data["options"] = [{"name": name, "type": 1, "options": options}]
    answer = await world.send(data, world.mika)
    assert answer.ephemeral
    assert answer.response.content == "Only members who may manage this server can do that."
    assert not log(world)
    assert world.env.errors


# Channels


async def test_channels_begin_open_and_looking_changes_nothing(world: World) -> None:
    assert await admin(world, "channels") == "Videos may be made everywhere."
    assert not log(world)


async def test_a_channel_is_closed_and_opened_again(world: World) -> None:
    here = f"<#{world.channel.id}>"
    said = await admin(world, "channels", close=world.channel)
    assert said == f"Videos may be made everywhere except in {here}."
    assert await ordered(world) == "Videos are switched off here. Try another channel."
    assert world.count() == 0
    assert await admin(world, "channels", open=world.channel) == "Videos may be made everywhere."
    assert "waiting" in await ordered(world)
    assert stored(world, "channels") is None
    assert len(log(world)) == 2


async def test_members_are_sent_to_the_channels_that_are_open(world: World) -> None:
    studio = world.guild.create_text_channel("studio")
    said = await admin(world, "channels", start="nowhere", open=studio)
    assert said == f"Videos may be made only in <#{studio.id}>."
    assert await ordered(world) == f"Videos are switched off here. Try <#{studio.id}>."
    assert "waiting" in await ordered(world, studio)


@pytest.mark.parametrize("before", [None, "everywhere", "nowhere", "but here", "only here"])
@pytest.mark.parametrize("turn", ["open", "close"])
async def test_open_opens_and_close_closes_whatever_was_set(
    world: World, before: str | None, turn: str
) -> None:
    """Lists as any version has stored them."""
    here = world.channel.id
    lists = {"everywhere": ("all", []), "nowhere": ("none", [])}
    lists |= {"but here": ("all", [here]), "only here": ("none", [here])}
    if before:
        mode, ids = lists[before]
        document = items({"channels": {"mode": mode, "ids": ids}})
        await world.core.admin.change(world.guild.id, document, By(1))
    await admin(world, "channels", **{turn: world.channel})
    assert ("waiting" in await ordered(world)) == (turn == "open")


async def test_a_category_stands_for_all_its_channels(world: World) -> None:
    category = world.guild.create_category("fun")
    inside = world.guild.create_text_channel("inside", category=category)
    await admin(world, "channels", start="nowhere", open=category)
    assert "waiting" in await ordered(world, inside)
    assert (await ordered(world)).startswith("Videos are switched off here.")
    assert await admin(world, "channels", close=inside) == (
        f"<#{inside.id}> lies in <#{category.id}>, which is open as a whole. "
        f"Close <#{category.id}>, then open what else lies there. Nothing was changed."
    )
    await admin(world, "channels", start="everywhere", close=category)
    assert (await admin(world, "channels", open=inside)).startswith(
        f"<#{inside.id}> lies in <#{category.id}>, which is closed as a whole."
    )


async def test_a_thread_is_as_open_as_the_channel_it_lies_in(world: World) -> None:
    studio = world.guild.create_text_channel("studio")
    await admin(world, "channels", start="nowhere", open=studio)
    world.env.backend.create_thread(studio.id, "talk", world.mika.id)
    world.env.backend.create_thread(world.channel.id, "talk", world.mika.id)
    assert "waiting" in await ordered(world, studio.threads[0])
    said = await ordered(world, world.channel.threads[0])
    assert said == f"Videos are switched off here. Try <#{studio.id}>."
    said = await admin(world, "channels", close=studio.threads[0])
    assert f"lies in <#{studio.id}>, which is open as a whole." in said


async def test_a_start_begins_a_new_list(world: World) -> None:
    studio = world.guild.create_text_channel("studio")
    await admin(world, "channels", close=world.channel)
    said = await admin(world, "channels", start="nowhere", open=studio)
    assert said == (
        "What was opened and closed before counts no more. "
        f"Videos may be made only in <#{studio.id}>."
    )
    said = await admin(world, "channels", start="nowhere")
    assert said.endswith(
        "Videos are switched off in every channel. `/video-admin channels open:` opens one."
    )


async def test_nothing_changes_twice(world: World) -> None:
    await admin(world, "channels", close=world.channel)
    said = await admin(world, "channels", close=world.channel)
    assert said.startswith("It was so already, so nothing changed. Videos may be made")
    assert len(log(world)) == 1


async def test_opening_what_is_open_tells_how_to_close_all_others(world: World) -> None:
    assert await admin(world, "channels", open=world.channel) == (
        "It was so already, so nothing changed. Videos may be made everywhere. "
        "To have them only in some channels, add `start:nowhere`; it closes all others."
    )
    assert not log(world)


async def test_only_a_deleted_channel_of_the_list_can_be_forgotten(world: World) -> None:
    await admin(world, "channels", close=world.channel)
    for typed in ("nowhere", str(world.channel.id)):
        said = await admin(world, "channels", forget=typed)
        assert said == f"`{typed}` is not a deleted channel of the list. Nothing was changed."
    assert len(log(world)) == 1


async def test_a_deleted_channel_is_offered_and_leaves_the_list(world: World) -> None:
    gone = 987_654_321
    await world.core.admin.change(
        world.guild.id, items({"channels": {"mode": "all", "ids": [gone, world.channel.id]}}), By(1)
    )
    choices = await world.admin.autocomplete(world.channel, "video-admin channels", "forget", "")
    assert choices == [{"name": f"gone ({gone})", "value": str(gone)}]
    said = await admin(world, "channels", forget=choices[0]["value"])
    assert said == f"Videos may be made everywhere except in <#{world.channel.id}>."


async def test_an_opened_channel_where_the_bot_may_not_post_is_named(world: World) -> None:
    nobody = discord.PermissionOverwrite(send_messages=False)
    muted = world.guild.create_text_channel("muted", overwrites={world.env.bot.user: nobody})
    said = await admin(world, "channels", start="nowhere", open=muted)
    assert said.splitlines()[1] == (
        f"⚠️ <#{muted.id}>: allow me **Send Messages** and **Attach Files** in its settings, under "
        "Permissions. Until then videos are refused there."
    )
    assert "⚠️" not in await admin(world, "channels", close=muted)


async def test_a_list_of_a_hundred_channels_fits_and_no_more_are_taken(world: World) -> None:
    document = {"mode": "none", "ids": [10**18 + n for n in range(100)]}
    await world.core.admin.change(world.guild.id, items({"channels": document}), By(1))
    said = await admin(world, "channels")
    assert said.endswith(" and 60 more.")
    assert len(said) < 2000
    said = await admin(world, "channels", open=world.channel)
    assert said == ("`channels`: ids must be a list of at most 100. Nothing was changed.")
    assert len(log(world)) == 1


# Presets


async def test_presets_show_their_price_and_whether_they_are_on(world: World) -> None:
    await admin(world, "presets", preset="hd", on=False)
    assert await admin(world, "presets") == (
        "- Quick · from 1 credit · on\n- Standard · from 2 credits · on\n"
        "- HD · from 5 credits · off"
    )
    assert (
        await ordered(world, preset="HD")
        == "HD is switched off here. What can be chosen: Quick or Standard."
    )
    said = await admin(world, "presets", preset="HD", on=True)
    assert "- HD · from 5 credits · on" in said
    assert stored(world, "presets") is None


async def test_the_usual_preset_may_be_off_but_that_is_said(world: World) -> None:
    said = await admin(world, "presets", preset="Standard", on=False)
    assert said.endswith(
        "Members who choose none get Standard; while it is off, they have to choose."
    )


async def test_the_last_preset_stays_on(world: World) -> None:
    await admin(world, "presets", preset="HD", on=False)
    await admin(world, "presets", preset="Quick", on=False)
    said = await admin(world, "presets", preset="Standard", on=False)
    assert said == "`presets` must leave at least one preset on. Nothing was changed."
    assert stored(world, "presets") == {"names": ["HD", "Quick"]}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"preset": "4K", "on": False}, "`preset` can be HD, Quick or Standard here."),
        ({"preset": "HD"}, "Say `on` too: True or False. Nothing was changed."),
        ({"on": True}, "Say `preset` too: Quick, Standard or HD. Nothing was changed."),
    ],
)
async def test_half_a_choice_changes_no_preset(world: World, options: dict, sentence: str) -> None:
    assert await admin(world, "presets", **options) == sentence
    assert not log(world)


async def test_a_preset_that_the_bot_no_longer_has_is_shown_and_removed(world: World) -> None:
    await world.core.admin.change(world.guild.id, items({"presets": {"names": ["Retro"]}}), By(1))
    assert "- Retro · off · the bot no longer has it" in await admin(world, "presets")
    offered = await world.admin.autocomplete(world.channel, "video-admin presets", "preset", "ret")
    assert [choice["value"] for choice in offered] == ["Retro"]
    assert "Retro" not in await admin(world, "presets", preset="retro", on=True)
    assert stored(world, "presets") is None


# Words


async def test_a_word_is_refused_however_it_is_written_and_never_named(world: World) -> None:
    said = await admin(world, "words", add="Naugh\u200bty, bad\x00  duck, \u2060")
    assert said == (
        "2 words not allowed in prompts: ||Naughty, bad duck||\n"
        "Members are not told which of them a prompt has."
    )
    for prompt in ("a nÁugh\u200bty boat", "ｎａｕｇｈｔｙ boat", "a BAD... duck", "a bad_duck"):
        assert await ordered(world, prompt=prompt) == WORD_REFUSED
    assert world.count() == 0
    assert not world.core.rows("SELECT * FROM ledger")
    assert "waiting" in await ordered(world, prompt="a naughtyish badduck", avoid="naughty")


async def test_words_leave_the_list_one_by_one_and_all_at_once(world: World) -> None:
    await admin(world, "words", add="one, two, three, TWO")
    offered = await world.admin.autocomplete(world.channel, "video-admin words", "remove", "t")
    assert [choice["value"] for choice in offered] == ["two", "three"]
    assert "||one, three||" in await admin(world, "words", remove="Two!")
    assert "||three||" in await admin(world, "words", remove=" one,")
    assert "||three, four, five||" in await admin(world, "words", add="four, five")
    assert "||five||" in await admin(world, "words", remove="three, Four")
    assert "`nine` is not on the list" in await admin(world, "words", remove="five, nine")
    assert await admin(world, "words", clear=True) == "Every word is allowed in prompts."
    assert stored(world, "words") is None
    assert len(log(world)) == 6


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"remove": "x"}, "`x` is not on the list. Nothing was changed."),
        (
            {"add": "fine, !!!"},
            "`words`: each must have a letter or a digit. Nothing was changed.",
        ),
        ({"add": "x" * 61}, "must be a text of 1 to 60 characters. Nothing was changed."),
        (
            {"add": ",".join(map(str, range(201)))},
            "words must be a list of at most 200. Nothing was changed.",
        ),
    ],
)
async def test_nonsense_changes_no_word(world: World, options: dict, sentence: str) -> None:
    assert (await admin(world, "words", **options)).endswith(sentence)
    assert not log(world)


async def test_words_cannot_break_out_of_the_spoiler_and_many_fit(world: World) -> None:
    await admin(world, "words", add="a||b @everyone")
    assert "||a\\|\\|b @\u200beveryone||" in await admin(world, "words")
    await admin(world, "words", add=",".join(f"{n:060}" for n in range(199)))
    said = await admin(world, "words")
    assert said.startswith("200 words not allowed in prompts: ||")
    assert "more\nMembers" in said
    assert len(said) <= 2000


async def test_suggestions_are_for_admins_only(world: World) -> None:
    await admin(world, "words", add="secret")
    command = world.env.backend.find_command("video-admin", world.guild.id, type=1)
    option = {"name": "remove", "type": 3, "value": "", "focused": True}
    data = {"id": command["id"], "name": "video-admin", "type": 1}
    data["options"] = [{"name": "words", "type": 1, "options": [option]}]
    answer = await world.send(data, world.mika, kind=4)
    assert not answer.autocomplete_choices
