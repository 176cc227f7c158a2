"""What the core decides from what the books hold, without a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from bot.clock import Instant
from bot.core.admin.requests import check
from bot.core.jobs import turns
from bot.core.jobs.books import InLine, Running, ServerLane
from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState
from bot.core.jobs.turns import claim_turns
from bot.core.rules.alerts import Alert, reached
from bot.core.rules.calendar import Calendar, Window
from bot.core.rules.errors import AskedBefore
from bot.core.rules.quota import Account, Limit, OnTheWay, Operator, Pot, Rule, bounds
from bot.core.rules.server_settings import Cap, Caps, Log, PresetsOff, ServerSettings
from bot.core.rules.standing import OPEN_FOR, Sums, Terms, Windows, standing
from tests.builders import recipe
from tests.builders import standing as a_standing

NOW = 1_800_000_000.0
MEMBER = Account(guild_id=10, user_id=30)
NOTHING = OnTheWay(0, 0)
SUMS = Sums(
    own=1, cap=2, allowance=4, ceiling=3, held=4, mine=NOTHING, server=NOTHING,
    everywhere_waiting=5,
)  # fmt: skip


def job(state: JobState = JobState.QUEUED, **changes: object) -> Job:
    values: dict = {
        "id": 1, "interaction_id": 1, "guild_id": 10, "channel_id": 20, "user_id": 30,
        "recipe": recipe(), "state": state, "rev": 4, "created_at": NOW, "due_at": None,
    }  # fmt: skip
    return Job(**values | changes)


# Where a member stands


@dataclass
class FakeAccounts:
    """What is said of a member, and what was asked."""

    settings: ServerSettings = field(default_factory=ServerSettings)
    rules: tuple[Rule, ...] = ()
    asked_at: float | None = None
    windows: Windows | None = None

    def terms(self, account: Account, now: float) -> Terms:
        return Terms(settings=self.settings, rules=self.rules, block=None, asked_at=self.asked_at)

    def caps(self, guild_id: int) -> Caps:
        return self.settings.caps

    def sums(self, account: Account, windows: Windows) -> Sums:
        self.windows = windows
        return SUMS


def test_the_windows_are_the_winning_rules_and_the_caps_by_the_servers_calendar() -> None:
    calendar = Calendar("Europe/Berlin", 5)
    books = FakeAccounts(
        settings=ServerSettings(calendar=calendar, cap=Cap(50, "week")),
        rules=(
            Rule(scope="default", subject_id=0, limit=Limit(6)),
            Rule(scope="user", subject_id=30, limit=Limit(9, "month")),
        ),
    )
    operator = Operator(fallback=Limit(1), ceiling=Limit(99, "day"), allowance=Limit(50, "week"))
    seen = standing(books, MEMBER, operator, NOW)
    own, cap = calendar.window("month", NOW), calendar.window("week", NOW)
    ceiling, week = Calendar().window("day", NOW), Calendar().window("week", NOW)
    assert books.windows == Windows(own=own, cap=cap, allowance=week, ceiling=ceiling)
    assert (seen.rule, seen.used, seen.window) == (books.rules[1], 1, own)
    assert seen.cap == Pot(Limit(50, "week"), 2, cap)
    assert seen.allowance == Pot(Limit(50, "week"), 4, week, "allowance")
    assert seen.ceiling == Pot(Limit(99, "day"), 3, ceiling, "everywhere")


def test_without_rules_the_operators_default_holds_and_no_limit_is_summed() -> None:
    books = FakeAccounts()
    seen = standing(books, MEMBER, Operator(fallback=Limit(7, "week")), NOW)
    assert (seen.rule.scope, seen.rule.limit) == ("operator", Limit(7, "week"))
    assert seen.rules == (seen.rule,)
    assert books.windows
    windows = books.windows
    assert (windows.cap, windows.allowance, windows.ceiling) == (None, None, None)
    assert (seen.cap, seen.allowance, seen.ceiling) == (None, None, None)


# What staff is told


@pytest.mark.parametrize(
    ("used", "level"), [(49, None), (50, 50), (79, 50), (80, 80), (98, 80), (99, 100), (120, 100)]
)
def test_an_alert_is_the_highest_level_reached_and_used_up_is_what_no_order_fits_into(
    used: int, level: int | None
) -> None:
    its = ServerSettings(cap=Cap(100, alerts=(50, 80)), presets=PresetsOff(("tiny",)))
    pot = Pot(Limit(100, "month"), used, Window(5.0, 9.0))
    alert = reached(a_standing(settings=its, cap=pot), {"tiny": 1, "draft": 2})
    assert alert == (level and Alert(starts_at=5.0, credits=100, level=level))


def test_an_alert_is_told_once_for_each_level_of_one_cap_in_one_window() -> None:
    alert = Alert(starts_at=5.0, credits=100, level=80)
    assert alert.is_news(None)
    assert not alert.is_news(alert)
    assert not alert.is_news(replace(alert, level=100))
    assert alert.is_news(replace(alert, level=50))
    assert alert.is_news(replace(alert, starts_at=1.0, level=100))
    assert alert.is_news(replace(alert, credits=90, level=100))


# What a hint does


at_provider = pytest.mark.parametrize("state", [JobState.SUBMITTED, JobState.CANCELLED])


@at_provider
def test_a_hint_makes_a_job_at_the_provider_due(state: JobState) -> None:
    running = job(state, slot=True, due_at=NOW + 60, remote_id="r")
    assert running.hinted("other", at=NOW) == replace(running, due_at=NOW, look_again=True)
    late = replace(running, due_at=NOW - 60)
    assert late.hinted(None, at=NOW) == replace(late, look_again=True)


@at_provider
def test_a_hint_takes_nothing_from_a_look_under_way(state: JobState) -> None:
    looked_at = job(state, slot=True, due_at=NOW + 60, remote_id="r", claimed=True)
    hinted = looked_at.hinted("other", at=NOW)
    assert hinted == replace(looked_at, look_again=True)
    assert hinted.hinted("other", at=NOW) == hinted


def test_a_hint_gives_a_hand_over_its_id_and_leaves_it_able_to_save_its_answer() -> None:
    handing = job(JobState.SUBMITTING, slot=True, due_at=NOW + 60)
    assert handing.hinted("r", at=NOW) == replace(handing, remote_id="r", look_again=True)
    assert handing.hinted(None, at=NOW) == handing
    named = replace(handing, remote_id="first")
    assert named.hinted("r", at=NOW) == named


def test_a_hint_revives_a_hand_over_without_a_clear_answer() -> None:
    unsure = job(JobState.UNSURE, ended_at=NOW, due_at=None)
    revived = replace(unsure, remote_id="r", slot=True, due_at=NOW, rev=5)
    assert unsure.hinted("r", at=NOW) == revived


@pytest.mark.parametrize(
    "state",
    sorted(set(JobState) - {JobState.SUBMITTED, JobState.SUBMITTING, JobState.UNSURE}),
)
def test_a_hint_means_nothing_to_a_job_that_is_not_at_the_provider(state: JobState) -> None:
    other = job(state, due_at=NOW + 60)
    assert other.hinted("r", at=NOW) == other


# Whose turn it is


@dataclass
class FakeLanes:
    """Members in line, a server after the other, and who has how many at the provider."""

    lanes: dict[int, list[int]]
    there: dict[tuple[int, int], int]
    caps: Caps = field(default_factory=Caps)

    def running(self) -> Running:
        return Running(self.there)

    def servers_in_turn(self) -> list[ServerLane]:
        return [
            ServerLane(guild_id, len(members), self.caps)
            for guild_id, members in self.lanes.items()
        ]

    def members_in_turn(self, guild_id: int) -> list[int]:
        return self.lanes[guild_id]

    def queued(self, guild_id: int, user_id: int) -> Iterator[Job]:
        yield job(guild_id=guild_id, user_id=user_id)

    def save(self, before: Job, after: Job, **_: float) -> Job:
        return after


LANES = {10: [30, 31], 11: [32]}


@pytest.mark.parametrize(
    ("there", "caps", "turn"),
    [
        ({}, Caps(), (10, 30)),
        ({(10, 30): 1}, Caps(), (10, 31)),
        ({(10, 30): 1}, Caps(member_running=2), (10, 30)),
        ({(10, 30): 1, (10, 31): 1}, Caps(), (11, 32)),
        ({(10, 99): 1}, Caps(server_running=1), (11, 32)),
        ({(10, 99): 1, (11, 99): 1}, Caps(server_running=1), None),
        ({(12, 1): 5}, Caps(), None),
    ],
)
def test_the_next_job_is_the_first_in_line_that_may_run(
    there: dict, caps: Caps, turn: tuple[int, int] | None
) -> None:
    books = FakeLanes(LANES, there, caps)
    jobs = claim_turns(books, Instant(NOW - 9, NOW), 5, Operator(fallback=Limit(6)), 60, 1).jobs
    assert [(taken.guild_id, taken.user_id) for taken in jobs] == ([turn] if turn else [])
    for taken in jobs:
        assert (taken.state, taken.slot, taken.due_at) == (JobState.SUBMITTING, True, NOW + 60)


@pytest.mark.parametrize(
    ("there", "slots", "most", "expected"),
    [
        ({}, 5, 5, (3, False)),
        ({}, 5, 3, (3, True)),  # there may be more, which nobody has read
        ({}, 2, 5, (2, True)),
        ({(10, 30): 1}, 5, 5, (2, True)),
        ({(12, 1): 5}, 5, 5, (0, True)),
    ],
)
def test_who_claims_knows_whether_others_wait(
    there: dict, slots: int, most: int, expected: tuple[int, bool]
) -> None:
    books, operator = FakeLanes(LANES, there), Operator(fallback=Limit(6))
    found = claim_turns(books, Instant(NOW - 9, NOW), slots, operator, 60, most)
    assert (len(found.jobs), found.others_wait) == expected


@pytest.mark.parametrize(
    ("there", "line", "waits_for"),
    [
        ({}, InLine(1, 1, 7), None),
        ({(10, 30): 1}, InLine(1, 1, 7), "member"),
        ({}, InLine(2, 2, 7), "member"),
        ({(10, 31): 1, (11, 30): 9}, InLine(1, 2, 7), None),
        ({(10, 31): 1}, InLine(1, 3, 7), "server"),
    ],
)
def test_a_place_tells_whose_videos_it_waits_for(
    there: dict, line: InLine, waits_for: str | None
) -> None:
    most = bounds(Caps(server_running=3), Operator(fallback=Limit(6)))
    assert turns.waits_for(job(), line, Counter(there), most) == waits_for


# Who may ask for more


def test_a_request_keeps_its_member_from_asking_again_for_seven_days() -> None:
    assert OPEN_FOR == 7 * 86_400
    staffed, operator = ServerSettings(log=Log(77)), Operator(fallback=Limit(6))
    with pytest.raises(AskedBefore):
        check(FakeAccounts(staffed, asked_at=NOW - OPEN_FOR), MEMBER, operator, NOW)
    assert check(FakeAccounts(staffed, asked_at=NOW - OPEN_FOR - 1), MEMBER, operator, NOW) == 77
