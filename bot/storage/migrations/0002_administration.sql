-- Administration: what a server sets, who is blocked, the log of changes and their undo, requests
-- for more, and sums by the hour. The ledger is laid anew, for a CHECK cannot be changed in place:
-- a grant may now be revoked and a reset undone, and each end names its hold.
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;

CREATE TABLE ledger_anew (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    counts_at REAL NOT NULL,
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN (
        'hold', 'settle', 'release', 'grant', 'revoke', 'reset', 'restore')),
    credits INTEGER NOT NULL CHECK (
        credits > 0 OR (credits = 0 AND kind IN ('revoke', 'reset', 'restore'))),
    job_id INTEGER REFERENCES jobs (id),
    hold_id INTEGER REFERENCES ledger (id),
    grant_id INTEGER REFERENCES ledger (id),
    reset_id INTEGER REFERENCES ledger (id),
    admin_id INTEGER,
    reason TEXT,
    expires_at REAL,
    CHECK ((job_id IS NOT NULL) = (kind IN ('hold', 'settle', 'release'))),
    CHECK ((hold_id IS NOT NULL) = (kind IN ('settle', 'release'))),
    CHECK ((reset_id IS NOT NULL) = (kind = 'restore')),
    CHECK (kind <> 'revoke' OR grant_id IS NOT NULL),
    CHECK ((admin_id IS NOT NULL) = (kind IN ('grant', 'revoke', 'reset', 'restore')))
) STRICT;
INSERT INTO ledger_anew (id, at, counts_at, guild_id, user_id, kind, credits, job_id, hold_id,
    grant_id, admin_id, reason, expires_at)
SELECT id, at, counts_at, guild_id, user_id, kind, credits, job_id,
    CASE WHEN kind IN ('settle', 'release') THEN (
        SELECT held.id FROM ledger AS held WHERE held.job_id = ledger.job_id
            AND held.kind = 'hold' AND coalesce(held.grant_id, 0) = coalesce(ledger.grant_id, 0))
    END,
    grant_id, admin_id, reason, expires_at
FROM ledger ORDER BY id;
DROP TABLE ledger;
ALTER TABLE ledger_anew RENAME TO ledger;

CREATE UNIQUE INDEX ledger_one_hold ON ledger (job_id, coalesce(grant_id, 0))
    WHERE kind = 'hold';
CREATE UNIQUE INDEX ledger_one_end ON ledger (hold_id) WHERE hold_id IS NOT NULL;
CREATE UNIQUE INDEX ledger_one_revoke ON ledger (grant_id) WHERE kind = 'revoke';
CREATE UNIQUE INDEX ledger_one_restore ON ledger (reset_id) WHERE kind = 'restore';
-- A release goes back to the window, and to the side of a reset, that its hold was taken from.
CREATE INDEX ledger_window ON ledger (guild_id, user_id, counts_at, hold_id, kind, credits)
    WHERE grant_id IS NULL;
CREATE INDEX ledger_grants ON ledger (guild_id, user_id) WHERE kind = 'grant';
CREATE INDEX ledger_from_grant ON ledger (grant_id, kind, credits) WHERE grant_id IS NOT NULL;
CREATE INDEX ledger_resets ON ledger (guild_id, user_id) WHERE kind = 'reset';
CREATE INDEX ledger_of_member ON ledger (guild_id, user_id);
CREATE INDEX ledger_of_server ON ledger (guild_id, counts_at, kind, credits);

CREATE TRIGGER ledger_keeps_rows BEFORE DELETE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is only added to'); END;
CREATE TRIGGER ledger_keeps_values BEFORE UPDATE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is only added to'); END;

-- What each server has spent in each hour (counts_at / 3600), so that a month of any server is a
-- few hundred rows. Server -1 stands for all together. Only the trigger writes here.
CREATE TABLE spent (
    guild_id INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    credits INTEGER NOT NULL,
    PRIMARY KEY (guild_id, hour)
) STRICT, WITHOUT ROWID;
INSERT INTO spent (guild_id, hour, credits)
SELECT guild_id, CAST(counts_at / 3600 AS INTEGER),
    sum(CASE kind WHEN 'hold' THEN credits ELSE -credits END)
FROM ledger WHERE kind IN ('hold', 'release') GROUP BY 1, 2;
INSERT INTO spent (guild_id, hour, credits)
SELECT -1, hour, sum(credits) FROM spent GROUP BY hour;
CREATE TRIGGER ledger_adds_up AFTER INSERT ON ledger WHEN new.kind IN ('hold', 'release')
BEGIN
    INSERT INTO spent (guild_id, hour, credits)
    VALUES (new.guild_id, CAST(new.counts_at / 3600 AS INTEGER),
            CASE new.kind WHEN 'hold' THEN new.credits ELSE -new.credits END),
        (-1, CAST(new.counts_at / 3600 AS INTEGER),
            CASE new.kind WHEN 'hold' THEN new.credits ELSE -new.credits END)
    ON CONFLICT DO UPDATE SET credits = credits + excluded.credits;
END;

-- The roles that a member had as they ordered: only for counting whom a rule concerns.
ALTER TABLE jobs ADD COLUMN role_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(role_ids));
CREATE INDEX jobs_of_server ON jobs (guild_id, created_at);

CREATE TABLE blocks (
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    until REAL,
    reason TEXT NOT NULL,
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;

-- One JSON document a section; `bot/jobs/servers.py` knows what each may hold.
CREATE TABLE settings (
    guild_id INTEGER NOT NULL,
    section TEXT NOT NULL CHECK (section IN (
        'calendar', 'cap', 'caps', 'channels', 'words', 'presets', 'log', 'pause')),
    value TEXT NOT NULL CHECK (json_valid(value)),
    PRIMARY KEY (guild_id, section)
) STRICT, WITHOUT ROWID;

-- Every change, as the items that it changed: {"role:5": {…}, "cap": null}. Only ever added to.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    guild_id INTEGER NOT NULL,
    admin_id INTEGER NOT NULL,
    before TEXT NOT NULL CHECK (json_valid(before)),
    after TEXT NOT NULL CHECK (json_valid(after)),
    reason TEXT NOT NULL,
    undoes INTEGER UNIQUE REFERENCES audit (id)
) STRICT;
CREATE INDEX audit_of_server ON audit (guild_id);
CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the log is only added to'); END;
CREATE TRIGGER audit_keeps_values BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the log is only added to'); END;

-- Entries that the log channel has not seen yet.
CREATE TABLE notices (
    entry_id INTEGER PRIMARY KEY REFERENCES audit (id),
    due_at REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX notices_due ON notices (due_at);

-- The highest level of a server's cap that was told of, for the window that began at `starts_at`.
CREATE TABLE alerts (
    guild_id INTEGER PRIMARY KEY,
    starts_at REAL NOT NULL,
    level INTEGER NOT NULL
) STRICT;

-- Members who asked for more, and what came of it.
CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    text TEXT NOT NULL,
    at REAL NOT NULL,
    channel_id INTEGER,
    message_id INTEGER,
    answered_at REAL,
    answered_by INTEGER,
    credits INTEGER,
    CHECK ((answered_at IS NOT NULL) = (answered_by IS NOT NULL)),
    CHECK ((answered_at IS NOT NULL) = (credits IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX requests_open ON requests (guild_id, user_id) WHERE answered_at IS NULL;

PRAGMA user_version = 2;
COMMIT;
PRAGMA foreign_keys = ON;
