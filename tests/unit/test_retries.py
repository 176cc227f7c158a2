"""Whatever goes wrong with a job, in whichever state, it is tried again when that makes sense."""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import Any

import pytest

from bot.core.jobs.errors import (
    DownloadFailed,
    FailReason,
    LocalTrouble,
    LookFailed,
    MediaUnusable,
    NotSent,
    OutcomeUnknown,
    PostRefused,
    PostTrouble,
    ProviderBusy,
    ProviderLocked,
    ProviderTrouble,
)
from bot.core.jobs.loop import drain
from bot.core.jobs.model import LATE_FIRST, Job
from bot.core.jobs.patience import NOT_ITS_FAULT_PAUSE
from bot.core.jobs.ports import Broken, Ready
from bot.core.jobs.states import JobState
from bot.core.jobs.takers import TAKEN_BY
from bot.errors import StoreUnavailable
from tests.builders import MEMBER, Core, claim_one
from tests.unit.living import living

CLIP = Ready(urls=("https://files.example/a.mp4",))
SOON = 2.5
"""The first pause, with all its jitter."""
OUTAGE, OUTAGE_PAUSE = 8.0, 5.0
UNKNOWN = OSError(errno.EMFILE, "Too many open files"), KeyError("what nobody thought of")


async def preparing(core: Core) -> Job:
    return await core.order(picture="https://cdn.discordapp.com/a.png")


async def queued(core: Core) -> Job:
    return await core.order()


async def submitting(core: Core) -> Job:
    """A hand-over that a webhook has named, and whose process is gone."""
    job = await core.order()
    await claim_one(core.submitter)
    await core.poller.hint(job.id, "r7")
    await core.store.take_over(core.clock.steady())
    return job


async def submitted(core: Core) -> Job:
    job = await core.submit()
    await core.poller.hint(job.id, None)
    return job


async def unsure(core: Core) -> Job:
    core.api.answers.append(OutcomeUnknown("timeout"))
    job = await core.submit()
    await core.poller.hint(job.id, "r7")
    return job


async def cancelled(core: Core) -> Job:
    job = await submitted(core)
    await core.service.stop(job.id, MEMBER)
    return job


async def succeeded(core: Core) -> Job:
    job = await submitted(core)
    core.api.looks.append(CLIP)
    await drain(core.poller)
    return job


async def delivering(core: Core) -> Job:
    job = await succeeded(core)
    core.publisher.errors.append(PostTrouble("500"))
    await drain(core.delivery)
    return job


async def failed(core: Core) -> Job:
    """Its clip may still come."""
    job = await submitted(core)
    core.api.looks.append(Broken(reason=FailReason.SERVICE_PROBLEM, detail="Try Again"))
    await drain(core.poller)
    return job


async def expired(core: Core) -> Job:
    job = await submitted(core)
    core.clock.move(25 * 3600)
    await drain(core.poller)
    return job


async def delivered(core: Core) -> Job:
    job = await succeeded(core)
    await drain(core.delivery)
    return job


async def kept(core: Core) -> Job:
    job = await succeeded(core)
    core.publisher.errors.append(PostRefused("closed"))
    await drain(core.delivery)
    return job


async def fetched(core: Core) -> Job:
    job = await kept(core)
    await core.clips.fetch(job.id, 1_000_000)
    return job


@dataclass(frozen=True)
class Step:
    """What is called of a port for a job in some state."""

    prepare: Callable[[Core], Awaitable[Job]]
    port: str
    call: str

    @property
    def state(self) -> JobState:
        return JobState(self.prepare.__name__)

    def intercept(self, core: Core, before: Callable[[], None]) -> None:
        """Have something happen before the next call, and before that one only."""
        port = attrgetter(self.port)(core)
        call = getattr(port, self.call)

        def once(*arguments: Any, **named: Any) -> Any:
            setattr(port, self.call, call)
            before()
            return getattr(port, self.call)(*arguments, **named)

        setattr(port, self.call, once)


PICTURE = Step(preparing, "downloader", "picture")
PREPARE = Step(preparing, "studio", "prepare")
SUBMIT = Step(queued, "api", "submit")
LOOKS = [Step(prepare, "api", "fetch") for prepare in (submitted, cancelled)]
LATE = [Step(prepare, "api", "fetch") for prepare in (failed, expired)]
SWEEP = [Step(prepare, "tools.mover", "save") for prepare in (delivered, kept, fetched)]
REVIVED = [Step(prepare, "api", "fetch_path") for prepare in (submitting, unsure)]
FETCH = Step(succeeded, "downloader", "clip")
FIT = Step(succeeded, "studio", "fit")
POST = Step(succeeded, "publisher", "post_result")
FIND = Step(delivering, "publisher", "find_result")
WALK = [PICTURE, PREPARE, SUBMIT, *LOOKS, *LATE, *REVIVED, FETCH, FIT, POST, FIND, *SWEEP]
# What a webhook has named is decided within one write.
WRITTEN = [Step(prepare, "store", "write") for prepare in (submitting, unsure)]
AWAY = [*(step for step in WALK if step not in REVIVED), *WRITTEN]

KNOWN = [
    (PICTURE, DownloadFailed("502", again=True), SOON),
    (PREPARE, LocalTrouble("no end"), SOON),
    (SUBMIT, NotSent("no route"), 5.0),
    (SUBMIT, ProviderTrouble("503"), 5.0),
    (SUBMIT, ProviderBusy("full", 30), 30.0),
    (SUBMIT, ProviderLocked("no credits"), 180.0),
    *((look, LookFailed("502"), SOON) for look in LOOKS),
    *((look, LookFailed("502"), LATE_FIRST) for look in LATE),
    *((look, ProviderBusy("slow down", 30), 30.0) for look in LOOKS),
    *((look, ProviderLocked("no credits"), SOON) for look in LOOKS),
    (FETCH, DownloadFailed("404", again=True), 5.0),
    (FETCH, DownloadFailed("429", again=True, retry_after=30.0), 30.0),
    (FETCH, LocalTrouble("no room"), NOT_ITS_FAULT_PAUSE),
    (FIT, LocalTrouble("no end"), NOT_ITS_FAULT_PAUSE),
    (FIT, MediaUnusable("a page", FailReason.RESULT_UNUSABLE), 5.0),
    (POST, PostTrouble("500"), SOON),
    (FIND, PostTrouble("500"), 5.0),
]
ANY = [(step, error, SOON) for step in WALK for error in UNKNOWN]


def named(value: object) -> str:
    if isinstance(value, Step):
        return f"{value.state}-{value.call}"
    return type(value).__name__ if isinstance(value, Exception) else ""


def test_the_walk_meets_every_state_that_a_loop_takes() -> None:
    assert {step.state for step in WALK} == {state for state in JobState if TAKEN_BY[state]}


@pytest.mark.parametrize(("step", "error", "most"), [*KNOWN, *ANY], ids=named)
async def test_what_went_wrong_is_tried_again_in_time(
    core: Core, step: Step, error: Exception, most: float
) -> None:
    def fail() -> None:
        raise error

    job = await step.prepare(core)
    step.intercept(core, fail)
    async with living(core) as life:
        await life.until(lambda: len(life.tried(job)) > 1)
    first, again, *_ = life.tried(job)
    assert 0.5 < again - first <= most
    assert core.api.submitted.count(job.id) <= 1 or step is SUBMIT


@pytest.mark.parametrize("step", AWAY, ids=named)
async def test_a_database_that_was_away_holds_a_job_up_no_longer(
    core: Core, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    write, put_off = core.store.write, core.store.put_off
    ends, moves = float("inf"), 1_000

    def away(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def unsteady(*arguments: Any) -> Any:
            if core.clock.steady() < ends:
                raise StoreUnavailable
            return await call(*arguments)

        return unsteady

    def begin() -> None:
        nonlocal ends, moves
        moves = len(core.history(job))
        ends = core.clock.steady() + OUTAGE
        monkeypatch.setattr(core.store, "write", away(write))
        monkeypatch.setattr(core.store, "put_off", away(put_off))

    job = await step.prepare(core)
    step.intercept(core, begin)
    async with living(core) as life:
        await life.until(lambda: moves < len(core.history(job)) or len(life.tried(job)) > 1)
        assert ends <= core.clock.steady() <= ends + OUTAGE_PAUSE + SOON


async def test_what_fails_again_and_again_is_tried_ever_less_often_but_never_given_up(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> bool:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(core.studio, "fit", broken)
    job = await succeeded(core)
    async with living(core) as life:
        await life.until(lambda: len(life.tried(job)) == 40)
    times = life.tried(job)
    pauses = [after - before for before, after in pairwise(times)]
    assert all(pause <= 300 * 1.25 for pause in pauses)
    assert all(pause >= 300 * 0.75 for pause in pauses[10:])
    after = await core.job(job)
    assert (after.state, after.tries) == (JobState.SUCCEEDED, 0)
    assert core.ledger(job) == [("hold", 2)]


async def test_a_card_that_could_not_be_shown_for_want_of_anything_is_shown_soon(
    core: Core,
) -> None:
    def fail() -> None:
        raise UNKNOWN[0]

    job = await core.order()
    await core.submitter.work(await claim_one(core.submitter))
    Step(queued, "publisher", "show_card").intercept(core, fail)
    async with living(core) as life:
        assert await life.until(lambda: core.publisher.cards.get(job.id) == "rendering") <= SOON
