"""The unmodified client library lives on the stand-in as it does on Discord."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from sandbox.discord.errors import MemberRefused
from sandbox.discord.gateway import IDENTIFY_SECONDS
from sandbox.discord.model import UploadedFile
from sandbox.discord.permissions import Permission
from sandbox.discord.standin import DiscordStandIn
from tests.pace import eventually, within
from tests.standins.conftest import LogIn
from tests.standins.discord_kit import PNG, LibraryBot, MovedClock

Interaction = discord.Interaction[Any]


def bot_with(callback: Any, **describe: Any) -> LibraryBot:
    bot = LibraryBot()
    bot.tree.command(name="video", description="Make a video", **describe)(callback)
    return bot


async def test_sees_the_server_it_was_invited_to(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    async def video(interaction: Interaction) -> None: ...

    bot = await log_in(bot_with(video))
    (guild,) = bot.guilds
    assert guild.name == "Zoetrope Sandbox"
    names = [one.name for one in guild.text_channels]
    assert names == ["general", "read-only", "no-files", "staff"]
    assert guild.me.name == "Zoetrope"
    assert guild.premium_tier == 0
    allowed = {one.name: one.permissions_for(guild.me) for one in guild.text_channels}
    assert allowed["general"].attach_files
    assert not allowed["read-only"].send_messages
    assert not allowed["no-files"].attach_files
    assert allowed["staff"].send_messages
    assert [one.name for one in await bot.tree.fetch_commands()] == ["video"]
    assert (await bot.application_info()).owner.name == "operator"
    assert (await bot.fetch_channel(guild.text_channels[0].id)).name == "general"
    fetched = await bot.fetch_guild(guild.id)
    roles = [one.name for one in await fetched.fetch_roles()]
    assert roles == ["@everyone", "Zoetrope", "Admin", "Supporter"]
    with pytest.raises(discord.Forbidden):
        await guild.role_member_counts()
    discord_server.role("Zoetrope").permissions |= Permission.MANAGE_ROLES
    counts = {role.name: count for role, count in (await guild.role_member_counts()).items()}
    assert counts == {"Zoetrope": 1, "Admin": 1, "Supporter": 1}
    assert len(await fetched.fetch_channels()) == 5
    mika = await fetched.fetch_member(discord_server.user("mika").id)
    assert mika.display_name == "Mika"
    with pytest.raises(discord.NotFound):
        await fetched.fetch_member(1)
    with pytest.raises(discord.NotFound):
        await bot.fetch_user(1)


async def test_a_command_with_every_kind_of_option_arrives_whole(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    seen: dict[str, Any] = {}

    async def video(
        interaction: Interaction,
        prompt: str,
        frames: app_commands.Range[int, 1, 25],
        guidance: float,
        spoiler: bool,  # noqa: FBT001 - the library reads the option type here
        who: discord.Member,
        role: discord.Role,
        where: discord.TextChannel,
        image: discord.Attachment,
    ) -> None:
        data = await image.read()
        seen.update(locals(), data=data)
        await interaction.response.send_message("ok", ephemeral=True)

    await log_in(bot_with(video))
    invocation = await discord_server.slash(
        "mika",
        "general",
        "video",
        {
            "prompt": "a boat",
            "frames": 16,
            "guidance": 7.5,
            "spoiler": True,
            "who": discord_server.user("robin"),
            "role": discord_server.role("Admin"),
            "where": discord_server.channel("no-files"),
        },
        {"image": UploadedFile("a b.png", "image/png", PNG)},
    )
    assert invocation.error is None
    assert (seen["prompt"], seen["frames"], seen["guidance"]) == ("a boat", 16, 7.5)
    assert seen["spoiler"] is True
    assert seen["who"].name == "robin"
    assert seen["who"].resolved_permissions.send_messages
    assert seen["role"].permissions.administrator
    assert seen["where"].name == "no-files"
    image = seen["image"]
    assert seen["data"] == PNG
    assert (image.filename, image.width, image.height) == ("a_b.png", 640, 480)
    assert image.ephemeral
    assert seen["interaction"].filesize_limit == 20 * 1024 * 1024
    assert seen["interaction"].user.name == "mika"
    assert not seen["interaction"].permissions.manage_guild
    assert seen["interaction"].app_permissions.attach_files


async def test_posts_edits_reads_and_deletes_in_a_channel(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    async def video(interaction: Interaction) -> None:
        await interaction.response.send_message("queued")

    bot = await log_in(bot_with(video))
    card = (await discord_server.slash("mika", "general", "video")).message
    assert card
    channel = bot.get_partial_messageable(discord_server.channel("general").id)
    clip = discord.File(io.BytesIO(b"clip"), "K7Q4.mp4")
    mika = discord_server.user("mika")
    posted = await channel.send(
        f"<@{mika.id}> ready", file=clip, reference=channel.get_partial_message(card.id)
    )
    (result,) = [one for one in discord_server.messages("general") if one.attachments]
    assert result.reply_to is card
    assert result.pinged_users[0] is mika
    assert [(one.filename, one.content_type) for one in result.attachments] == [
        ("K7Q4.mp4", "video/mp4")
    ]
    async with aiohttp.ClientSession() as web, web.get(posted.attachments[0].url) as answer:
        assert await answer.read() == b"clip"
    await channel.get_partial_message(card.id).edit(content="ready")
    assert card.content == "ready"
    assert [one["content"] for one in card.history] == ["queued"]
    texts = [one.content async for one in channel.history(limit=10)]
    assert texts == [f"<@{mika.id}> ready", "ready"]
    older = [one async for one in channel.history(limit=10, before=posted)]
    assert [one.id for one in older] == [card.id]
    newer = [one async for one in channel.history(limit=10, after=discord.Object(card.id))]
    assert [one.id for one in newer] == [posted.id]
    around = [one async for one in channel.history(limit=3, around=discord.Object(card.id))]
    assert {one.id for one in around} == {card.id, posted.id}
    assert (await channel.fetch_message(card.id)).content == "ready"
    await posted.delete()
    assert discord_server.messages("general") == [card]


async def test_an_edit_keeps_or_replaces_files(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    async def video(interaction: Interaction) -> None: ...

    bot = await log_in(bot_with(video))
    channel = bot.get_partial_messageable(discord_server.channel("general").id)
    files = [discord.File(io.BytesIO(name.encode()), name) for name in ("a.txt", "b.txt")]
    posted = await channel.send("two", files=files)
    new = discord.File(io.BytesIO(b"c"), "c.txt")
    await posted.edit(content="again", attachments=[posted.attachments[1], new])
    (message,) = discord_server.messages("general")
    assert [(one.filename, one.data) for one in message.attachments] == [
        ("b.txt", b"b.txt"),
        ("c.txt", b"c"),
    ]
    async with aiohttp.ClientSession() as web, web.get(posted.attachments[0].url) as answer:
        assert answer.status == 404


async def test_thinking_then_answer_then_follow_up(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    async def video(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.edit_original_response(content="done")
        await interaction.followup.send("and more", ephemeral=True)

    await log_in(bot_with(video))
    invocation = await discord_server.slash("mika", "general", "video")
    assert invocation.deferred
    assert invocation.ephemeral
    message = await discord_server.wait_for_answer(invocation, 5)
    assert message.content == "done"
    assert message.history[0]["flags"] == 64 | 128
    await eventually(lambda: invocation.followups)
    assert [one.content for one in invocation.followups] == ["and more"]
    assert discord_server.messages("general") == []


async def test_buttons_selects_and_modals(discord_server: DiscordStandIn, log_in: LogIn) -> None:
    class Edit(discord.ui.Modal, title="Edit"):
        prompt: discord.ui.Label[Any] = discord.ui.Label(
            text="Prompt",
            component=discord.ui.TextInput(custom_id="prompt", default="a boat", max_length=100),
        )
        shape: discord.ui.Label[Any] = discord.ui.Label(
            text="Shape",
            component=discord.ui.Select(
                custom_id="shape",
                options=[discord.SelectOption(label="Wide"), discord.SelectOption(label="Tall")],
            ),
        )
        picture: discord.ui.Label[Any] = discord.ui.Label(
            text="Picture",
            component=discord.ui.FileUpload(custom_id="picture", required=False),
        )

        async def on_submit(self, interaction: Interaction) -> None:
            files = self.picture.component.values  # type: ignore[attr-defined]
            text = f"{self.prompt.component.value} {self.shape.component.values} "  # type: ignore[attr-defined]
            await interaction.response.edit_message(content=text + str([f.filename for f in files]))

    class Card(discord.ui.View):
        @discord.ui.button(label="Edit", custom_id="edit")
        async def edit(self, interaction: Interaction, _: Any) -> None:
            await interaction.response.send_modal(Edit())

        @discord.ui.button(label="Gone", custom_id="gone", disabled=True)
        async def gone(self, interaction: Interaction, _: Any) -> None: ...

        @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who")
        async def who(self, interaction: Interaction, select: Any) -> None:
            await interaction.response.send_message(f"to {select.values[0].name}")

    async def video(interaction: Interaction) -> None:
        await interaction.response.send_message("card", view=Card(timeout=None))

    await log_in(bot_with(video))
    card = (await discord_server.slash("mika", "general", "video")).message
    assert card
    chosen = await discord_server.choose("robin", card, "who", [discord_server.user("sam")])
    assert chosen.message
    assert chosen.message.content == "to sam"
    pressed = await discord_server.press("robin", card, "edit")
    assert pressed.modal
    file = UploadedFile("p.png", "image/png", PNG)
    with pytest.raises(MemberRefused, match="shape"):
        await discord_server.submit_modal(pressed, {"shape": ["Round"]})
    await discord_server.submit_modal(pressed, {"shape": ["Tall"], "picture": [file]})
    assert card.content == "a boat ['Tall'] ['p.png']"
    with pytest.raises(MemberRefused, match="No modal"):
        await discord_server.submit_modal(pressed, {})
    with pytest.raises(MemberRefused, match="disabled"):
        await discord_server.press("robin", card, "gone")
    with pytest.raises(MemberRefused, match="no component"):
        await discord_server.press("robin", card, "nothing")


async def test_a_button_works_after_a_restart_of_the_bot(
    discord_server: DiscordStandIn, log_in: LogIn, clock: MovedClock
) -> None:
    class Cancel(
        discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"vb1:cancel:(?P<job>\w+)"
    ):
        @classmethod
        async def from_custom_id(cls, _: Any, item: Any, match: Any) -> Any:
            cancel = cls(item)
            cancel.job = match["job"]
            return cancel

        async def callback(self, interaction: Interaction) -> None:
            await interaction.response.send_message(f"cancelled {self.job}", ephemeral=True)

    async def video(interaction: Interaction) -> None:
        view = discord.ui.View(timeout=None)
        view.add_item(discord.ui.Button(label="Cancel", custom_id="vb1:cancel:K7Q4"))
        await interaction.response.send_message("card", view=view)
        view.stop()

    first = await log_in(bot_with(video))
    card = (await discord_server.slash("mika", "general", "video")).message
    assert card
    await first.close()
    clock.move(IDENTIFY_SECONDS)
    second = LibraryBot()
    second.tree.command(name="video", description="Make a video")(_nothing)
    second.add_dynamic_items(Cancel)
    await log_in(second)
    pressed = await discord_server.press("mika", card, "vb1:cancel:K7Q4")
    assert pressed.message
    assert pressed.message.content == "cancelled K7Q4"


async def test_autocomplete_and_message_menu(discord_server: DiscordStandIn, log_in: LogIn) -> None:
    bot = LibraryBot()

    @bot.tree.command()
    async def video(interaction: Interaction, model: str) -> None: ...

    @video.autocomplete("model")
    async def models(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=typed.upper(), value=typed)]

    @bot.tree.context_menu(name="Animate this picture")
    async def animate(interaction: Interaction, message: discord.Message) -> None:
        names = [one.filename for one in message.attachments]
        await interaction.response.send_message(f"{message.content} {names}", ephemeral=True)

    await log_in(bot)
    found = await discord_server.autocomplete("mika", "general", "video", {"model": "wan"}, "model")
    assert found == [{"name": "WAN", "value": "wan"}]
    picture = UploadedFile("p.png", "image/png", PNG)
    posted = discord_server.say("robin", "general", "look", picture)
    invocation = await discord_server.context_menu(
        "mika", "general", "Animate this picture", posted
    )
    assert invocation.message
    assert invocation.message.content == "look ['p.png']"


async def test_components_v2_with_a_video(discord_server: DiscordStandIn, log_in: LogIn) -> None:
    class Result(discord.ui.LayoutView):
        text: discord.ui.TextDisplay[Any] = discord.ui.TextDisplay("**ready**")
        clip: discord.ui.MediaGallery[Any] = discord.ui.MediaGallery(
            discord.MediaGalleryItem("attachment://a.mp4")
        )

    async def video(interaction: Interaction) -> None:
        await interaction.response.defer()
        file = discord.File(io.BytesIO(b"clip"), "a.mp4")
        await interaction.edit_original_response(view=Result(), attachments=[file])

    await log_in(bot_with(video))
    invocation = await discord_server.slash("mika", "general", "video")
    message = await discord_server.wait_for_answer(invocation, 5)
    assert message.is_v2
    assert message.attachments[0].data == b"clip"


async def test_a_direct_message_and_a_closed_door(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    async def video(interaction: Interaction) -> None:
        await interaction.response.send_message("here too")

    bot = await log_in(bot_with(video))
    mika = await bot.fetch_user(discord_server.user("mika").id)
    await mika.send("your video")
    (message,) = discord_server.messages(discord_server.dm("mika"))
    assert message.content == "your video"
    invocation = await discord_server.slash("mika", discord_server.dm("mika"), "video")
    assert invocation.message
    assert invocation.message.content == "here too"
    discord_server.user("mika").dms_open = False
    with pytest.raises(discord.Forbidden) as refused:
        await mika.send("more")
    assert refused.value.code == 50007
    stranger = await bot.fetch_user(discord_server.world.add_user("stranger").id)
    with pytest.raises(discord.Forbidden) as refused:
        await stranger.send("hello")
    assert refused.value.code == 50278


async def test_the_member_reads_that_nobody_answered(
    discord_server: DiscordStandIn, log_in: LogIn, clock: MovedClock
) -> None:
    refused: list[int] = []
    go_on = asyncio.Event()

    async def video(interaction: Interaction) -> None:
        await go_on.wait()
        try:
            await interaction.response.send_message("too late")
        except discord.NotFound as error:
            refused.append(error.code)

    await log_in(bot_with(video))
    waiting = asyncio.create_task(discord_server.slash("mika", "general", "video"))
    await eventually(lambda: clock.holds(3))
    clock.move(3.5)
    invocation = await waiting
    assert invocation.error == "The application did not respond"
    assert invocation.message is None
    go_on.set()
    await eventually(lambda: refused == [10062])


async def test_two_hundred_commands_at_once(discord_server: DiscordStandIn, log_in: LogIn) -> None:
    async def video(interaction: Interaction) -> None:
        await interaction.response.send_message(str(interaction.id))

    await log_in(bot_with(video))
    sent = [discord_server.slash("mika", "general", "video") for _ in range(200)]
    async with within(3):
        invocations = await asyncio.gather(*sent)
    assert [one.message and one.message.content for one in invocations] == [
        str(one.id) for one in invocations
    ]


async def test_a_server_without_the_right_token_lets_nobody_in(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    bot = LibraryBot()
    with pytest.raises(discord.LoginFailure):
        await bot.start("wrong")
    await bot.close()


async def test_a_refused_sync_names_what_is_wrong(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    bot = await log_in(bot_with(_nothing))
    bot.tree.get_command("video").description = "x" * 101  # type: ignore[union-attr]
    with pytest.raises(app_commands.CommandSyncFailure, match="description"):
        await bot.tree.sync()


async def _nothing(interaction: Interaction) -> None: ...


async def test_a_guild_command_reaches_its_callback(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    bot = await log_in(bot_with(_nothing))
    guild = discord.Object(discord_server.guild.id)

    @bot.tree.command(guild=guild)
    async def here(interaction: Interaction) -> None:
        await interaction.response.send_message("only here")

    await bot.tree.sync(guild=guild)
    invocation = await discord_server.slash("mika", "general", "here")
    assert invocation.message
    assert invocation.message.content == "only here"


async def test_a_sharded_client_asks_where_the_gateway_is(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    class Sharded(LibraryBot, discord.AutoShardedClient):
        pass

    bot = Sharded()
    bot.tree.command(name="video", description="Make a video")(_answer)
    await log_in(bot)
    assert [one.name for one in bot.guilds] == ["Zoetrope Sandbox"]
    for channel in (discord_server.channel("general"), discord_server.dm("mika")):
        invocation = await discord_server.slash("mika", channel, "video")
        assert invocation.error is None


async def _answer(interaction: Interaction) -> None:
    await interaction.response.send_message("ok")
