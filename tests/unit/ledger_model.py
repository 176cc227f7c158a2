"""Balances as a person with the rows and a pencil would add them up: no SQL, no sums kept."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from bot.core.rules.calendar import Calendar, Window
from bot.core.rules.quota import Account, Bonus, Limit, Operator, Rule, bounds, winner
from bot.core.rules.server_settings import ServerSettings, settings_of

Row = dict[str, Any]
TABLES = (
    "jobs", "ledger", "rules", "blocks", "settings", "spent", "bonuses", "moves", "server_lanes",
    "member_lanes", "audit", "alerts",
)  # fmt: skip


def read(con: sqlite3.Connection) -> dict[str, list[Row]]:
    """Every table that the rules are about."""
    return {
        name: [dict(row) for row in con.execute(f"SELECT * FROM {name} ORDER BY 1, 2")]
        for name in TABLES
    }


@dataclass(frozen=True)
class Verdict:
    """Whether an order may be taken, and from which sources."""

    allowed: bool
    parts: list[tuple[int | None, int]]


class Books:
    """All rows at one moment; `before` leaves out the ledger and jobs from a given hold on."""

    def __init__(self, tables: dict[str, list[Row]], operator: Operator, now: float) -> None:
        self.tables = tables
        self.operator = operator
        self.now = now
        self.ledger = tables["ledger"]
        self.jobs = tables["jobs"]

    def before(self, job_id: int) -> Books:
        """The books as they were when this newest job was ordered."""
        holds = [row["id"] for row in self.ledger if row["job_id"] == job_id]
        there = {
            "ledger": [row for row in self.ledger if row["id"] < min(holds)],
            "jobs": [job for job in self.jobs if job["id"] < job_id],
        }
        return Books(self.tables | there, self.operator, self.now)

    def settings(self, guild_id: int) -> ServerSettings:
        """What the server has set."""
        mine = [row for row in self.tables["settings"] if row["guild_id"] == guild_id]
        return settings_of({row["section"]: json.loads(row["value"]) for row in mine})

    def rule(self, who: Account) -> Rule:
        """The rule that wins for a member."""
        subjects = {("default", 0), ("user", who.user_id)}
        subjects |= {("role", role_id) for role_id in who.role_ids}
        found = [
            Rule(
                scope=row["scope"],
                subject_id=row["subject_id"],
                limit=Limit(row["credits"], row["per"]),
                until=row["until"],
            )
            for row in self.tables["rules"]
            if row["guild_id"] == who.guild_id
            and (row["scope"], row["subject_id"]) in subjects
            and (row["until"] is None or row["until"] > self.now)
        ]
        return winner(found, Rule(scope="operator", subject_id=0, limit=self.operator.fallback))

    def is_blocked(self, who: Account) -> bool:
        """Whether an admin has shut the member out."""
        return any(
            (row["guild_id"], row["user_id"]) == (who.guild_id, who.user_id)
            and (row["until"] is None or row["until"] > self.now)
            for row in self.tables["blocks"]
        )

    def window(self, who: Account) -> Window:
        """The window of the member's rule."""
        return self.settings(who.guild_id).calendar.window(self.rule(who).limit.per, self.now)

    def ended(self, hold: Row) -> str | None:
        """How a hold ended; None while it has not."""
        ends = [row["kind"] for row in self.ledger if row["hold_id"] == hold["id"]]
        assert len(ends) <= 1, f"hold {hold['id']} ended {ends}"
        return ends[0] if ends else None

    def taken(self, hold: Row) -> int:
        """What a hold takes away: nothing once it was released."""
        return 0 if self.ended(hold) == "release" else hold["credits"]

    @property
    def holds(self) -> list[Row]:
        """Every hold, ended or not."""
        return [row for row in self.ledger if row["kind"] == "hold"]

    def used(self, who: Account) -> int:
        """What the member has used or on hold of the window, since the last reset that counts."""
        undone = {row["reset_id"] for row in self.ledger if row["kind"] == "restore"}
        resets = [
            row["id"]
            for row in self.ledger
            if row["kind"] == "reset"
            and row["guild_id"] == who.guild_id
            and row["user_id"] in {0, who.user_id}
            and row["id"] not in undone
        ]
        start, reset = self.window(who).start, max(resets, default=0)
        return sum(
            self.taken(hold)
            for hold in self.holds
            if (hold["guild_id"], hold["user_id"]) == (who.guild_id, who.user_id)
            and hold["grant_id"] is None
            and hold["counts_at"] >= start
            and hold["id"] > reset
        )

    def left(self, grant: Row) -> int:
        """What is left of a grant: neither taken by jobs nor given back as a grant of its own."""
        return (
            grant["credits"]
            - sum(self.taken(hold) for hold in self.holds if hold["grant_id"] == grant["id"])
            - sum(row["credits"] for row in self.given_back(grant))
        )

    def given_back(self, grant: Row) -> list[Row]:
        """Every grant of credits that came from this one."""
        return [
            row for row in self.ledger if row["kind"] == "grant" and row["grant_id"] == grant["id"]
        ]

    @property
    def grants(self) -> list[Row]:
        """Every grant that was not taken back, nor what it came from."""
        revoked = {row["grant_id"] for row in self.ledger if row["kind"] == "revoke"}
        return [
            row
            for row in self.ledger
            if row["kind"] == "grant" and not revoked & {row["id"], row["grant_id"]}
        ]

    def bonuses(self, who: Account) -> list[Bonus]:
        """What the member has left of each grant, soonest to expire first."""
        found = [
            Bonus(row["id"], self.left(row), row["expires_at"])
            for row in self.grants
            if (row["guild_id"], row["user_id"]) == (who.guild_id, who.user_id)
            and (row["expires_at"] is None or row["expires_at"] > self.now)
        ]
        never = float("inf")
        found.sort(key=lambda bonus: (bonus.expires_at or never, bonus.grant_id))
        return [bonus for bonus in found if bonus.left]

    def spent(self, guild_id: int | None, start: float) -> int:
        """What a server, or all together, has used or on hold since a moment."""
        return sum(
            self.taken(hold)
            for hold in self.holds
            if guild_id in {None, hold["guild_id"]} and hold["counts_at"] >= start
        )

    def cap(self, guild_id: int) -> int | None:
        """What is used of a server's cap; None if it has none."""
        its = self.settings(guild_id)
        if its.cap is None:
            return None
        return self.spent(guild_id, its.calendar.window(its.cap.per, self.now).start)

    def ceiling(self) -> int | None:
        """What is used of the operator's ceiling; None if there is none."""
        if self.operator.ceiling.credits is None:
            return None
        return self.spent(None, Calendar().window(self.operator.ceiling.per, self.now).start)

    def on_the_way(self, who: Account) -> list[Row]:
        """The member's unfinished jobs."""
        return [job for job in self._unfinished(who.guild_id) if job["user_id"] == who.user_id]

    def held(self, who: Account) -> int:
        """What the member's unfinished jobs and kept clips have on hold."""
        mine = [job for job in self.jobs if job["user_id"] == who.user_id]
        kept = [job for job in mine if job["state"] == "kept" and job["guild_id"] == who.guild_id]
        ids = {job["id"] for job in (*self.on_the_way(who), *kept)}
        return sum(
            hold["credits"] for hold in self.holds if hold["job_id"] in ids and not self.ended(hold)
        )

    def verdict(self, who: Account, cost: int) -> Verdict:
        """Whether this member may order something at this price now, and who pays for it."""
        its = self.settings(who.guild_id)
        most = bounds(its.caps, self.operator.on(who.guild_id))
        limit = self.rule(who).limit.credits
        bonuses = self.bonuses(who)
        bonus = sum(one.left for one in bonuses)
        taken = [job for job in self.jobs if self._takes_room(job, who.guild_id)]
        mine = [job for job in taken if job["user_id"] == who.user_id]
        waiting = [job for job in self.jobs if job["state"] in {"queued", "preparing"}]
        room = [
            len(mine) < most.member_running + most.member_waiting,
            len(taken) < most.server_running + most.server_waiting,
            len(waiting) < most.everywhere_waiting,
            limit is None or max(0, limit - self.used(who)) + bonus >= cost,
            not self.is_blocked(who),
        ]
        used = self.cap(who.guild_id)
        if its.cap is not None and used is not None and its.cap.when_empty == "stop":
            room.append(used + cost <= its.cap.credits)
        everywhere, ceiling = self.ceiling(), self.operator.ceiling.credits
        if everywhere is not None and ceiling is not None:
            room.append(everywhere + cost <= ceiling)
        return Verdict(all(room), _split(bonuses, cost))

    @staticmethod
    def _takes_room(job: Row, guild_id: int) -> bool:
        """A stopped job, too, until the provider is done with it."""
        return job["guild_id"] == guild_id and (job["ended_at"] is None or job["slot"] == 1)

    def _unfinished(self, guild_id: int) -> list[Row]:
        return [job for job in self.jobs if job["ended_at"] is None and job["guild_id"] == guild_id]

    # What must hold of the rows, whatever happened

    def check(self) -> None:
        """See that the rows agree with each other."""
        self._check_jobs()
        self._check_gifts()
        self.check_sums()
        waiting = defaultdict(int)
        for job in self.jobs:
            if job["state"] == "queued":
                waiting[job["guild_id"], job["user_id"]] += 1
        lanes = self.tables["member_lanes"]
        assert {
            (lane["guild_id"], lane["user_id"]): lane["waiting"]
            for lane in lanes
            if lane["waiting"]
        } == waiting
        for lane in self.tables["server_lanes"]:
            whole = sum(n for (guild_id, _), n in waiting.items() if guild_id == lane["guild_id"])
            assert lane["waiting"] == whole

    def _check_jobs(self) -> None:
        for job in self.jobs:
            holds = [hold for hold in self.holds if hold["job_id"] == job["id"]]
            ends = [self.ended(hold) for hold in holds]
            states = [row["after"] for row in self.tables["moves"] if row["job_id"] == job["id"]]
            assert sum(hold["credits"] for hold in holds) == job["credits"]
            assert len(set(ends)) == 1, f"one job's parts ended {ends}"
            assert set(ends) == {_end(job, states)}, f"{states} has {ends}"

    def _check_gifts(self) -> None:
        """See that what went back to a bonus that was over was given anew, for a day, once."""
        grants = {row["id"]: row for row in self.ledger if row["kind"] == "grant"}
        revokes = {row["grant_id"]: row["id"] for row in self.ledger if row["kind"] == "revoke"}
        same = ("at", "guild_id", "user_id", "credits", "grant_id")
        late = Counter(
            (*(row[name] for name in same), row["at"] + 86_400)
            for row in self.ledger
            if row["kind"] == "release"
            and row["grant_id"] is not None
            and grants[row["grant_id"]]["grant_id"] is None
            and grants[row["grant_id"]]["cause"] != "demo"
            and (grants[row["grant_id"]]["expires_at"] or row["at"] + 1) <= row["at"]
            and revokes.get(row["grant_id"], row["id"]) >= row["id"]
        )
        anew = Counter(
            (*(row[name] for name in same), row["expires_at"])
            for row in grants.values()
            if row["admin_id"] == 0
        )
        assert late == anew

    def check_sums(self) -> None:
        """See that what the triggers keep is what the ledger says."""
        moved: dict[tuple[int, int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for hold in self.holds:
            resets = [
                row["id"]
                for row in self.ledger
                if row["kind"] == "reset"
                and row["guild_id"] == hold["guild_id"]
                and row["user_id"] in {0, hold["user_id"]}
                and row["id"] < hold["id"]
            ]
            accounts = [(-1, 0, 0), (hold["guild_id"], 0, 0)]
            if hold["grant_id"] is None:
                own = (hold["guild_id"], hold["user_id"], max(resets, default=0))
                accounts.append(own)
            for account in accounts:
                moved[account][int(hold["counts_at"] // 900)] += self.taken(hold)
        expected = {
            (*account, quarter): sum(n for q, n in quarters.items() if q <= quarter)
            for account, quarters in moved.items()
            for quarter in quarters
        }
        found = {
            (row["guild_id"], row["user_id"], row["reset_id"], row["quarter"]): row["total"]
            for row in self.tables["spent"]
        }
        assert found == expected
        left = {row["grant_id"]: row["left"] for row in self.tables["bonuses"]}
        assert left == {row["id"]: self.left(row) for row in self.grants}
        assert all(credits_ >= 0 for credits_ in left.values())


def _end(job: Row, states: list[str]) -> str | None:
    """How the hold of a job that went through these states must have ended."""
    given_back = [n for n, state in enumerate(states) if state in {"unsure", "failed", "expired"}]
    assert job["free"] == bool(given_back and given_back[0] < len(states) - 1), states
    if given_back:
        return "release"  # what was given back stays so
    if states[-1] in {"delivered", "fetched"} or states[-2:] == ["submitted", "cancelled"]:
        return "settle"
    return "release" if states[-1] in {"cancelled", "swept"} else None


def _split(bonuses: list[Bonus], cost: int) -> list[tuple[int | None, int]]:
    parts: list[tuple[int | None, int]] = []
    for bonus in bonuses:
        parts.append((bonus.grant_id, min(bonus.left, cost)))
        cost -= parts[-1][1]
    parts.append((None, cost))
    return [part for part in parts if part[1]]
