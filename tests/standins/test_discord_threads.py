"""Threads behave as Discord documents them, to the bot and to its client library."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from sandbox.discord.errors import MemberRefused
from sandbox.discord.model import Channel, ChannelType
from sandbox.discord.permissions import Permission
from sandbox.discord.standin import DiscordStandIn
from tests.pace import eventually
from tests.standins.conftest import LogIn
from tests.standins.discord_kit import LibraryBot, RawBot, slash

ARCHIVED, LOCKED, NO_ACCESS = (400, 50083), (403, 160005), (403, 50001)
ALL_MESSAGES = 1 | 1 << 9


@pytest.fixture
def open_thread(discord_server: DiscordStandIn) -> Any:
    def make(**options: Any) -> Channel:
        owner, general = discord_server.user("mika"), discord_server.channel("general")
        return discord_server.threads.open(general, "corner", owner, **options)

    return make


async def _nothing(interaction: discord.Interaction) -> None:
    """What the command does."""


def let_manage(server: DiscordStandIn) -> None:
    server.world.bot_role(server.guild).permissions |= Permission.MANAGE_THREADS


def mention_bot(server: DiscordStandIn, thread: Channel) -> None:
    server.say("mika", thread, f"<@{server.world.bot.id}> come here")


async def refusal(call: Any) -> tuple[int, int] | None:
    """Status and code of what was refused; nothing if it was done."""
    status, body = await call
    return None if status in {200, 204} else (status, body["code"])


def post(raw: RawBot, thread: Channel) -> Any:
    return raw.call("POST", f"/channels/{thread.id}/messages", {"content": "hello"})


def edit(raw: RawBot, thread: Channel, message_id: str) -> Any:
    path = f"/channels/{thread.id}/messages/{message_id}"
    return raw.call("PATCH", path, {"content": "later"})


async def test_in_a_private_thread_without_an_invitation_only_the_answer_works(
    discord_server: DiscordStandIn, raw: RawBot, open_thread: Any
) -> None:
    await raw.identify()
    await raw.sync(slash())
    thread = open_thread(is_private=True)
    got = await raw.interaction(discord_server.slash("mika", thread, "video"))
    assert int(got.payload["app_permissions"]) & Permission.SEND_MESSAGES_IN_THREADS
    assert (got.payload["channel"]["type"], "member" in got.payload["channel"]) == (12, False)
    assert (await got.answer(4, {"content": "a card"}))[0] == 200
    card = (await got.invocation()).message
    assert card
    assert await refusal(post(raw, thread)) == NO_ACCESS
    assert await refusal(edit(raw, thread, str(card.id))) == NO_ACCESS
    assert (await raw.call("PATCH", got.original, {"content": "edited"}, token=None))[0] == 200

    mention_bot(discord_server, thread)
    told = await raw.event("THREAD_CREATE")
    assert (told["id"], told["member"]["user_id"]) == (str(thread.id), str(raw.app_id))
    added = (await raw.event("THREAD_MEMBERS_UPDATE"))["added_members"]
    assert [one["user_id"] for one in added] == [str(raw.app_id)]
    assert await refusal(post(raw, thread)) is None
    assert await refusal(edit(raw, thread, str(card.id))) is None

    discord_server.threads.remove(thread, discord_server.world.bot)
    assert (await raw.event("THREAD_MEMBERS_UPDATE"))["removed_member_ids"] == [str(raw.app_id)]
    assert await refusal(post(raw, thread)) == NO_ACCESS
    let_manage(discord_server)
    assert await refusal(post(raw, thread)) is None


async def test_a_private_thread_is_for_those_who_are_in_it(
    discord_server: DiscordStandIn, open_thread: Any
) -> None:
    thread = open_thread(is_private=True)
    with pytest.raises(MemberRefused):
        discord_server.say("robin", thread, "hello?")
    discord_server.say("mika", thread, f"<@{discord_server.user('robin').id}> look")
    discord_server.say("robin", thread, "hello!")


async def test_an_archived_thread_takes_no_edit_until_a_post_reopens_it(
    discord_server: DiscordStandIn, raw: RawBot, open_thread: Any
) -> None:
    await raw.identify(ALL_MESSAGES)
    thread = open_thread()
    _, first = await post(raw, thread)
    discord_server.threads.archive(thread)
    assert (await raw.event("THREAD_UPDATE"))["thread_metadata"]["archived"] is True
    assert await refusal(edit(raw, thread, first["id"])) == ARCHIVED
    assert await refusal(post(raw, thread)) is None
    order = [frame["t"] for frame in await raw.heard()]
    assert order == ["THREAD_UPDATE", "THREAD_MEMBER_UPDATE", "MESSAGE_CREATE"]
    assert await refusal(edit(raw, thread, first["id"])) is None


async def test_an_answer_reopens_an_archived_thread_unless_it_is_locked_too(
    discord_server: DiscordStandIn, raw: RawBot, open_thread: Any
) -> None:
    await raw.identify()
    await raw.sync(slash())
    thread = open_thread()
    discord_server.threads.archive(thread)
    got = await raw.interaction(discord_server.slash("mika", thread, "video"))
    assert (await got.answer(4, {"content": "a card"}))[0] == 200
    assert (await got.invocation()).message
    assert thread.thread
    assert not thread.thread.archived
    got = await raw.interaction(discord_server.slash("sam", thread, "video"))
    discord_server.threads.archive(thread)
    discord_server.threads.lock(thread)
    assert await refusal(got.answer(4, {"content": "a card"})) == ARCHIVED
    got.task.cancel()


async def test_a_locked_thread_is_for_those_who_manage_threads(
    discord_server: DiscordStandIn, raw: RawBot, open_thread: Any
) -> None:
    await raw.sync(slash())
    thread = open_thread()
    _, first = await post(raw, thread)
    discord_server.threads.lock(thread)
    assert await refusal(post(raw, thread)) == LOCKED
    assert await refusal(edit(raw, thread, first["id"])) == LOCKED
    with pytest.raises(MemberRefused, match="locked"):
        await discord_server.slash("mika", thread, "video")
    path = f"/channels/{thread.id}/messages/{first['id']}"
    assert await refusal(raw.call("DELETE", path)) is None
    let_manage(discord_server)
    assert await refusal(post(raw, thread)) is None
    discord_server.threads.lock(thread, locked=False)
    discord_server.say("mika", thread, "thanks")


async def test_a_forum_takes_messages_in_its_posts_only(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    forum = discord_server.admin.add_channel("ideas", kind=ChannelType.FORUM)
    news = discord_server.admin.add_channel("news", kind=ChannelType.ANNOUNCEMENT)
    mika = discord_server.user("mika")
    under = [discord_server.threads.open(one, "post", mika) for one in (forum, news)]
    assert [one.type for one in under] == [11, 10]
    assert await refusal(post(raw, forum)) == (400, 40058)
    assert [await refusal(post(raw, one)) for one in under] == [None, None]


async def test_writing_in_threads_is_a_permission_of_its_own(
    discord_server: DiscordStandIn, raw: RawBot, open_thread: Any
) -> None:
    thread, general = open_thread(), discord_server.channel("general")
    role = discord_server.world.bot_role(discord_server.guild)
    discord_server.admin.overwrite(general, role, deny=Permission.SEND_MESSAGES)
    assert await refusal(post(raw, thread)) is None
    discord_server.admin.overwrite(general, role, deny=Permission.SEND_MESSAGES_IN_THREADS)
    assert await refusal(post(raw, thread)) == (403, 50013)
    assert await refusal(post(raw, general)) is None


async def test_a_thread_is_gone_with_its_channel_or_alone(
    discord_server: DiscordStandIn, raw: RawBot, open_thread: Any
) -> None:
    await raw.identify()
    thread, room = open_thread(), discord_server.admin.add_channel("room")
    other = discord_server.threads.open(room, "other", discord_server.user("sam"))
    discord_server.admin.delete_channel(thread)
    assert (await raw.event("THREAD_DELETE"))["id"] == str(thread.id)
    discord_server.admin.delete_channel(room)
    assert [await refusal(post(raw, one)) for one in (thread, other)] == [(404, 10003)] * 2


async def test_the_client_library_knows_which_threads_it_is_in(
    discord_server: DiscordStandIn, log_in: LogIn, open_thread: Any
) -> None:
    public, joined, closed, old = (
        open_thread(), *(open_thread(is_private=True) for _ in range(3))
    )  # fmt: skip
    for one in (joined, old):
        mention_bot(discord_server, one)
    discord_server.threads.archive(old)
    bot = LibraryBot()
    bot.tree.command(name="video", description="Make a video")(_nothing)
    await log_in(bot)
    guild = bot.get_guild(discord_server.guild.id)
    assert guild

    def member_of(one: Channel) -> bool | None:
        found = guild.get_thread(one.id)
        return None if found is None else found.me is not None

    assert list(map(member_of, (public, joined, closed, old))) == [False, True, None, None]
    discord_server.threads.reopen(old)
    mention_bot(discord_server, closed)
    await eventually(lambda: member_of(old) and member_of(closed))
    fetched = await guild.fetch_channel(old.id)
    assert isinstance(fetched, discord.Thread)
    assert fetched.me
