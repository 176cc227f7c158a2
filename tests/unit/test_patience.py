"""A paid clip is not thrown away because its host has a bad hour, nor waited for without end."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.jobs.errors import (
    DownloadFailed,
    DownloadFault,
    FailReason,
    LocalTrouble,
    LookFailed,
    MediaUnusable,
    ProviderBusy,
    ProviderLocked,
)
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.patience import PATIENCE, SAME_BYTES, NoClip, no_clip
from bot.core.jobs.ports import NotFound, Ready, Working
from bot.core.jobs.states import JobState
from tests.builders import Core, recipe

HOUR = 3600.0
CLIP = Ready(urls=("https://files.example/a.mp4",))
NO_VIDEO = MediaUnusable("no video", FailReason.RESULT_UNUSABLE)
FAULTS = list(DownloadFault)


async def finished(core: Core) -> Job:
    """A job that is done at the provider, and not fetched yet."""
    job = await core.submit()
    core.api.looks.append(CLIP)
    core.clock.move(200)
    await drain(core.poller)
    return job


def fails(fault: DownloadFault, **more: float) -> DownloadFailed:
    return DownloadFailed(fault.value, again=True, fault=fault, **more)


async def deliver(core: Core, seconds: float) -> int:
    """Let the delivery work for so long, whenever it is due; how often it tried."""
    end, tries = core.clock.steady() + seconds, 0
    while (due := await core.delivery.next_due()) is not None and due <= end:
        core.clock.move(max(0.0, due - core.clock.steady()))
        tries += await drain(core.delivery)
    core.clock.move(end - core.clock.steady())
    return tries


async def now_and_then(core: Core, seconds: float) -> None:
    """The same in few steps: what they would use up is as much."""
    for _ in range(int(seconds / HOUR)):
        await drain(core.delivery)
        core.clock.move(HOUR)


async def is_paid_and_posted_once(core: Core, job: Job) -> None:
    done = await core.job(job)
    assert done.state is JobState.DELIVERED
    assert core.publisher.posts == [job.file_name]
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]


async def is_given_up_for_nothing(core: Core, job: Job, reason: FailReason) -> None:
    failed = await core.job(job)
    assert (failed.state, failed.reason) == (JobState.FAILED, reason)
    assert core.ledger(job) == [("hold", 2), ("release", 2)]
    assert list(core.files.folder.iterdir()) == []


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_hour_of_one_fault_loses_no_clip(core: Core, fault: DownloadFault) -> None:
    job = await finished(core)
    core.downloader.errors += [fails(fault)] * 500
    tries = await deliver(core, HOUR)
    assert 20 <= tries <= 60
    assert (await core.job(job)).state is JobState.SUCCEEDED
    core.downloader.errors.clear()
    await deliver(core, 800)
    await is_paid_and_posted_once(core, job)


async def test_an_hour_of_everything_loses_no_clip(core: Core) -> None:
    job = await finished(core)
    core.downloader.errors += [fails(fault) for fault in FAULTS] * 100
    await deliver(core, HOUR)
    core.downloader.errors.clear()
    await deliver(core, 800)
    await is_paid_and_posted_once(core, job)


@pytest.mark.parametrize(
    ("fault", "hours"),
    [
        (DownloadFault.MISSING, 1),
        (DownloadFault.UNREADABLE, 1),
        (DownloadFault.UNRESOLVED, 1),
        (DownloadFault.REFUSED, 2),
        (DownloadFault.OUTAGE, 6),
    ],
)
async def test_each_fault_has_its_end(core: Core, fault: DownloadFault, hours: float) -> None:
    job = await finished(core)
    core.downloader.errors += [fails(fault)] * 500
    tries = await deliver(core, hours * HOUR)
    assert (await core.job(job)).state is JobState.SUCCEEDED
    tries += await deliver(core, 800)
    await is_given_up_for_nothing(core, job, FailReason.RESULT_GONE)
    assert tries <= 25 + 10 * hours


async def test_changing_faults_have_an_end_too(core: Core) -> None:
    job = await finished(core)
    core.downloader.errors += [fails(fault) for fault in FAULTS] * 100
    await deliver(core, PATIENCE + 800)
    await is_given_up_for_nothing(core, job, FailReason.RESULT_GONE)


async def test_after_an_outage_a_missing_file_gets_its_hour(core: Core) -> None:
    """A storage that comes back may come back empty at first."""
    job = await finished(core)
    core.downloader.errors += [fails(DownloadFault.OUTAGE)] * 500
    await deliver(core, 4 * HOUR)
    core.downloader.errors.clear()
    core.downloader.errors += [fails(DownloadFault.MISSING)] * 500
    await deliver(core, HOUR)
    assert (await core.job(job)).state is JobState.SUCCEEDED
    core.downloader.errors.clear()
    await deliver(core, 800)
    await is_paid_and_posted_once(core, job)


async def test_every_try_gets_a_fresh_link(core: Core) -> None:
    await finished(core)
    links = [f"https://files.example/{n}.mp4" for n in range(5)]
    core.api.looks += [Ready(urls=(link,)) for link in links]
    core.downloader.errors += [fails(DownloadFault.MISSING)] * 5
    await deliver(core, 60)
    assert core.downloader.urls == [CLIP.urls[0], *links]


async def test_a_provider_that_names_no_link_leaves_the_last_one(core: Core) -> None:
    await finished(core)
    core.api.looks += [Ready(urls=()), NotFound(), Working()]
    core.downloader.errors += [fails(DownloadFault.MISSING)] * 3
    await deliver(core, 60)
    assert core.downloader.urls == [CLIP.urls[0]] * 4


async def test_the_steps_grow(core: Core) -> None:
    await finished(core)
    core.downloader.errors += [fails(DownloadFault.OUTAGE)] * 500
    times: list[float] = []
    while len(times) < 40:
        due = await core.delivery.next_due()
        assert due is not None
        core.clock.move(max(0.0, due - core.clock.steady()))
        times.append(core.clock.steady())
        await drain(core.delivery)
    steps = [after - before for before, after in itertools.pairwise(times)]
    assert steps[0] < 3
    assert all(after > before / 2 for before, after in itertools.pairwise(steps))
    assert 400 < steps[-1] < 800


@pytest.mark.parametrize(("told", "least", "most"), [(90.0, 90, 90), (1e6, 900, 900), (0.5, 1, 3)])
async def test_a_storage_that_says_when_is_left_alone_until_then_within_reason(
    core: Core, told: float, least: float, most: float
) -> None:
    await finished(core)
    core.downloader.errors.append(fails(DownloadFault.OUTAGE, retry_after=told))
    await drain(core.delivery)
    due = await core.delivery.next_due()
    assert due is not None
    assert least <= due - core.clock.steady() <= most


# The same bytes again and again


async def test_the_same_bytes_for_more_than_ten_minutes_are_an_answer(core: Core) -> None:
    job = await finished(core)
    core.studio.errors += [NO_VIDEO] * 100
    await deliver(core, SAME_BYTES)
    assert (await core.job(job)).state is JobState.SUCCEEDED
    await deliver(core, 300)
    await is_given_up_for_nothing(core, job, FailReason.RESULT_UNUSABLE)
    assert len(set(core.api.fetched)) == 1
    assert len(core.api.fetched) == len(core.downloader.urls), "a look, then a link for each try"


async def test_bytes_that_change_are_none(core: Core) -> None:
    job = await finished(core)
    core.studio.errors += [NO_VIDEO] * 100
    core.downloader.contents += [b"%d" % n for n in range(100)]
    await deliver(core, HOUR)
    core.studio.errors.clear()
    await deliver(core, 800)
    await is_paid_and_posted_once(core, job)


async def test_the_same_bytes_with_other_trouble_between_begin_anew(core: Core) -> None:
    job = await finished(core)
    core.studio.errors += [NO_VIDEO] * 100
    await deliver(core, SAME_BYTES - 100)
    core.downloader.errors.append(fails(DownloadFault.OUTAGE))
    await deliver(core, SAME_BYTES)
    assert (await core.job(job)).state is JobState.SUCCEEDED


# What is not the storage's fault


@pytest.mark.parametrize(
    "trouble", [LookFailed("no route"), ProviderBusy("429", 30), ProviderLocked("401")]
)
@pytest.mark.parametrize("error", [fails(DownloadFault.UNRESOLVED), NO_VIDEO])
async def test_without_the_provider_no_patience_is_used_up(
    core: Core, trouble: Exception, error: NoClip
) -> None:
    """Our own network may be down, and no link is fresh."""
    job = await finished(core)
    errors = core.studio.errors if error is NO_VIDEO else core.downloader.errors
    errors += [error] * 100
    await deliver(core, 10)
    core.api.looks += [trouble] * 100
    await now_and_then(core, 2 * 24 * HOUR)
    assert (await core.job(job)).state is JobState.SUCCEEDED
    core.api.looks.clear()
    await deliver(core, 60)
    assert (await core.job(job)).state is JobState.SUCCEEDED
    errors.clear()
    await deliver(core, 60)
    await is_paid_and_posted_once(core, job)


async def test_trouble_of_this_machine_is_no_try_and_no_end(core: Core) -> None:
    job = await finished(core)
    core.studio.errors += [LocalTrouble("no room")] * 100
    await now_and_then(core, 2 * 24 * HOUR)
    waiting = await core.job(job)
    assert (waiting.state, waiting.tries) == (JobState.SUCCEEDED, 0)
    assert len(core.downloader.urls) == 1, "nothing is wrong with the file"
    core.studio.errors.clear()
    await deliver(core, 60)
    await is_paid_and_posted_once(core, job)


async def test_trouble_of_this_machine_uses_up_nothing_of_what_is_left(core: Core) -> None:
    job = await finished(core)
    core.downloader.errors += [LocalTrouble("no room")] * 100
    await now_and_then(core, 8 * HOUR)
    core.downloader.errors.clear()
    core.downloader.errors += [fails(DownloadFault.MISSING)] * 500
    await deliver(core, HOUR)
    core.downloader.errors.clear()
    await deliver(core, 800)
    await is_paid_and_posted_once(core, job)


# What the member sees


async def test_the_card_tells_that_the_file_is_waited_for(core: Core) -> None:
    job = await finished(core)
    core.downloader.errors += [fails(DownloadFault.MISSING)] * 3
    await drain(core.delivery)
    await drain(core.cards)
    assert core.publisher.cards == {}, "most links are there a moment later"
    core.clock.move(3)
    await drain(core.delivery)
    await drain(core.cards)
    assert core.publisher.cards[job.id] == "stalled"
    await deliver(core, 60)
    await drain(core.cards)
    assert core.publisher.cards[job.id] == "delivered"


async def test_the_card_tells_so_too_when_this_machine_is_to_blame(core: Core) -> None:
    job = await finished(core)
    core.studio.errors.append(LocalTrouble("no room"))
    await drain(core.delivery)
    await drain(core.cards)
    assert core.publisher.cards[job.id] == "stalled"


# Whatever comes


ERRORS: Sequence[NoClip] = [
    *(fails(fault) for fault in FAULTS), NO_VIDEO, LocalTrouble("no room"),
    fails(DownloadFault.OUTAGE, retry_after=400.0),
]  # fmt: skip
tries = st.tuples(st.sampled_from(ERRORS), st.booleans(), st.sampled_from("ab"))


@given(st.lists(tries, min_size=1, max_size=80), st.floats(0, 700), st.randoms())
def test_no_job_is_given_up_before_its_time(
    found: list[tuple[NoClip, bool, str]], late: float, rng: random.Random
) -> None:
    now = begun = 1000.0
    job = Job(
        id=1, interaction_id=1, guild_id=1, channel_id=1, user_id=1, recipe=recipe(),
        state=JobState.SUCCEEDED, rev=1, created_at=0, due_at=now, looked_at=0.0,
    )  # fmt: skip
    for error, fresh, digest in found:
        after = no_clip(job, error, fresh=fresh, digest=digest, at=now, rng=rng)
        if isinstance(after, FailReason):
            assert fresh
            assert not isinstance(error, LocalTrouble)
            assert now - begun > (SAME_BYTES if error is NO_VIDEO else HOUR)
            return
        assert after.due_at is not None
        assert 1 <= after.due_at - now <= 900
        now, job = after.due_at + late, after
