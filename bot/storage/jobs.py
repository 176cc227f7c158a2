"""Jobs in SQL, as the core's units of work ask for and write them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields

from bot.core.jobs.books import NewJob
from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState
from bot.storage.rows import Rows, changed, job_of, recipe_text

ORDERED = {
    "id", "interaction_id", "guild_id", "channel_id", "user_id", "recipe", "created_at",
    "picture_url", "last_picture_url", "source_id", "upload_limit", "tip",
}  # fmt: skip
"""What no move changes."""
BY_RULE = (
    "rev", "due_at", "claimed", "look_again", "remote_id", "card_message_id", "card_gone",
    "card_due_at",
)  # fmt: skip
"""What may have changed although the revision has not, see MOVE."""
MOVED = tuple(
    field.name for field in fields(Job) if field.name not in ORDERED and field.name not in BY_RULE
)
"""The columns that a move writes as they are."""

JOB = "SELECT * FROM jobs WHERE id = ?"
JOB_OF = "SELECT * FROM jobs WHERE interaction_id = ?"
WAITING_ACCOUNTS = """
SELECT guild_id, user_id FROM member_lanes INDEXED BY member_lanes_next WHERE waiting > 0
UNION ALL SELECT guild_id, user_id FROM jobs INDEXED BY jobs_preparing WHERE state = 'preparing'
"""
HAD_TIP = """
SELECT 1 FROM jobs INDEXED BY jobs_with_tip
WHERE tip = 1 AND user_id = :user AND created_at > :no_tip_since
"""
INSERT = f"""
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, recipe, credits, state,
    created_at, due_at, card_due_at, picture_url, last_picture_url, source_id, role_ids,
    upload_limit, tip)
VALUES (:interaction, :guild, :channel, :user, :recipe, :credits, :state,
    :now, :due, :card_due, :picture, :last_picture, :source, :roles,
    :upload_limit, :no_tip_since IS NOT NULL AND NOT EXISTS ({HAD_TIP}))
ON CONFLICT (interaction_id) DO NOTHING
RETURNING *
"""  # noqa: S608 - constants of ours
# A hint that came meanwhile is kept: the id for a hand-over, and the wish for a look at once.
MOVE = f"""
UPDATE jobs SET {", ".join(f"{name} = :{name}" for name in MOVED)}, rev = rev + 1,
    claimed = 0, look_again = 0,
    due_at = CASE WHEN look_again AND :due_at IS NOT NULL THEN :at ELSE :due_at END,
    remote_id = CASE WHEN state = 'submitting' THEN coalesce(:remote_id, remote_id)
        ELSE :remote_id END,
    card_due_at = CASE WHEN NOT :new_face OR card_gone THEN card_due_at
        WHEN card_message_id IS NULL THEN max(:at, coalesce(card_due_at, :at))
        ELSE :tell_at END
WHERE id = :id AND state = :before AND rev = :rev
RETURNING {", ".join(BY_RULE)}
"""  # noqa: S608 - constants of ours
HINT = """
UPDATE jobs SET remote_id = ?, slot = ?, due_at = ?, look_again = ?, rev = ? WHERE id = ?
"""
CLAIM_LOOK = """
UPDATE jobs SET due_at = :until, claimed = 1, look_again = 0
WHERE id = :id AND slot = 1 AND state IN ('submitted', 'cancelled') AND NOT claimed
RETURNING *
"""
KNOWN = """
SELECT 1 FROM jobs INDEXED BY jobs_by_remote_id
WHERE remote_id = ? AND fetch_path = ? AND id <> ? LIMIT 1
"""
# Whether it is being handed over, a card does not show.
SHOWN = "(rev = :rev OR (:waits AND state IN ('queued', 'submitting')))"
CARD = f"""
UPDATE jobs SET card_message_id = coalesce(:message, card_message_id),
    card_due_at = iif({SHOWN}, :due, card_due_at)
WHERE id = :id RETURNING *, {SHOWN} AS shown
"""  # noqa: S608 - constants of ours
TIMES = "SELECT after, at FROM moves WHERE job_id = ? ORDER BY id"


class JobRows(Rows):
    """The part of `bot.core.jobs.books.Books` that is about jobs."""

    def job(self, job_id: int) -> Job | None:
        """See `Books`."""
        row = self._con.execute(JOB, (job_id,)).fetchone()
        return job_of(row) if row else None

    def job_of(self, interaction_id: int) -> Job | None:
        """See `Books`."""
        row = self._con.execute(JOB_OF, (interaction_id,)).fetchone()
        return job_of(row) if row else None

    def waiting_accounts(self) -> Iterator[tuple[int, int]]:
        """See `Books`."""
        return ((row[0], row[1]) for row in self._con.execute(WAITING_ACCOUNTS))

    def insert(
        self,
        new: NewJob,
        state: JobState,
        *,
        now: float,
        due_at: float | None,
        card_due_at: float,
        no_tip_since: float | None,
    ) -> Job | None:
        """See `Books`."""
        values = {
            "interaction": new.interaction_id,
            "guild": new.guild_id,
            "channel": new.channel_id,
            "user": new.user_id,
            "recipe": recipe_text(new.recipe),
            "credits": new.recipe.credits,
            "state": state.value,
            "now": now,
            "due": due_at,
            "card_due": card_due_at,
            "picture": new.picture_url,
            "last_picture": new.last_picture_url,
            "source": new.source_id,
            "roles": json.dumps(new.role_ids),
            "upload_limit": new.upload_limit,
            "no_tip_since": no_tip_since,
        }
        row = self._con.execute(INSERT, values).fetchone()
        return job_of(row) if row else None

    def save(self, before: Job, after: Job, *, at: float) -> Job | None:
        """See `Books`."""
        told = after.card_due_at if after.card_due_at != before.card_due_at else None
        values = {name: getattr(after, name) for name in (*MOVED, "remote_id", "due_at")}
        values |= {"id": before.id, "before": before.state.value, "rev": before.rev, "at": at}
        values |= {"new_face": before.face != after.face, "tell_at": at if told is None else told}
        row = self._con.execute(MOVE, values).fetchone()
        return changed(after, row) if row else None

    def is_known(self, fetch_path: str, remote_id: str, *, besides: int) -> bool:
        """See `Books`."""
        row = self._con.execute(KNOWN, (remote_id, fetch_path, besides)).fetchone()
        return row is not None

    def claim_look(self, job_id: int, until: float) -> Job | None:
        """See `Books`."""
        row = self._con.execute(CLAIM_LOOK, {"id": job_id, "until": until}).fetchone()
        return job_of(row) if row else None

    def save_hint(self, job: Job) -> None:
        """See `Books`."""
        values = (job.remote_id, job.slot, job.due_at, job.look_again, job.rev, job.id)
        self._con.execute(HINT, values)

    def save_card(self, job: Job, message_id: int | None, due_at: float | None) -> Job | None:
        """See `Books`."""
        shown = {"rev": job.rev, "waits": job.face == "waiting"}
        values = {"id": job.id, "message": message_id, "due": due_at} | shown
        row = self._con.execute(CARD, values).fetchone()
        return None if row is None or row["shown"] else job_of(row)

    def times(self, job_id: int) -> dict[JobState, float]:
        """See `Books`."""
        return {JobState(state): at for state, at in self._con.execute(TIMES, (job_id,))}
