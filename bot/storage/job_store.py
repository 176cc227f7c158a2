"""The job table: acceptance, claims and moves, each one transaction."""

from __future__ import annotations

import json
import sqlite3
from functools import partial

from bot.core.jobs.model import (
    CARD_GRACE,
    Job,
    JobState,
    NewJob,
    credit_effect,
)
from bot.core.jobs.ports import Place, Placed
from bot.core.rules.admission import Order, admit
from bot.core.rules.quota import Account, Bounds, Operator
from bot.storage import alerts, lanes, ledger
from bot.storage.database import Database
from bot.storage.rows import job_of, recipe_text

# A restart may find due times far ahead if the clock was set back meanwhile.
LONGEST_WAIT = 15 * 60

INSERT = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, recipe, credits, state,
    created_at, due_at, card_due_at, picture_url, role_ids)
VALUES (:interaction, :guild, :channel, :user, :recipe, :credits, :state,
    :now, :due, :card_due, :picture, :roles)
RETURNING *
"""
MOVE_COLUMNS = (
    "state", "slot", "tries", "looks", "eta", "submitted_at", "looked_at",
    "deadline_at", "overdue", "expires_at", "ready_at", "ended_at", "fetch_path",
    "result_url", "model_ran", "seed_ran", "reason", "picture_cut", "result_channel_id",
    "result_message_id",
)  # fmt: skip
# A hint that came before the answer to the hand-over makes the first look due at once.
MOVE = f"""
UPDATE jobs SET {", ".join(f"{name} = :{name}" for name in MOVE_COLUMNS)}, rev = rev + 1,
    due_at = CASE WHEN state = 'submitting' AND remote_id IS NOT NULL AND :due_at IS NOT NULL
        THEN :now ELSE :due_at END,
    remote_id = coalesce(:remote_id, remote_id),
    card_due_at = CASE WHEN NOT :new_face OR card_gone THEN card_due_at
        WHEN card_message_id IS NULL THEN max(:now, created_at + :grace) ELSE :now END
WHERE id = :id AND state = :before AND rev = :rev
"""  # noqa: S608 - constants of ours
HISTORY = "INSERT INTO moves (job_id, at, before, after) VALUES (?, ?, ?, ?)"

DUE = {
    "prepare": "state = 'preparing'",
    "look": "slot = 1",
    "deliver": "state IN ('succeeded', 'delivering')",
}
"""The jobs that each loop takes by their due time; every one has its partial index."""

CLAIM = """
UPDATE jobs SET due_at = :until, rev = rev + 1 WHERE id = (
    SELECT id FROM jobs WHERE {which} AND due_at IS NOT NULL AND due_at <= :now
    ORDER BY due_at LIMIT 1)
RETURNING *
"""
CLAIM_CARD = """
UPDATE jobs SET card_due_at = :until WHERE id = (
    SELECT id FROM jobs WHERE card_due_at IS NOT NULL AND card_due_at <= :now
    ORDER BY card_due_at LIMIT 1)
RETURNING *
"""
CLAIM_QUEUED = """
UPDATE jobs SET state = 'submitting', slot = 1, due_at = :until, remote_id = NULL, rev = rev + 1
WHERE id = :id AND state = 'queued' RETURNING *
"""
UNFINISHED = """
SELECT * FROM jobs INDEXED BY jobs_unfinished
WHERE guild_id = ? AND user_id = ? AND ended_at IS NULL ORDER BY id
"""
NEXT_DUE = """
SELECT due_at FROM jobs WHERE {which} AND due_at IS NOT NULL ORDER BY due_at LIMIT 1
"""
NEXT_CARD = """
SELECT card_due_at FROM jobs WHERE card_due_at IS NOT NULL ORDER BY card_due_at LIMIT 1
"""
TAKE_OVER = (
    "UPDATE jobs SET due_at = :now WHERE state = 'submitting' AND slot = 1",
    "UPDATE jobs SET due_at = :now WHERE state IN ('succeeded', 'delivering')",
    "UPDATE jobs SET due_at = :now WHERE state = 'preparing'",
    "UPDATE jobs SET due_at = :latest WHERE slot = 1 AND due_at > :latest",
    "UPDATE jobs SET card_due_at = :now WHERE card_due_at IS NOT NULL",
    "UPDATE notices SET due_at = :now",
    "UPDATE requests SET due_at = :now WHERE due_at IS NOT NULL",
)
SHOWN = """
UPDATE jobs SET card_message_id = :message,
    card_due_at = CASE WHEN state <> :state THEN min(card_due_at, :now)
        WHEN card_due_at IS :claimed THEN :again ELSE card_due_at END
WHERE id = :id
"""
LOST = "UPDATE jobs SET card_gone = 1, card_due_at = NULL WHERE id = ?"
HINT = """
UPDATE jobs SET due_at = min(due_at, :now), rev = rev + 1
WHERE id = :id AND state IN ('submitted', 'cancelled') AND slot = 1
"""
# A hand-over under way keeps its revision, for it must still be able to save its answer.
MISSING_ID = """
UPDATE jobs SET remote_id = :remote, slot = 1, rev = rev + (state = 'unsure'),
    due_at = CASE state WHEN 'unsure' THEN :now ELSE due_at END
WHERE id = :id AND state IN ('submitting', 'unsure') AND remote_id IS NULL
"""
RATIOS = """
SELECT recipe ->> 'model' AS model, (ready_at - submitted_at) / eta AS ratio FROM jobs
WHERE ready_at IS NOT NULL AND eta IS NOT NULL ORDER BY ready_at DESC LIMIT ?
"""


class SqliteJobStore:
    """See `bot.core.jobs.ports.JobStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def accept(
        self, new: NewJob, operator: Operator, presets: tuple[str, ...], now: float
    ) -> Placed:
        """See the port."""
        return await self._db.write(lambda con: _accept(con, new, operator, presets, now))

    async def save(self, before: Job, after: Job, now: float) -> bool:
        """See the port."""
        return await self._db.write(lambda con: _save(con, before, after, now))

    async def claim(self, loop: str, now: float, lease: float) -> Job | None:
        """See the port."""
        sql = CLAIM_CARD if loop == "card" else CLAIM.format(which=DUE[loop])
        times = {"now": now, "until": now + lease}
        return await self._db.write(lambda con: _one(con, sql, times))

    async def claim_queued(
        self, now: float, slots: int, operator: Operator, lease: float
    ) -> Job | None:
        """See the port."""
        return await self._db.write(lambda con: _claim_queued(con, now, slots, operator, lease))

    async def next_due(self, loop: str) -> float | None:
        """See the port."""
        sql = NEXT_CARD if loop == "card" else NEXT_DUE.format(which=DUE[loop])
        row = await self._db.read(lambda con: con.execute(sql).fetchone())
        return row[0] if row else None

    async def take_over(self, now: float) -> None:
        """See the port."""
        times = {"now": now, "latest": now + LONGEST_WAIT}
        await self._db.write(lambda con: [con.execute(sql, times) for sql in TAKE_OVER])

    async def card_shown(
        self, job: Job, message_id: int, again_at: float | None, now: float
    ) -> None:
        """See the port."""
        row = {
            "id": job.id,
            "message": message_id,
            "claimed": job.card_due_at,
            "state": job.state.value,
            "again": again_at,
            "now": now,
        }
        await self._db.write(lambda con: con.execute(SHOWN, row))

    async def card_lost(self, job_id: int) -> None:
        """See the port."""
        await self._db.write(lambda con: con.execute(LOST, (job_id,)))

    async def hint(self, job_id: int, remote_id: str | None, now: float) -> JobState | None:
        """See the port."""
        return await self._db.write(lambda con: _hint(con, job_id, remote_id, now))

    async def job(self, job_id: int) -> Job | None:
        """See the port."""
        sql = "SELECT * FROM jobs WHERE id = ?"
        return await self._db.read(lambda con: _one(con, sql, (job_id,)))

    async def jobs_of(self, guild_id: int, user_id: int, limit: int) -> list[Job]:
        """See the port."""
        sql = "SELECT * FROM jobs WHERE guild_id = ? AND user_id = ? ORDER BY id DESC LIMIT ?"
        return await self._db.read(
            lambda con: [job_of(row) for row in con.execute(sql, (guild_id, user_id, limit))]
        )

    async def unfinished(self, guild_id: int, user_id: int) -> list[Job]:
        """See the port."""
        return await self._db.read(
            lambda con: [job_of(row) for row in con.execute(UNFINISHED, (guild_id, user_id))]
        )

    async def place(self, job: Job, operator: Operator) -> Place | None:
        """See the port."""
        return await self._db.read(
            lambda con: _place(con, job, ledger.bounds_of(con, job.guild_id, operator))
        )

    async def waiting(self) -> int:
        """See the port."""
        return await self._db.read(lambda con: int(con.execute(lanes.WAITING).fetchone()[0]))

    async def ratios(self, limit: int) -> list[tuple[str, float]]:
        """See the port."""
        return await self._db.read(
            lambda con: [(row[0], row[1]) for row in con.execute(RATIOS, (limit,))]
        )


def _one(
    con: sqlite3.Connection, sql: str, values: dict[str, float] | tuple[int, ...]
) -> Job | None:
    row = con.execute(sql, values).fetchone()
    return job_of(row) if row else None


def _accept(
    con: sqlite3.Connection,
    new: NewJob,
    operator: Operator,
    presets: tuple[str, ...],
    now: float,
) -> Placed:
    known = _one(con, "SELECT * FROM jobs WHERE interaction_id = ?", (new.interaction_id,))
    account = Account(guild_id=new.guild_id, user_id=new.user_id, role_ids=new.role_ids)
    standing = ledger.standing(con, account, operator, now)
    if known:
        place = _place(con, known, standing.bounds)
        return Placed(job=known, standing=standing, place=place, again=True)
    order = Order(
        cost=new.recipe.credits,
        preset=new.recipe.preset,
        text=new.recipe.prompt,
        place_ids=new.place_ids,
    )
    parts = admit(standing, order, presets)
    job = _insert(con, new, now)
    ledger.hold(con, job, parts, now)
    after = standing.after(parts)
    alerted = alerts.tell(con, new.guild_id, after, operator.prices, now)
    return Placed(job=job, standing=after, place=_place(con, job, standing.bounds), alerted=alerted)


def _insert(con: sqlite3.Connection, new: NewJob, now: float) -> Job:
    state = JobState.PREPARING if new.picture_url else JobState.QUEUED
    values = {
        "interaction": new.interaction_id,
        "guild": new.guild_id,
        "channel": new.channel_id,
        "user": new.user_id,
        "recipe": recipe_text(new.recipe),
        "credits": new.recipe.credits,
        "state": state.value,
        "now": now,
        "due": now if new.picture_url else None,
        "card_due": now + CARD_GRACE,
        "picture": new.picture_url,
        "roles": json.dumps(new.role_ids),
    }
    job = job_of(con.execute(INSERT, values).fetchone())
    con.execute(HISTORY, (job.id, now, None, state.value))
    if state is JobState.QUEUED:
        lanes.join(con, job.guild_id, job.user_id)
    return job


def _place(con: sqlite3.Connection, job: Job, most: Bounds) -> Place | None:
    if job.state is not JobState.QUEUED:
        return None
    return lanes.place(con, job.guild_id, job.user_id, job.id, most)


def _save(con: sqlite3.Connection, before: Job, after: Job, now: float) -> bool:
    values = {name: getattr(after, name) for name in MOVE_COLUMNS}
    values |= {"id": before.id, "before": before.state.value, "rev": before.rev, "now": now}
    values |= {"remote_id": after.remote_id, "due_at": after.due_at}
    values |= {"new_face": before.face != after.face, "grace": CARD_GRACE}
    if con.execute(MOVE, values).rowcount == 0:
        return False
    if before.state is not after.state:
        _note_move(con, before, after.state, now)
    return True


def _note_move(con: sqlite3.Connection, job: Job, after: JobState, now: float) -> None:
    """Write what follows from a change of state: history, place in line, credits."""
    con.execute(HISTORY, (job.id, now, job.state.value, after.value))
    if after is JobState.QUEUED:
        lanes.join(con, job.guild_id, job.user_id)
    if job.state is JobState.QUEUED:
        lanes.leave(con, job.guild_id, job.user_id)
    effect = credit_effect(job.state, after)
    if effect:
        ledger.end_hold(con, job.id, effect, now)


def _hint(
    con: sqlite3.Connection, job_id: int, remote_id: str | None, now: float
) -> JobState | None:
    con.execute(HINT, {"id": job_id, "now": now})
    if remote_id:
        con.execute(MISSING_ID, {"id": job_id, "remote": remote_id, "now": now})
    row = con.execute("SELECT state FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return JobState(row[0]) if row else None


def _claim_queued(
    con: sqlite3.Connection, now: float, slots: int, operator: Operator, lease: float
) -> Job | None:
    running = lanes.running(con)
    if running.total() >= slots:
        return None
    bounds = partial(ledger.bounds_of, con, operator=operator)
    job_id = lanes.next_job(con, running, bounds)
    if job_id is None:
        return None
    job = _one(con, CLAIM_QUEUED, {"id": job_id, "until": now + lease})
    if job is None:
        return None
    con.execute(HISTORY, (job.id, now, JobState.QUEUED.value, job.state.value))
    lanes.leave(con, job.guild_id, job.user_id)
    lanes.took_turn(con, job.guild_id, job.user_id)
    return job
