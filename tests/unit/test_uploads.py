"""A clip is as large as its place takes it, which the bot learns from Discord alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from bot.core.jobs import uploads
from bot.core.jobs.errors import FailReason, MediaUnusable, PostRefused
from bot.core.jobs.kept import BACK_FOR
from bot.core.jobs.loop import drain
from bot.core.jobs.model import KEPT_FOR, Job
from bot.core.jobs.ports import Fitted, Link, Posted, Ready
from bot.core.jobs.uploads import DEFAULT, limit
from bot.core.rules.quota import NO_SERVER
from tests.builders import MEMBER, Core
from tests.conftest import MakeCore

MIB = 1024**2
LARGE = b"x" * 4_000
URL = "https://clips.example/1.mp4"


@pytest.mark.parametrize(
    ("told", "refused", "may"),
    [
        (None, None, 20 * MIB),
        (8 * MIB, None, 8 * MIB),
        (50 * MIB, None, 50 * MIB),
        (50 * MIB, 60 * MIB, 50 * MIB),  # somebody else's right to more was contradicted
        (500 * MIB, 60 * MIB, DEFAULT),  # a right that does not hold for a post in the channel
        (DEFAULT, 15 * MIB, 15 * MIB // 2),
        (None, DEFAULT, DEFAULT // 2),
        (None, DEFAULT + 1, DEFAULT),
        (8 * MIB, 15 * MIB, 8 * MIB),
        (8 * MIB, 6 * MIB, 3 * MIB),
    ],
)
def test_the_limit_of_a_post(told: int | None, refused: int | None, may: int) -> None:
    assert limit(told, refused) == may
    assert refused is None or may < refused


async def ready(
    core: Core, *, told: int | None = None, guild_id: int = MEMBER.guild_id, url: str = URL
) -> Job:
    """A job whose clip of 4,000 bytes is about to be posted."""
    job = await core.order(replace(MEMBER, guild_id=guild_id, upload_limit=told))
    await drain(core.submitter)
    core.downloader.contents.append(LARGE)
    core.api.looks.append(Ready(urls=(url,)))
    core.clock.move(252)
    await drain(core.poller)
    return job


async def posted(core: Core, **options: int) -> list[int]:
    """The sizes that the clip was offered in, of which the last was taken."""
    core.publisher.offered.clear()
    job = await ready(core, **options)
    await drain(core.delivery)
    assert (await core.job(job)).state == "delivered"
    return core.publisher.offered


async def test_a_clip_is_made_as_small_as_came_with_the_order(core: Core) -> None:
    assert await posted(core, told=3_000) == [3_000]


async def test_a_refused_clip_is_sent_smaller_and_the_next_one_at_once(core: Core) -> None:
    core.publisher.limits[0] = 1_100
    assert await posted(core, told=100_000_000) == [4_000, 2_000, 1_000]
    assert await posted(core, told=100_000_000) == [1_000]
    assert await posted(core, told=900) == [900]
    assert await posted(core, guild_id=MEMBER.guild_id + 1) == [4_000, 2_000, 1_000]


async def test_what_a_server_refused_is_not_held_against_it_for_ever(core: Core) -> None:
    core.publisher.limits[0] = 2_000
    assert await posted(core) == [4_000, 2_000]
    core.publisher.limits[0] = 1 << 30
    core.clock.jump(uploads.REMEMBERED - 300)
    assert await posted(core) == [2_000]
    core.clock.jump(300)
    assert await posted(core) == [4_000]


@contextmanager
def closed(core: Core) -> Iterator[None]:
    """A channel that lets nobody post any more."""
    post = core.publisher.post_result

    async def refuse(job: Job, clip: Fitted | Link, *, direct: bool) -> Posted:
        if not direct:
            raise PostRefused("closed")
        return await post(job, clip, direct=direct)

    core.publisher.post_result = refuse  # type: ignore[method-assign]
    yield
    core.publisher.post_result = post  # type: ignore[method-assign]


def cannot_be_smaller(core: Core) -> None:
    """Whatever is larger than its place takes stays so."""
    fit = core.studio.fit

    async def stubborn(source, target, recipe, most, mark):
        if most < len(LARGE):
            raise MediaUnusable("CannotShrink", FailReason.RESULT_TOO_LARGE)
        return await fit(source, target, recipe, most, mark)

    core.studio.fit = stubborn


async def test_direct_messages_have_a_limit_of_their_own(core: Core) -> None:
    """What came with the order holds where it was made; another place may take more or less."""
    core.publisher.limits = [0, 2_500]
    with closed(core):
        assert await posted(core, told=3_000) == [4_000, 2_000]
        assert await posted(core, told=3_000) == [2_000]
    assert core.rows("SELECT guild_id, size FROM refused_uploads") == [(NO_SERVER, 4_000)]


async def test_in_a_channel_that_became_read_only_it_goes_to_direct_messages(core: Core) -> None:
    cannot_be_smaller(core)
    with closed(core):
        assert await posted(core) == [4_000]
        core.publisher.limits = [0, 0]
        assert await posted(core, told=4_000) == [4_000]
    ((link, direct),) = core.publisher.links
    assert (link.url, direct) == (URL, True)


async def test_what_is_too_large_everywhere_comes_as_a_link_to_the_service(core: Core) -> None:
    core.publisher.limits = [0, 0]
    assert await posted(core, told=4_000) == [4_000, 2_000, 1_000, 500, 250]
    ((link, direct),) = core.publisher.links
    assert link == Link(url=URL, until=None, size=4_000, limit=4_000, ours=False)
    assert not direct
    assert core.rows("SELECT linked FROM jobs") == [(0,)]
    assert core.rows("SELECT * FROM refused_uploads") == []


async def test_a_clip_that_cannot_be_made_small_enough_comes_as_a_link(core: Core) -> None:
    cannot_be_smaller(core)
    core.publisher.limits[0] = 3_000
    assert await posted(core) == [4_000]
    assert await posted(core, told=3_000) == []
    assert [link.limit for link, _ in core.publisher.links] == [DEFAULT, 3_000]


@pytest.mark.parametrize("url", [URL + "?Expires=1", URL + "?" + "x" * 800])
async def test_a_link_that_is_over_or_has_no_room_is_none(core: Core, url: str) -> None:
    """Then the clip goes to direct messages, and if they do not take it either, it is kept."""
    cannot_be_smaller(core)
    core.publisher.limits = [0, 0]
    job = await ready(core, url=url)
    await drain(core.delivery)
    found = await core.job(job)
    assert (found.state, found.reason) == ("kept", FailReason.CANNOT_POST)
    assert core.publisher.offered == [4_000, 4_000]


async def test_a_bot_that_can_be_reached_links_to_the_clip_here_which_stays_as_long(
    make_core: MakeCore,
) -> None:
    core = await make_core(address=lambda code, until: f"{code} {until}", most=0)
    cannot_be_smaller(core)
    worked: list[bool] = []

    async def discord_looks(_: Posted) -> None:
        found = await core.store.job(1)
        worked.append(found is not None and found.link_works)

    core.publisher.during_post = discord_looks
    assert await posted(core, told=3_000) == []
    assert worked == [True], "what Discord shows below the message, it reads at once"
    ((link, direct),) = core.publisher.links
    (job,) = [await core.store.job(1)]
    until = int(core.clock.now() + KEPT_FOR)
    assert job is not None
    assert (link.url, link.until) == (f"{job.code} {until}", until)
    assert (link.ours, link.size, direct, job.linked) == (True, 4_000, False, True)
    core.clock.move(KEPT_FOR - 1)
    await drain(core.sweeper)
    assert core.files.result(job).read_bytes() == LARGE, "whatever the cap says"
    core.clock.move(1)
    await drain(core.sweeper)
    assert not core.files.result(job).exists()
    assert not (await core.job(job)).link_works
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]


async def test_a_refusal_of_another_kind_teaches_nothing_about_sizes(core: Core) -> None:
    core.publisher.errors.append(PostRefused("closed"))
    await ready(core)
    await drain(core.delivery)
    assert core.rows("SELECT * FROM refused_uploads") == []


@pytest.mark.parametrize("keep", [0.0, 86_400.0])
async def test_a_copy_is_as_large_as_direct_messages_take_it(
    make_core: MakeCore, keep: float
) -> None:
    core = await make_core(keep=keep)
    core.publisher.limits[:] = 5_000, 1_100
    for _ in range(2):
        job = await copied(core)
        assert core.publisher.copies.pop() == (job.file_name, LARGE[:1_000])
        assert (await core.job(job)).clip_here
    assert core.publisher.offered == [4_000, 4_000], "as large as its channel takes it"
    core.clock.move(max(keep, BACK_FOR))
    await drain(core.sweeper)
    assert not (await core.job(job)).clip_here
    core.publisher.limits[1] = 0
    job = await copied(core)
    assert (core.publisher.copies, core.ledger(job)) == ([], [("hold", 2), ("settle", 2)])


async def copied(core: Core) -> Job:
    """A delivered job whose member wants a copy as well."""
    job = await ready(core)
    await core.database.write(
        lambda con: con.execute("UPDATE jobs SET recipe = json_set(recipe, '$.copy', json('true'))")
    )
    await drain(core.delivery)
    return job
