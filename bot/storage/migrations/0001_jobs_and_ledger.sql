-- Jobs, their history, the lanes that make turns fair, and the credit ledger.
BEGIN IMMEDIATE;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    interaction_id INTEGER NOT NULL UNIQUE,
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    recipe TEXT NOT NULL CHECK (json_valid(recipe)),
    credits INTEGER NOT NULL CHECK (credits > 0),
    state TEXT NOT NULL CHECK (state IN (
        'preparing', 'queued', 'submitting', 'submitted', 'succeeded', 'delivering',
        'delivered', 'undeliverable', 'failed', 'cancelled', 'expired', 'unsure')),
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
    -- An end has its time, and only an end has one.
    CHECK ((ended_at IS NOT NULL) = (state IN (
        'delivered', 'undeliverable', 'failed', 'cancelled', 'expired', 'unsure'))),
    -- A running job can always be looked at.
    CHECK (state <> 'submitted' OR (remote_id IS NOT NULL AND fetch_path IS NOT NULL
        AND due_at IS NOT NULL AND slot = 1)),
    CHECK (state <> 'delivered' OR result_message_id IS NOT NULL),
    CHECK (state <> 'failed' OR reason IS NOT NULL)
) STRICT;

-- One index for each question that a loop or a command asks; none of them grows with history.
CREATE INDEX jobs_preparing ON jobs (due_at) WHERE state = 'preparing';
CREATE INDEX jobs_queued ON jobs (guild_id, user_id, id) WHERE state = 'queued';
CREATE INDEX jobs_at_provider ON jobs (due_at) WHERE slot = 1;
CREATE INDEX jobs_to_deliver ON jobs (due_at)
    WHERE state IN ('succeeded', 'delivering');
CREATE INDEX jobs_card_due ON jobs (card_due_at) WHERE card_due_at IS NOT NULL;
CREATE INDEX jobs_unfinished ON jobs (guild_id, user_id, credits) WHERE ended_at IS NULL;
CREATE INDEX jobs_of_member ON jobs (guild_id, user_id, id);
CREATE INDEX jobs_timed ON jobs (ready_at) WHERE ready_at IS NOT NULL;
CREATE UNIQUE INDEX jobs_remote ON jobs (fetch_path, remote_id)
    WHERE slot = 1 AND remote_id IS NOT NULL;

CREATE TABLE moves (
    id INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    at REAL NOT NULL,
    before TEXT,
    after TEXT NOT NULL
) STRICT;
CREATE INDEX moves_of_job ON moves (job_id);

-- `waiting` counts the lane's queued jobs; `served` orders the lanes by their last turn.
CREATE TABLE server_lanes (
    guild_id INTEGER PRIMARY KEY,
    waiting INTEGER NOT NULL CHECK (waiting >= 0),
    served INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX server_lanes_next ON server_lanes (served, guild_id) WHERE waiting > 0;
CREATE INDEX server_lanes_served ON server_lanes (served);

CREATE TABLE member_lanes (
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    waiting INTEGER NOT NULL CHECK (waiting >= 0),
    served INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_lanes_next ON member_lanes (guild_id, served, user_id) WHERE waiting > 0;
CREATE INDEX member_lanes_served ON member_lanes (guild_id, served);

-- Only ever added to. `counts_at` says which window a row belongs to: a release goes back to the
-- window that its hold was taken from. `grant_id` names the bonus that a part was taken from.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    counts_at REAL NOT NULL,
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('hold', 'settle', 'release', 'grant', 'reset')),
    credits INTEGER NOT NULL CHECK (credits > 0 OR (kind = 'reset' AND credits = 0)),
    job_id INTEGER REFERENCES jobs (id),
    grant_id INTEGER REFERENCES ledger (id),
    admin_id INTEGER,
    reason TEXT,
    expires_at REAL,
    CHECK ((job_id IS NOT NULL) = (kind IN ('hold', 'settle', 'release'))),
    CHECK ((admin_id IS NOT NULL) = (kind IN ('grant', 'reset')))
) STRICT;
CREATE UNIQUE INDEX ledger_one_hold ON ledger (job_id, coalesce(grant_id, 0))
    WHERE kind = 'hold';
CREATE UNIQUE INDEX ledger_one_end ON ledger (job_id, coalesce(grant_id, 0))
    WHERE kind IN ('settle', 'release');
CREATE INDEX ledger_window ON ledger (guild_id, user_id, counts_at, kind, credits)
    WHERE grant_id IS NULL;
CREATE INDEX ledger_grants ON ledger (guild_id, user_id) WHERE kind = 'grant';
CREATE INDEX ledger_from_grant ON ledger (grant_id, kind, credits) WHERE grant_id IS NOT NULL;
CREATE INDEX ledger_resets ON ledger (guild_id, user_id, at) WHERE kind = 'reset';

CREATE TRIGGER ledger_keeps_rows BEFORE DELETE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is only added to'); END;
CREATE TRIGGER ledger_keeps_values BEFORE UPDATE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is only added to'); END;

-- A null `credits` means unlimited, 0 means none. The server's default has subject 0.
CREATE TABLE rules (
    guild_id INTEGER NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('default', 'role', 'user')),
    subject_id INTEGER NOT NULL,
    credits INTEGER CHECK (credits >= 0),
    per TEXT NOT NULL CHECK (per IN ('day', 'week', 'month')),
    until REAL,
    admin_id INTEGER NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (guild_id, scope, subject_id),
    CHECK ((subject_id = 0) = (scope = 'default'))
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 1;
COMMIT;
