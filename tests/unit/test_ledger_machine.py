"""Whatever happens in whatever order, the credits add up and nobody overspends."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.core.admin.changes import By
from bot.core.jobs.acceptance import Placed
from bot.core.jobs.backoff import GIVE_UP_AFTER, LONGEST_WAIT
from bot.core.jobs.codes import id_of
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
    ProviderRejected,
    ProviderTrouble,
)
from bot.core.jobs.kept import Fetched
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Accepted, Broken, NotFound, Ready, Working
from bot.core.jobs.states import NO_CHANNEL_TOOK_IT, JobState
from bot.core.rules.calendar import Calendar
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Account, Block, Grant, Limit, Operator, Rule, Standing
from bot.core.rules.server_settings import Cap, Caps, Section
from bot.core.rules.standing import Accounts, standing
from bot.errors import Refusal, StoreUnavailable
from bot.storage.database import Database
from tests.builders import Core, member
from tests.builders import core as build_core
from tests.databases import open_migrated
from tests.fakes import FakeClock
from tests.unit.ledger_model import Books, read

ADMIN = By(1)
CLIP = Ready(urls=("https://files.example/a.mp4",))
BROKEN = Broken(reason=FailReason.SERVICE_PROBLEM, detail="Failed, Try Again")
OPERATOR = Operator(
    fallback=Limit(6), ceiling=Limit(60, "week"), member_waiting=3, server_waiting=5, waiting=9
)
BERLIN = ZoneInfo("Europe/Berlin")
STARTS = [datetime(2027, *day, 22, 50, tzinfo=BERLIN).timestamp() for day in ((3, 27), (10, 30))]
ROLES = {31: (), 32: (5,), 33: (5, 6)}
LONGEST_LEASE = 1800.0
PRICES = {"Quick": 1, "Standard": 2, "HD": 5}

guilds = st.sampled_from([10, 11, 0])
servers = st.sampled_from([10, 11])
people = st.sampled_from(list(ROLES))
presets = st.sampled_from(list(PRICES))
orders = st.tuples(guilds, people, presets)
limits = st.builds(
    Limit, st.sampled_from([None, 0, 1, 3, 7]), st.sampled_from(["day", "week", "month"])
)
lasting = st.sampled_from([None, 60.0, 3600.0, 100_000.0])
numbers = st.integers(0, 30)
answers = st.sampled_from([
    None, None, None, OutcomeUnknown("timeout"), NotSent("no route"), ProviderBusy("full", 5),
    ProviderTrouble("503"), ProviderRejected("nsfw", FailReason.PROMPT_REFUSED),
    Accepted(remote_id="at once", fetch_path="/f", ready=CLIP),
])  # fmt: skip
looks = st.sampled_from([
    CLIP, CLIP, CLIP, Working(), NotFound(), LookFailed("502"), Ready(urls=()),
    BROKEN,
])  # fmt: skip
posts = st.sampled_from([None, PostRefused("closed"), PostRefused("closed"), PostTrouble("500")])
fits = st.sampled_from([
    None, None, None, LocalTrouble("no memory"), MediaUnusable("big", FailReason.RESULT_TOO_LARGE),
    MediaUnusable("broken", FailReason.RESULT_UNUSABLE),
])  # fmt: skip
moves = st.sampled_from([30.0, 200.0, 700.0, 3600.0, 6 * 3600.0, 86_400.0, 8 * 86_400.0])
jumps = st.sampled_from([-86_400.0, -3600.0, -30.0, 200.0, 86_400.0, 8 * 86_400.0])
sections = st.sampled_from([
    ("calendar", None),
    ("calendar", Calendar("Europe/Berlin", 2)),
    ("calendar", Calendar("Asia/Kathmandu", 23)),
    ("cap", None),
    ("cap", Cap(8, "day", (50, 80), "stop")),
    ("cap", Cap(12, "week", (10, 99), "warn")),
    ("cap", Cap(20, "month", (), "stop")),
    ("caps", None),
    ("caps", Caps(member_running=2, member_waiting=0)),
    ("caps", Caps(server_running=1, server_waiting=2)),
])  # fmt: skip


class Ledger(RuleBasedStateMachine):
    """Members, admins, the provider and the clock, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "bot.sqlite3"
        self.late: list[Job] = []
        self.clock = FakeClock()
        # Jobs whose clip somebody has, or wanted gone; those that their member has stopped.
        self.had: set[int] = set()
        self.stopped: set[int] = set()
        self.database: Database | None = None
        self.core: Core = self.run(self.opened())

    def teardown(self) -> None:
        if self.database:
            self.run(self.database.close())
        self.loop.close()
        self.folder.cleanup()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def tried(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What it returns; None if it was refused. An outage is never a refusal here."""
        try:
            return self.run(work)
        except StoreUnavailable as error:
            raise AssertionError from error
        except Refusal:
            return None

    async def opened(self) -> Core:
        self.database = await open_migrated(self.path)
        return build_core(
            self.database, self.path, self.path.parent, operator=OPERATOR, slots=3, clock=self.clock
        )

    def books(self) -> Books:
        assert self.database
        tables = self.run(self.database.read(read))
        return Books(tables, OPERATOR, self.core.clock.now())

    def pick(self, number: int, *states: JobState) -> Job | None:
        """One of the jobs in these states."""
        wanted = {state.value for state in states}
        ids = [job["id"] for job in self.books().jobs if job["state"] in wanted]
        return self.run(self.core.store.job(ids[number % len(ids)])) if ids else None

    @initialize(now=st.sampled_from(STARTS))
    def begin(self, now: float) -> None:
        self.core.clock.jump(now - self.core.clock.now())

    # Members

    @rule(order=orders, picture=st.booleans())
    def a_member_orders(self, *, order: tuple, picture: bool) -> None:
        self.order([order], "https://cdn.discordapp.com/a.png" if picture else None)

    @rule(several=st.lists(orders, min_size=2, max_size=8))
    def several_order_in_the_same_instant(self, several: list) -> None:
        self.order(several)

    def order(self, several: list, picture: str | None = None) -> None:
        async def together() -> list:
            return await asyncio.gather(
                *(
                    self.core.place(at(guild, user), preset=preset, picture=picture)
                    for guild, user, preset in several
                ),
                return_exceptions=True,
            )

        results = self.run(together())
        books = self.books()
        for (guild, user, preset), result in zip(several, results, strict=True):
            who, cost = account(guild, user), PRICES[preset]
            if isinstance(result, Placed):
                verdict = books.before(result.job.id).verdict(who, cost)
                holds = [hold for hold in books.holds if hold["job_id"] == result.job.id]
                assert verdict.allowed, "overspent"
                assert [(hold["grant_id"], hold["credits"]) for hold in holds] == verdict.parts
            else:
                assert isinstance(result, Refusal), result
                assert not isinstance(result, StoreUnavailable)
                assert not books.verdict(who, cost).allowed, f"refused: {result}"

    @rule(number=numbers)
    def a_member_cancels(self, number: int) -> None:
        job = self.pick(number, JobState.PREPARING, JobState.QUEUED)
        if job:
            self.tried(self.core.service.cancel(job.id, at(job.guild_id, job.user_id)))

    @rule(number=numbers)
    def a_member_stops_waiting(self, number: int) -> None:
        job = self.pick(number, JobState.SUBMITTED)
        if job and self.tried(self.core.service.stop(job.id, at(job.guild_id, job.user_id))):
            self.stopped.add(job.id)

    @rule(number=numbers, lost=st.booleans(), fit=fits, times=st.integers(1, 3))
    def a_kept_clip_is_fetched(
        self, number: int, *, lost: bool, fit: Exception | None, times: int
    ) -> None:
        job = self.not_taken(number)
        if job is None:
            return
        before = len(self.books().ledger)
        self.core.studio.errors.extend([fit] if fit else [])
        if lost:
            self.core.files.drop(job)
            self.core.downloader.has_none = True

        async def together() -> list:
            presses = (self.core.clips.fetch(job.id, 3) for _ in range(times))
            return await asyncio.gather(*presses, return_exceptions=True)

        results = self.run(together())
        self.core.studio.errors.clear()
        self.core.downloader.has_none = False
        assert all(isinstance(result, Fetched | Refusal) for result in results), results
        if any(isinstance(result, Fetched) for result in results):
            assert not lost
            self.had.add(job.id)
        lines = self.books().ledger[before:]
        assert {row["job_id"] for row in lines} <= {job.id}
        assert "settle" not in {row["kind"] for row in lines} or job.id in self.had

    def not_taken(self, number: int) -> Job | None:
        """A job whose clip no channel took. Else chance would bring hardly any."""
        for _ in range(2):
            job = self.pick(number, *NO_CHANNEL_TOOK_IT)
            if job:
                return job
            self.all_goes_well_for_a_while(closed=True)
        return None

    @rule()
    def clips_are_swept(self) -> None:
        self.run(drain(self.core.sweeper))

    @rule(number=numbers)
    def a_result_that_the_bot_knows_nothing_of_is_deleted(self, number: int) -> None:
        job = self.pick(number, JobState.KEPT, JobState.FETCHED, JobState.SWEPT, JobState.DELIVERED)
        if job:
            self.had |= self.to_fetch(job.user_id, job.id)
            self.run(self.core.clips.discard(job.id))
            assert not self.to_fetch(job.user_id, job.id)

    @rule(guild=guilds, user=people)
    def a_member_forgets(self, guild: int, user: int) -> None:
        theirs = [
            job["id"]
            for job in self.books().jobs
            if (job["guild_id"], job["user_id"]) == (guild, user)
        ]
        self.had |= self.to_fetch(user, *theirs)
        self.run(self.core.privacy.forget(guild, user))
        assert not self.to_fetch(user, *theirs)

    def to_fetch(self, user: int, *ids: int) -> set[int]:
        """Which of these jobs have a clip that its member can fetch."""
        found = self.run(self.core.store.clips_of(user))
        return {job.id for job in found if job.can_be_fetched} & set(ids)

    # The provider and Discord

    @rule(good=st.booleans())
    def pictures_are_prepared(self, *, good: bool) -> None:
        if not good:
            self.core.downloader.errors.append(DownloadFailed("404", again=False))
        self.run(drain(self.core.preparer))
        self.core.downloader.errors.clear()

    @rule(answer=answers)
    def a_job_is_handed_over(self, answer: Accepted | Exception | None) -> None:
        job = self.run(self.core.submitter.claim())
        if job:
            self.core.api.answers.extend([answer] if answer else [])
            self.run(self.core.submitter.work(job))

    @rule()
    def a_hand_over_takes_long(self) -> None:
        self.late += [job for job in [self.run(self.core.submitter.claim())] if job]

    @rule(answer=answers)
    def the_answer_comes_late(self, answer: Accepted | Exception | None) -> None:
        if self.late:
            self.core.api.answers.extend([answer] if answer else [])
            self.run(self.core.submitter.work(self.late.pop()))

    @rule(number=numbers, look=looks)
    def the_provider_is_asked(self, number: int, look: Any) -> None:
        job = self.pick(number, JobState.SUBMITTED, JobState.CANCELLED)
        if job:
            self.core.api.looks.append(look)
            self.run(self.core.poller.hint(job.id, None))
            self.run(drain(self.core.poller))
            self.core.api.looks.clear()

    @rule()
    def the_provider_works_for_ever(self) -> None:
        self.run(drain(self.core.submitter))
        self.core.clock.move(25 * 3600)
        self.run(drain(self.core.poller))

    @rule(number=numbers, look=looks)
    def a_webhook_names_a_job(self, number: int, look: Any) -> None:
        job = self.pick(
            number, JobState.UNSURE, JobState.SUBMITTING, JobState.EXPIRED, JobState.FAILED
        )
        if job:
            self.core.api.looks.append(look)
            self.run(self.core.poller.hint(job.id, f"late{job.id}"))
            self.run(drain(self.core.poller))
            self.core.api.looks.clear()

    @rule(post=posts, downloaded=st.booleans())
    def a_clip_is_delivered(self, *, post: Exception | None, downloaded: bool) -> None:
        self.core.publisher.errors.extend([post] if post else [])
        if not downloaded:
            self.core.downloader.errors.append(DownloadFailed("gone", again=False))
        job = self.run(self.core.delivery.claim())
        if job:
            self.run(self.core.delivery.work(job))
        self.core.publisher.errors.clear()
        self.core.downloader.errors.clear()

    @rule(closed=st.booleans())
    def all_goes_well_for_a_while(self, *, closed: bool) -> None:
        """But for Discord, perhaps, where no channel takes a clip."""
        self.core.publisher.errors.extend([PostRefused("closed")] * 20 * closed)
        for _ in range(2):
            self.run(drain(self.core.preparer))
            self.run(drain(self.core.submitter))
            self.all_are_looked_at(CLIP)
            self.run(drain(self.core.delivery))
        self.core.publisher.errors.clear()

    def all_are_looked_at(self, look: Any) -> None:
        for job in self.books().jobs:
            self.run(self.core.poller.hint(job["id"], f"r{job['id']}"))
        self.core.api.looks.extend([look] * 20)
        self.run(drain(self.core.poller))
        self.core.api.looks.clear()

    @rule(expires=st.booleans())
    def the_provider_thinks_better_of_an_end(self, *, expires: bool) -> None:
        self.run(drain(self.core.submitter))
        if expires:
            self.core.clock.move(GIVE_UP_AFTER)
        self.all_are_looked_at(Working() if expires else BROKEN)
        self.all_are_looked_at(CLIP)
        self.run(drain(self.core.delivery))

    # Time

    @rule(seconds=moves)
    def the_clock_moves(self, seconds: float) -> None:
        self.core.clock.move(seconds)

    @rule(seconds=jumps)
    def the_wall_clock_is_set_or_the_process_stands_still(self, seconds: float) -> None:
        self.core.clock.jump(seconds)

    @rule(guild=servers, user=people, before=st.sampled_from([0.0, 1.0]))
    def a_window_ends(self, guild: int, user: int, before: float) -> None:
        end = self.books().window(account(guild, user)).end
        self.core.clock.jump(end - before - self.core.clock.now())

    @rule()
    def the_bot_starts_again(self) -> None:
        assert self.database
        self.run(self.database.close())
        self.core = self.run(self.opened())
        self.run(self.core.store.take_over(self.core.clock.steady()))
        self.late.clear()

    # Admins

    @rule(
        guild=servers,
        user=people,
        amount=st.integers(1, 6),
        lasts=lasting,
        cause=st.sampled_from([Cause.ADMIN, Cause.DEMO]),
    )
    def an_admin_grants(
        self, guild: int, user: int, amount: int, lasts: float | None, cause: Cause
    ) -> None:
        until = None if lasts is None else self.core.clock.now() + lasts
        given = {
            "credits": amount,
            "admin_id": 1,
            "reason": "",
            "expires_at": until,
            "cause": cause,
        }
        self.run(self.core.admin.grant(Grant(guild_id=guild, user_id=user, **given)))

    @rule(guild=servers, user=st.sampled_from([0, *ROLES]))
    def an_admin_resets(self, guild: int, user: int) -> None:
        self.run(self.core.admin.reset(guild, user, ADMIN))

    @rule(guild=servers, number=numbers)
    def an_admin_undoes(self, guild: int, number: int) -> None:
        entries = self.run(self.core.admin.log(guild, 50))
        if not entries:
            return
        entry, before = entries[number % len(entries)], self.books()
        if self.tried(self.core.admin.undo(guild, entry.id, ADMIN)) is None:
            assert len(self.books().ledger) == len(before.ledger)
            return
        for row in self.books().ledger[len(before.ledger) :]:
            if row["kind"] == "revoke":
                (grant,) = (g for g in before.grants if g["id"] == row["grant_id"])
                taken_back = [grant, *before.given_back(grant)]
                assert row["credits"] == sum(before.left(one) for one in taken_back)

    @rule(
        guild=servers,
        subject=st.sampled_from([("default", 0), ("role", 5), ("role", 6), ("user", 31)]),
        limit=limits,
        lasts=lasting,
    )
    def an_admin_sets_a_rule(
        self, guild: int, subject: tuple[str, int], limit: Limit, lasts: float | None
    ) -> None:
        scope, subject_id = subject
        until = None if lasts is None else self.core.clock.now() + lasts
        made = Rule(scope=scope, subject_id=subject_id, limit=limit, until=until)
        self.run(self.core.admin.set_rule(guild, made, ADMIN))

    @rule(guild=servers, section=sections)
    def an_admin_sets_a_section(self, guild: int, section: tuple[str, Section | None]) -> None:
        name, wanted = section
        self.run(self.core.admin.edit(guild, name, lambda _: wanted, ADMIN))

    @rule(guild=servers, user=people, lasts=lasting)
    def an_admin_blocks(self, guild: int, user: int, lasts: float | None) -> None:
        until = None if lasts is None else self.core.clock.now() + lasts
        self.run(self.core.admin.block(guild, user, Block(until, "spam"), ADMIN))

    @rule(guild=servers, user=people)
    def an_admin_unblocks(self, guild: int, user: int) -> None:
        self.run(self.core.admin.unblock(guild, user, ADMIN))

    # What must hold

    @invariant()
    def all_is_right(self) -> None:
        books = self.books()
        books.check()
        self.members_see_the_books_as_they_are(books)
        self.nobody_has_a_clip_for_nothing_or_pays_for_nothing(books)
        self.no_job_waits_or_ends_because_of_a_jump(books)

    def members_see_the_books_as_they_are(self, books: Books) -> None:
        accounts = [account(guild, user) for guild in (10, 11, 0) for user in ROLES]

        def ask(written: Accounts) -> list[Standing]:
            return [standing(written, who, OPERATOR, books.now) for who in accounts]

        for who, seen in zip(accounts, self.run(self.core.store.read(ask)), strict=True):
            assert seen.rule == books.rule(who)
            assert (seen.used, seen.held) == (books.used(who), books.held(who))
            assert list(seen.bonuses) == books.bonuses(who)
            assert (seen.block is not None) == books.is_blocked(who)
            assert seen.mine.all == len(books.on_the_way(who))
            assert (seen.cap.used if seen.cap else None) == books.cap(who.guild_id)
            assert (seen.ceiling.used if seen.ceiling else None) == books.ceiling()

    def nobody_has_a_clip_for_nothing_or_pays_for_nothing(self, books: Books) -> None:
        self.had |= {id_of(name.split(".")[0]) or 0 for name in self.core.publisher.posts}
        paid = {hold["job_id"] for hold in books.holds if books.ended(hold) == "settle"}
        free = {job["id"] for job in books.jobs if job["free"]}
        assert paid <= self.had | self.stopped
        assert self.had | self.stopped <= paid | free

    def no_job_waits_or_ends_because_of_a_jump(self, books: Books) -> None:
        at = self.core.clock.steady()
        for job in books.jobs:
            if job["state"] == "submitted":
                assert job["due_at"] - at <= LONGEST_WAIT
                assert job["expires_at"] - at <= GIVE_UP_AFTER
            if job["state"] == "expired":
                assert job["looked_at"] - job["submitted_at"] >= GIVE_UP_AFTER
            if job["due_at"] is not None and job["ended_at"] is None:
                assert job["due_at"] - at <= LONGEST_LEASE


def account(guild: int, user: int) -> Account:
    return Account(guild_id=guild, user_id=user, role_ids=ROLES[user])


def at(guild: int, user: int) -> Any:
    return member(guild_id=guild, user_id=user, role_ids=ROLES[user])


TestLedger = Ledger.TestCase
TestLedger.settings = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
