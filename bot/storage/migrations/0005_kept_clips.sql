-- A clip that no channel takes is kept for a week with its credits on hold: fetched settles them,
-- swept gives them back. Until now it was undeliverable, and its credits went back at once. The
-- table is laid anew, for a CHECK cannot be changed in place; what refers to it finds it by name.
--
-- What becomes of old rows:
--   undeliverable  kept until its week is over, and free, as was promised
--   free           says that a job's credits went back before its clip came: also of those that a
--                  webhook brought back to life
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;

CREATE TABLE jobs_anew (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    interaction_id INTEGER NOT NULL UNIQUE,
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    recipe TEXT NOT NULL CHECK (json_valid(recipe)),
    credits INTEGER NOT NULL CHECK (credits > 0),
    state TEXT NOT NULL CHECK (state IN (
        'preparing', 'queued', 'submitting', 'submitted', 'succeeded', 'delivering',
        'delivered', 'kept', 'fetched', 'swept', 'failed', 'cancelled', 'expired', 'unsure')),
    rev INTEGER NOT NULL DEFAULT 1,
    created_at REAL NOT NULL,
    due_at REAL,
    slot INTEGER NOT NULL DEFAULT 0 CHECK (slot IN (0, 1)),
    tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
    looks INTEGER NOT NULL DEFAULT 0 CHECK (looks >= 0),
    eta REAL CHECK (eta > 0),
    submitted_at REAL,
    looked_at REAL,
    deadline_at REAL,
    overdue INTEGER NOT NULL DEFAULT 0 CHECK (overdue IN (0, 1)),
    expires_at REAL,
    ready_at REAL,
    ended_at REAL,
    remote_id TEXT,
    fetch_path TEXT,
    result_url TEXT,
    model_ran TEXT,
    seed_ran INTEGER,
    reason TEXT,
    picture_url TEXT,
    picture_cut INTEGER NOT NULL DEFAULT 0 CHECK (picture_cut IN (0, 1)),
    card_message_id INTEGER,
    card_gone INTEGER NOT NULL DEFAULT 0 CHECK (card_gone IN (0, 1)),
    card_due_at REAL,
    result_channel_id INTEGER,
    result_message_id INTEGER,
    role_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(role_ids)),
    free INTEGER NOT NULL DEFAULT 0 CHECK (free IN (0, 1)),
    -- An end has its time, and only an end has one.
    CHECK ((ended_at IS NOT NULL) = (state IN (
        'delivered', 'kept', 'fetched', 'swept', 'failed', 'cancelled', 'expired', 'unsure'))),
    -- A running job can always be looked at.
    CHECK (state <> 'submitted' OR (remote_id IS NOT NULL AND fetch_path IS NOT NULL
        AND due_at IS NOT NULL AND slot = 1)),
    -- No hold stays open for ever.
    CHECK (state <> 'kept' OR due_at IS NOT NULL),
    CHECK (state <> 'delivered' OR result_message_id IS NOT NULL),
    CHECK (state <> 'failed' OR reason IS NOT NULL)
) STRICT;

INSERT INTO jobs_anew
SELECT id, interaction_id, guild_id, channel_id, user_id, recipe, credits,
    iif(state = 'undeliverable', 'kept', state), rev, created_at,
    iif(state = 'undeliverable', ended_at + 7 * 86400, due_at), slot, tries, looks, eta,
    submitted_at, looked_at, deadline_at, overdue, expires_at, ready_at, ended_at, remote_id,
    fetch_path, result_url, model_ran, seed_ran, reason, picture_url, picture_cut, card_message_id,
    card_gone, card_due_at, result_channel_id, result_message_id, role_ids,
    state NOT IN ('failed', 'cancelled', 'expired', 'unsure') AND EXISTS (
        SELECT 1 FROM ledger AS held JOIN ledger AS done ON done.hold_id = held.id
        WHERE held.job_id = jobs.id AND held.kind = 'hold' AND done.kind = 'release')
FROM jobs ORDER BY id;
DROP TABLE jobs;
ALTER TABLE jobs_anew RENAME TO jobs;
UPDATE moves SET after = 'kept' WHERE after = 'undeliverable';

CREATE INDEX jobs_preparing ON jobs (due_at) WHERE state = 'preparing';
CREATE INDEX jobs_queued ON jobs (guild_id, user_id, id) WHERE state = 'queued';
CREATE INDEX jobs_at_provider ON jobs (due_at) WHERE slot = 1;
CREATE INDEX jobs_to_look ON jobs (due_at)
    WHERE state IN ('submitting', 'submitted', 'unsure', 'cancelled', 'failed', 'expired')
    AND due_at IS NOT NULL;
CREATE INDEX jobs_to_deliver ON jobs (due_at)
    WHERE state IN ('succeeded', 'delivering');
CREATE INDEX jobs_card_due ON jobs (card_due_at) WHERE card_due_at IS NOT NULL;
CREATE INDEX jobs_unfinished ON jobs (guild_id, user_id, credits) WHERE ended_at IS NULL;
CREATE INDEX jobs_of_member ON jobs (guild_id, user_id, id);
CREATE INDEX jobs_timed ON jobs (ready_at) WHERE ready_at IS NOT NULL;
CREATE UNIQUE INDEX jobs_remote ON jobs (fetch_path, remote_id)
    WHERE slot = 1 AND remote_id IS NOT NULL;
-- No two jobs have one id there, however long ago.
CREATE INDEX jobs_by_remote_id ON jobs (remote_id) WHERE remote_id IS NOT NULL;
CREATE INDEX jobs_of_server ON jobs (guild_id, created_at);
-- Clips that can still be fetched: when each goes, and whose they are.
CREATE INDEX jobs_to_sweep ON jobs (due_at)
    WHERE state IN ('kept', 'fetched') AND due_at IS NOT NULL;
CREATE INDEX jobs_to_fetch ON jobs (user_id, guild_id)
    WHERE state IN ('kept', 'fetched') AND due_at IS NOT NULL;

PRAGMA user_version = 5;
COMMIT;
PRAGMA foreign_keys = ON;
