"""What usual times are told by, and how often a card is edited for them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, repeat
from typing import Any, cast

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.jobs.errors import DownloadFailed, DownloadFault
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.pace import ENOUGH, UNKNOWN, Pace, Usual, starts_at
from bot.core.jobs.ports import Accepted, Ready
from bot.core.jobs.states import JobState
from bot.core.rules.quota import Limit, Operator
from bot.discord_app.publisher import DiscordPublisher
from tests.builders import MEMBER, Core, member, recipe
from tests.conftest import MakeCore

CLIP = Ready(urls=("https://clips.example/1.mp4",))
PLENTY = Operator(fallback=Limit(None), member_running=50, member_waiting=50)


def made(seconds: float, **changes: Any) -> Job:
    values: dict[str, Any] = {
        "id": 1, "interaction_id": 1, "guild_id": 10, "channel_id": 20, "user_id": 30,
        "recipe": recipe(), "state": JobState.DELIVERED, "rev": 1, "created_at": 0.0,
        "due_at": None, "submitted_at": 1000.0, "ready_at": 1000.0 + seconds,
    }  # fmt: skip
    return Job(**values | changes)


def pace(*seconds: float, slots: int = 5, **changes: Any) -> Pace:
    learnt = Pace(slots)
    for one in seconds:
        learnt.learn(made(one, **changes))
    return learnt


# What is usual


def test_the_median_and_what_nineteen_of_twenty_take_of_this_bots_own_clips() -> None:
    learnt = pace(*(100.0 + 10 * n for n in range(100)))
    assert learnt.usual(recipe(), 30.0) == Usual(595.0, 1040.0)


def test_until_there_are_ten_the_service_tells_and_else_the_presets() -> None:
    learnt = pace(*[60.0] * (ENOUGH - 1))
    assert learnt.usual(recipe(), 300.0) == Usual(300.0, 900.0)
    assert learnt.usual(recipe()) == Usual(recipe().usual, 900.0)
    learnt.learn(made(60.0))
    assert learnt.usual(recipe(), 300.0) == Usual(60.0, 90.0)


def test_nothing_is_late_for_a_few_seconds_or_a_quarter_of_the_time() -> None:
    assert pace(*[8.0] * 20).usual(recipe()) == Usual(8.0, 38.0)
    assert pace(*[400.0] * 20).usual(recipe()) == Usual(400.0, 500.0)


@pytest.mark.parametrize(
    "other",
    [
        {"recipe": recipe(model="cogvideox")},
        {"recipe": replace(recipe(), frames=60, fps=10)},
        {"free": True},
        {"submitted_at": 1000.0, "ready_at": 1000.0},
        {"ready_at": None},
    ],
    ids=["another model", "twice as long", "it came late", "it came at once", "no clip"],
)
def test_other_clips_tell_nothing(other: dict[str, Any]) -> None:
    assert pace(*[10.0] * 50, **other).usual(recipe()).seconds == recipe().usual


def test_clips_of_about_the_length_do_and_the_newest_are_remembered() -> None:
    about = replace(recipe(), frames=30, fps=10)
    learnt = pace(*[10.0] * 200, recipe=about)
    for _ in range(200):
        learnt.learn(made(50.0, recipe=about))
    assert learnt.usual(recipe()).seconds == 50.0


async def test_what_a_start_learns_is_what_was_learnt_before(core: Core) -> None:
    for n in range(ENOUGH):
        job = await core.submit(who=member(user_id=100 + n))
        core.clock.move(40 + n)
        core.api.looks.append(CLIP)
        await core.poller.hint(job.id, None)
        await drain(core.poller)
    live = core.tools.pace.usual(job.recipe)
    assert live.seconds == 44.5
    core.tools.pace._known.clear()  # noqa: SLF001 - as after a restart
    await core.poller.learn()
    assert core.tools.pace.usual(job.recipe) == live


@pytest.mark.parametrize("jump", [40.0, -40.0])
async def test_a_clip_that_came_while_nobody_ran_teaches_nothing(core: Core, jump: float) -> None:
    for n in range(ENOUGH):
        job = await core.submit(who=member(user_id=100 + n))
        core.clock.move(3)
        core.clock.jump(jump)
        core.api.looks.append(CLIP)
        await core.poller.hint(job.id, None)
        await drain(core.poller)
    unknown = Pace(5).usual(job.recipe, job.eta)
    assert core.tools.pace.usual(job.recipe, job.eta) == unknown
    await core.poller.learn()
    assert core.tools.pace.usual(job.recipe, job.eta) == unknown


async def test_a_clip_whose_link_came_after_it_was_ready_teaches(core: Core) -> None:
    for n in range(ENOUGH):
        job = await core.submit(who=member(user_id=100 + n))
        core.clock.move(30)
        for look in (Ready(urls=()), CLIP):
            core.api.looks.append(look)
            await core.poller.hint(job.id, None)
            await drain(core.poller)
            core.clock.move(20)
    assert core.tools.pace.usual(job.recipe).seconds == 30.0
    await core.poller.learn()
    assert len(core.tools.pace._known[job.recipe.model].taken) == 2 * ENOUGH  # noqa: SLF001


# When a waiting job starts


@pytest.mark.parametrize(
    ("ends", "ahead", "slots", "begins"),
    [
        ([], [], 1, 0.0),
        ([50.0], [], 2, 0.0),
        ([50.0, 30.0], [], 2, 30.0),
        ([50.0, 30.0], [10.0, 100.0], 2, 50.0),
        ([50.0], [10.0], 2, 10.0),
        ([50.0, 30.0, 40.0], [], 1, 50.0),
        ([UNKNOWN, 30.0], [], 2, 30.0),
        ([UNKNOWN], [60.0], 1, UNKNOWN),
        ([], [], 0, UNKNOWN),
        ([-50.0], [100.0, 30.0], 2, 30.0),  # it is looked at a little late
        ([-5.0], [], 1, 0.0),
        ([-5.0, 50.0], [10.0, 30.0, 20.0], 3, 30.0),
    ],
)
def test_a_slot_comes_free_when_who_was_before_is_done(
    ends: list[float], ahead: list[float], slots: int, begins: float
) -> None:
    assert starts_at(ends, ahead, slots, 0.0) == begins


@given(
    ends=st.lists(st.floats(-60, 2000) | st.just(UNKNOWN), max_size=8),
    ahead=st.lists(st.floats(1, 600), max_size=5),
    slots=st.integers(0, 6),
    more=st.integers(0, 60),
    each=st.floats(1, 600),
)
def test_many_alike_are_told_as_one_by_one(
    ends: list[float], ahead: list[float], slots: int, more: int, each: float
) -> None:
    one_by_one = starts_at(ends, [*ahead, *repeat(each, more)], slots, 0.0)
    assert starts_at(ends, ahead, slots, 0.0, more=more, each=each) == pytest.approx(one_by_one)


def test_a_line_may_be_of_any_length() -> None:
    """None is gone through one by one: each order asks, in the transaction that takes it."""
    assert starts_at([50.0, 30.0], [], 2, 0.0, more=10**15, each=20.0) == 10**16 + 30.0


async def experienced(make_core: MakeCore, slots: int) -> Core:
    """It knows that clips take a hundred seconds, and those in HD three hundred."""
    core = await make_core(operator=PLENTY, slots=slots)
    for _ in range(ENOUGH):
        core.tools.pace.learn(made(100.0))
        core.tools.pace.learn(made(300.0, recipe=recipe(preset="HD")))
    return core


async def test_who_is_before_decides_when_it_starts(make_core: MakeCore) -> None:
    """Two servers, with turns: the slow ones of the other server are not all before ours."""
    core = await experienced(make_core, slots=1)
    at = core.clock.steady()
    await core.submit()
    for _ in range(3):
        await core.order(member(guild_id=11, user_id=31), preset="HD")
    ours = [await core.order() for _ in range(2)]
    starts = []
    for job in ours:
        place = await core.service.place(job)
        assert place is not None
        starts.append((place.number, place.starts_at))
    assert starts == [(2, at + 400), (4, at + 800)]


async def test_many_before_it_take_as_long_as_those_that_run(make_core: MakeCore) -> None:
    """One of a hundred seconds and one of three hundred run, and so they do all the time."""
    core = await experienced(make_core, slots=2)
    at = core.clock.steady()
    for preset in (None, "HD"):
        await core.submit(preset=preset)
    ours = [await core.order() for _ in range(41)]
    read = await core.service.place(ours[8])
    place = await core.service.place(ours[-1])
    assert read is not None
    assert place is not None
    assert (read.number, read.starts_at) == (9, at + 600)
    each = 3 / (1 / 100 + 1 / 300 + 1 / 100)
    assert (place.number, place.starts_at) == (41, pytest.approx(at + 300 + 19 * each))


async def test_where_a_late_one_is_before_no_start_is_promised(make_core: MakeCore) -> None:
    core = await make_core(operator=PLENTY, slots=1)
    first = await core.submit()
    waiting = await core.order()
    at = core.clock.steady()
    usual = core.tools.pace.usual(first.recipe, first.eta)
    begins = []
    for seconds in (1.0, usual.seconds, usual.nearly_always):
        core.clock.move(seconds)
        place = await core.service.place(waiting)
        assert place is not None
        begins.append(place.starts_at)
    assert begins == [at + usual.seconds, at + usual.nearly_always, None]


async def test_who_waits_for_their_own_is_told_when_that_is_done(make_core: MakeCore) -> None:
    core = await make_core(operator=replace(PLENTY, member_running=1), slots=5)
    running = await core.submit()
    job = await core.order()
    place = await core.service.place(job)
    assert place is not None
    assert place.waits_for == "member"
    assert place.starts_at == core.tools.pace.ready_at(running)


# How often a card is edited


class Channel:
    """What the card is edited to, as its channel has it."""

    def __init__(self, core: Core) -> None:
        self.core, self.edits, self.times = core, list[str](), list[float]()
        self.user = None

    def get_partial_messageable(self, *_: Any, **__: Any) -> Channel:
        return self

    def get_partial_message(self, _: int) -> Channel:
        return self

    async def edit(self, content: str, **_: Any) -> None:
        self.edits.append(content)
        self.times.append(self.core.clock.steady())

    @property
    def heads(self) -> list[str]:
        return [text.split("\n")[0].split(" · ", 1)[1] for text in self.edits]


@pytest.fixture
async def shown(core: Core) -> Channel:
    return real_cards(core)


def real_cards(core: Core) -> Channel:
    """Have the cards say the real texts; results still go to a fake."""
    channel = Channel(core)
    real = DiscordPublisher(
        cast(discord.Client, channel), core.clock, core.tools.pace, lambda: core.service.paused
    )
    core.publisher.show_card = real.show_card  # type: ignore[method-assign]
    return channel


async def pass_by(core: Core, seconds: float) -> None:
    """Let time pass, from one due time to the next; whatever is due is done."""
    workers = (core.submitter, core.poller, core.delivery, core.cards)
    end = core.clock.steady() + seconds
    while core.clock.steady() < end:
        dues = [await worker.next_due() for worker in workers]
        next_one = min((due for due in dues if due is not None), default=end)
        core.clock.move(max(min(next_one, end) - core.clock.steady(), 0.01))
        for worker in workers:
            await drain(worker)


async def begin(core: Core, eta: float = 240.0) -> Job:
    core.api.answers.append(Accepted(remote_id="r1", fetch_path="/fetch", eta=eta))
    job = await core.order()
    await drain(core.submitter)
    await drain(core.cards)
    return job


async def finish(core: Core, job: Job) -> None:
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, None)
    await pass_by(core, 1)


async def test_a_job_of_ten_seconds_is_ready_with_one_edit(core: Core, shown: Channel) -> None:
    job = await begin(core, eta=9)
    await pass_by(core, 8)
    await finish(core, job)
    await pass_by(core, 100)
    assert shown.heads == ["ready"]


async def test_a_clip_that_comes_with_the_answer_is_ready_with_one_edit(
    core: Core, shown: Channel
) -> None:
    core.api.answers.append(Accepted(remote_id="r1", fetch_path="/fetch", ready=CLIP))
    await core.order()
    await drain(core.submitter)
    await drain(core.cards)
    await pass_by(core, 100)
    assert shown.heads == ["ready"]


async def test_a_short_job_that_takes_longer_after_all_says_that_it_renders(
    core: Core, shown: Channel
) -> None:
    await begin(core, eta=9)
    await pass_by(core, 11)
    assert shown.heads == ["rendering"]


async def test_a_job_of_four_minutes_has_two_edits(core: Core, shown: Channel) -> None:
    job = await begin(core)
    await pass_by(core, 240)
    await finish(core, job)
    await pass_by(core, 100)
    assert shown.heads == ["rendering", "ready"]


async def test_a_job_that_takes_a_little_longer_no_longer_names_a_time_that_is_over(
    core: Core, shown: Channel
) -> None:
    job = await begin(core)
    await pass_by(core, 500)
    await finish(core, job)
    assert shown.heads == ["rendering", "rendering", "ready"]
    assert ["any moment" in text for text in shown.edits] == [False, True, False]


async def test_an_overdue_job_says_so_at_once_and_once(core: Core, shown: Channel) -> None:
    for _ in range(ENOUGH):
        core.tools.pace.learn(made(100.0))
    job = await begin(core)
    began = core.clock.steady()
    await pass_by(core, 1000)
    late = "taking longer than usual"
    assert shown.heads == ["rendering", late]
    assert shown.times[-1] - began <= 130 + 3
    core.clock.move(20 * 3600)
    await pass_by(core, 10)
    await finish(core, job)
    assert shown.heads == ["rendering", late, "ready"]


async def test_a_job_whose_file_is_waited_for(core: Core, shown: Channel) -> None:
    job = await begin(core)
    core.downloader.errors += [DownloadFailed("404", again=True, fault=DownloadFault.MISSING)] * 4
    await finish(core, job)
    await pass_by(core, 900)
    assert shown.heads == ["rendering", "finished, waiting for its file", "ready"]


@pytest.mark.parametrize("wait", [0, 30])
async def test_a_cancelled_job_has_one_edit(core: Core, shown: Channel, wait: int) -> None:
    core.api.answers.append(Accepted(remote_id="r1", fetch_path="/fetch", eta=999))
    await core.order()
    await drain(core.submitter)
    job = await core.order()
    await drain(core.cards)
    await pass_by(core, wait)
    shown.edits.clear()
    await core.service.cancel(job.id, MEMBER)
    await pass_by(core, 600)
    assert [text.split()[4] for text in shown.edits if job.code in text] == ["cancelled"]


async def test_one_that_waits_for_long_is_edited_ever_less_and_never_to_the_same(
    make_core: MakeCore,
) -> None:
    core = await make_core(operator=PLENTY, slots=1)
    channel = real_cards(core)
    await core.submit()
    waiting = [await core.order() for _ in range(5)]
    mine = waiting[-1].code
    for _ in range(12):
        core.clock.move(600)
        await drain(core.cards)
    told = [text for text in channel.edits if mine in text]
    assert len(told) <= 4, "nothing moves, so hardly anything is to be told"
    assert all(one != other for one, other in pairwise(told))


async def test_one_that_goes_on_in_line_is_told_so_a_minute_apart_at_least(
    make_core: MakeCore,
) -> None:
    core = await make_core(operator=PLENTY, slots=1)
    channel = real_cards(core)
    await core.submit()
    waiting = [await core.order() for _ in range(6)]
    for _ in waiting:
        await pass_by(core, 49)
        (running,) = core.rows("SELECT id FROM jobs WHERE slot = 1")[0]
        core.api.looks.append(CLIP)
        await core.poller.hint(running, None)
        await pass_by(core, 1)
    told = [
        (at, text)
        for at, text in zip(channel.times, channel.edits, strict=True)
        if waiting[-1].code in text and "waiting" in text
    ]
    places = [text.splitlines()[3].partition(" · ")[0] for _, text in told]
    assert places[:4] == [f"Place {number} in line" for number in (5, 4, 3, 2)]
    assert min(two[0] - one[0] for one, two in pairwise(told)) >= 60


def test_what_was_told_once_does_not_hide_the_clips_that_came_after() -> None:
    learnt = pace(*[10.0] * ENOUGH)
    assert learnt.usual(recipe()).seconds == 10.0
    for _ in range(ENOUGH + 1):
        learnt.learn(made(20.0))
    assert learnt.usual(recipe()).seconds == 20.0
