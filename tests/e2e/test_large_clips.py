"""Clips that are larger than Discord takes: still watched by everybody, small or behind a link."""

from __future__ import annotations

import io
import re
import time

import aiohttp
import av
import pytest

from tests.e2e.clips import decoded
from tests.e2e.theatre import button
from tests.pace import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

MB = 2**20
LITTLE = 500
"""Bytes in which no clip has room."""


async def test_a_clip_of_30_mb_arrives_as_a_file_that_plays_and_says_what_it_is(theatre):
    ordered = await theatre.order("a boat [large]")
    result = await ordered.settled_once()
    (file,) = result.attachments
    assert len(file.data) <= ordered.member.upload_limit < 30 * MB
    clip = decoded(result)
    assert (len(clip.frames), clip.size, clip.codec) == (8, (512, 512), "h264")
    assert re.search(r"The original was (29|3\d)(\.\d)? MB; made smaller to fit\.", result.content)
    assert " · 1 s long · " in result.content
    with av.open(io.BytesIO(file.data)) as container:
        assert container.metadata["comment"] == f"AI-generated video {ordered.code}"


async def test_a_clip_that_cannot_be_made_small_enough_is_watched_behind_a_link(theatre):
    server = theatre.discord.admin.add_guild("Tiny", theatre.discord.user("sam"))
    room, member = theatre.discord.channel("general", server), theatre.newcomer()
    theatre.discord.admin.add_member(member, guild=server)
    server.upload_limit = member.upload_limit = LITTLE
    await eventually(lambda: theatre.discord.messages(room))
    ordered = await theatre.order("a boat", member, room)
    await ordered.shows("ready")
    _, card, result = theatre.discord.messages(room)
    assert (card, result.attachments, result.pinged_users) == (ordered.card, [], [member])
    (link,) = result.unfurls
    assert f"Discord takes 0 MB here. Watch: {link} (until <t:" in result.content
    until = int(link.split("/")[-2])
    assert 6.9 * 86_400 < until - time.time() <= 7 * 86_400
    assert ordered.ledger == ["hold", "settle"]

    async with aiohttp.ClientSession() as session:
        whole = await (await session.get(link)).read()
        async with session.get(link, headers={"Range": "bytes=10-19"}) as part:
            assert (part.status, await part.read()) == (206, whole[10:20])
        with av.open(io.BytesIO(whole)) as container:
            assert container.metadata["comment"] == f"AI-generated video {ordered.code}"
            assert sum(1 for _ in container.decode(video=0)) == 8
        (secret,) = (theatre.folder / "data").glob("links.key")
        assert secret.stat().st_mode & 0o777 == 0o600
        await theatre.discord.press(member, result, button(result, "🗑 Delete"))
        await eventually(lambda: theatre.discord.messages(room)[1:] == [ordered.card])
        async with session.get(link) as gone:
            assert gone.status == 404
