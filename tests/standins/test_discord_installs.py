"""Commands that a user has installed for themselves: where they work, and what the bot may do."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from sandbox.discord.errors import MemberRefused
from sandbox.discord.model import Channel, User
from sandbox.discord.permissions import Permission
from sandbox.discord.standin import DiscordStandIn
from tests.standins.conftest import LogIn
from tests.standins.discord_kit import LibraryBot, RawBot, slash

EVERYWHERE = slash(contexts=[0, 1, 2], integration_types=[0, 1])


@pytest.fixture
def dana(discord_server: DiscordStandIn) -> User:
    """Somebody who meets the bot nowhere, and has installed it."""
    return discord_server.world.add_user("dana", has_app=True)


@pytest.fixture
def foreign(discord_server: DiscordStandIn, dana: User) -> Channel:
    """A channel of a server without the bot."""
    guild = discord_server.admin.add_guild("Elsewhere", dana, with_bot=False)
    return discord_server.channel("general", guild)


@pytest.fixture
def group(discord_server: DiscordStandIn, dana: User) -> Channel:
    return discord_server.world.add_group(dana, discord_server.user("mika"))


async def test_what_an_interaction_tells_of_the_place(
    discord_server: DiscordStandIn, raw: RawBot, dana: User, foreign: Channel, group: Channel
) -> None:
    await raw.sync(EVERYWHERE)
    await raw.identify()
    mika = discord_server.user("mika")
    mika.has_app = True
    by_dana, by_mika = {"1": str(dana.id)}, {"1": str(mika.id)}
    home = {"0": str(discord_server.guild.id)}
    sam = discord_server.user("sam")
    bare = discord_server.admin.add_guild("Bare", sam, with_bot=False, with_commands=True)
    for user, channel, context, owners in (
        (sam, discord_server.channel("general", bare), 0, {"0": str(bare.id)}),
        (mika, discord_server.channel("general"), 0, home | by_mika),
        (dana, foreign, 0, by_dana),
        (dana, discord_server.dm(dana), 1, by_dana),
        (mika, discord_server.dm(mika), 1, {"0": "0"} | by_mika),
        (dana, group, 2, by_dana),
    ):
        received = await raw.interaction(discord_server.slash(user, channel, "video"))
        await received.answer(5)
        payload = received.payload
        assert (payload["context"], payload["authorizing_integration_owners"]) == (context, owners)
        assert ("member" in payload) == ("guild_id" in payload) == (context == 0)
        assert ("user" in payload) == (context != 0)
        assert "position" in payload["channel"] or context != 0


async def test_a_command_is_offered_where_its_kinds_of_install_and_place_allow(
    discord_server: DiscordStandIn, raw: RawBot, dana: User, foreign: Channel, group: Channel
) -> None:
    await raw.sync(
        EVERYWHERE,
        slash("servers", contexts=[0, 1, 2]),
        slash("public", contexts=[0], integration_types=[0, 1]),
    )
    await raw.identify()
    refused: list[tuple[Any, Channel, str]] = [
        (dana, foreign, "servers"),
        (dana, group, "public"),
        (dana, discord_server.dm(dana), "servers"),
        (discord_server.user("mika"), group, "video"),
    ]
    for user, channel, name in refused:
        with pytest.raises(MemberRefused):
            await discord_server.slash(user, channel, name)


async def test_the_bot_can_only_answer_there_and_write_to_the_user(
    discord_server: DiscordStandIn, raw: RawBot, dana: User, foreign: Channel, group: Channel
) -> None:
    await raw.sync(EVERYWHERE)
    await raw.identify()
    for channel in (foreign, group):
        received = await raw.interaction(discord_server.slash(dana, channel, "video"))
        assert (await received.answer(4, {"content": "hello"}))[0] == 200
        status, body = await raw.call("POST", f"/channels/{channel.id}/messages", {"content": "x"})
        assert (status, body["code"]) == (403, 50001)
        assert [message.content for message in discord_server.messages(channel)] == ["hello"]
        hook = received.hook
        sent = [await raw.call("POST", hook, {"content": "x"}, token=None) for _ in range(6)]
        assert [status for status, _ in sent] == [200] * 5 + [400]
        assert sent[-1][1]["code"] == 40094
    _, direct = await raw.call("POST", "/users/@me/channels", {"recipient_id": str(dana.id)})
    path = f"/channels/{direct['id']}/messages"
    assert (await raw.call("POST", path, {"content": "x"}))[0] == 200
    dana.has_app = False
    assert (await raw.call("POST", path, {"content": "x"}))[1]["code"] == 50278


async def test_answers_are_hidden_where_external_apps_may_not_speak(
    discord_server: DiscordStandIn, raw: RawBot, foreign: Channel
) -> None:
    await raw.sync(EVERYWHERE)
    await raw.identify()
    guest = discord_server.world.add_user("guest", has_app=True)
    discord_server.admin.add_member(guest, guild=foreign.guild)
    assert foreign.guild
    foreign.guild.roles[foreign.guild.id].permissions &= ~Permission.USE_EXTERNAL_APPS
    received = await raw.interaction(discord_server.slash(guest, foreign, "video"))
    await received.answer(4, {"content": "hello"})
    invocation = await received.invocation()
    assert invocation.ephemeral
    assert discord_server.messages(foreign) == []


async def test_the_client_library_reads_these_interactions(
    discord_server: DiscordStandIn, log_in: LogIn, dana: User, foreign: Channel, group: Channel
) -> None:
    bot = LibraryBot()
    bot.tree.allowed_installs.user = True
    bot.tree.allowed_contexts.private_channel = True
    bot.tree.allowed_contexts.guild = True
    seen = []

    @bot.tree.command(name="video", description="x")
    async def video(interaction: discord.Interaction) -> None:
        channel = interaction.channel
        seen.append((interaction.user.id, type(channel), interaction.client.get_guild(elsewhere)))
        assert interaction.is_user_integration()
        await interaction.response.send_message("hello")

    assert foreign.guild
    elsewhere = foreign.guild.id
    await log_in(bot)
    for channel in (foreign, group):
        assert (await discord_server.slash(dana, channel, "video")).message
    assert seen == [(dana.id, discord.TextChannel, None), (dana.id, discord.GroupChannel, None)]
