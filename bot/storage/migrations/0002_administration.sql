-- Administration: what a server sets, who is blocked, the log of changes and their undo, requests
-- for more, and sums that are kept. The ledger is laid anew, for a CHECK cannot be changed in place:
-- a grant may now be revoked and a reset undone, and each end names its hold.
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;

-- The old table keeps its rows under another name until they are copied.
DROP TRIGGER ledger_keeps_rows;
DROP TRIGGER ledger_keeps_values;
DROP INDEX ledger_resets;
ALTER TABLE ledger RENAME TO ledger_before;

CREATE TABLE ledger (
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
CREATE INDEX ledger_resets ON ledger (guild_id, user_id, kind) WHERE kind = 'reset';

CREATE TRIGGER ledger_keeps_rows BEFORE DELETE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is only added to'); END;
CREATE TRIGGER ledger_keeps_values BEFORE UPDATE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is only added to'); END;

-- Sums, so that no balance reads history: what an account had spent in all by the end of each
-- quarter of an hour (counts_at / 900) in which it spent; windows of every zone begin on one. What
-- it spent since then is the difference of two rows. Accounts are members; member 0 is the whole
-- server, and server -1 all together. A member's sums start anew with each reset. A release goes
-- back to the quarter, and to the side of a reset, that its hold was taken from.
CREATE TABLE spent (
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    reset_id INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (guild_id, user_id, reset_id, quarter)
) STRICT, WITHOUT ROWID;
CREATE VIEW spending AS
SELECT guild_id, user_id, reset_id, quarter, total AS credits FROM spent;
CREATE TRIGGER spending_adds_up INSTEAD OF INSERT ON spending
BEGIN
    INSERT INTO spent VALUES (new.guild_id, new.user_id, new.reset_id, new.quarter, coalesce((
        SELECT total FROM spent
        WHERE guild_id = new.guild_id AND user_id = new.user_id AND reset_id = new.reset_id
            AND quarter < new.quarter ORDER BY quarter DESC LIMIT 1), 0))
    ON CONFLICT DO NOTHING;
    UPDATE spent SET total = total + new.credits
    WHERE guild_id = new.guild_id AND user_id = new.user_id AND reset_id = new.reset_id
        AND quarter >= new.quarter;
END;
-- The plus signs leave the planner only the index of resets to find the last one by.
CREATE TRIGGER ledger_adds_up AFTER INSERT ON ledger WHEN new.kind IN ('hold', 'release')
BEGIN
    INSERT INTO spending
    SELECT guild_id, user_id, reset_id, CAST(new.counts_at / 900 AS INTEGER),
        iif(new.kind = 'hold', new.credits, -new.credits)
    FROM (
        SELECT -1 AS guild_id, 0 AS user_id, 0 AS reset_id
        UNION ALL SELECT new.guild_id, 0, 0
        UNION ALL SELECT new.guild_id, new.user_id, max(
            coalesce((SELECT max(id) FROM ledger WHERE guild_id = new.guild_id
                AND user_id = new.user_id AND kind = 'reset'
                AND id < coalesce(new.hold_id, new.id)), 0),
            coalesce((SELECT max(id) FROM ledger WHERE guild_id = new.guild_id
                AND user_id = 0 AND kind = 'reset' AND id < coalesce(new.hold_id, new.id)), 0))
        WHERE new.grant_id IS NULL);
END;

-- What is left of each grant that was not revoked.
CREATE TABLE bonuses (
    grant_id INTEGER PRIMARY KEY REFERENCES ledger (id),
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    expires_at REAL,
    left INTEGER NOT NULL CHECK (left >= 0)
) STRICT;
CREATE INDEX bonuses_left ON bonuses (guild_id, user_id, expires_at) WHERE left > 0;
CREATE TRIGGER ledger_gives AFTER INSERT ON ledger WHEN new.kind = 'grant'
BEGIN
    INSERT INTO bonuses VALUES (
        new.id, new.guild_id, new.user_id, new.expires_at, new.credits);
END;
CREATE TRIGGER ledger_takes AFTER INSERT ON ledger
WHEN new.grant_id IS NOT NULL AND new.kind IN ('hold', 'release')
BEGIN
    UPDATE bonuses SET left = left + iif(new.kind = 'hold', -new.credits, new.credits)
    WHERE grant_id = new.grant_id;
END;
CREATE TRIGGER ledger_revokes AFTER INSERT ON ledger WHEN new.kind = 'revoke'
BEGIN DELETE FROM bonuses WHERE grant_id = new.grant_id; END;

-- In order, so that each end finds few sums to correct.
INSERT INTO ledger (id, at, counts_at, guild_id, user_id, kind, credits, job_id, hold_id,
    grant_id, admin_id, reason, expires_at)
SELECT id, at, counts_at, guild_id, user_id, kind, credits, job_id,
    CASE WHEN kind IN ('settle', 'release') THEN (
        SELECT held.id FROM ledger_before AS held WHERE held.job_id = line.job_id
            AND held.kind = 'hold' AND coalesce(held.grant_id, 0) = coalesce(line.grant_id, 0))
    END,
    grant_id, admin_id, reason, expires_at
FROM ledger_before AS line ORDER BY id;
DROP TABLE ledger_before;
CREATE UNIQUE INDEX ledger_one_hold ON ledger (job_id, coalesce(grant_id, 0))
    WHERE kind = 'hold';
CREATE UNIQUE INDEX ledger_one_end ON ledger (hold_id) WHERE hold_id IS NOT NULL;
CREATE UNIQUE INDEX ledger_one_revoke ON ledger (grant_id) WHERE kind = 'revoke';
CREATE UNIQUE INDEX ledger_one_restore ON ledger (reset_id) WHERE reset_id IS NOT NULL;
-- With each new row SQLite seeks the rows that refer to it: without these, through the whole ledger.
CREATE INDEX ledger_from_grant ON ledger (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX ledger_of_member ON ledger (guild_id, user_id);
CREATE INDEX ledger_of_server ON ledger (guild_id, counts_at, user_id) WHERE kind = 'hold';

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

-- One JSON document a section; `bot/core/rules/server_settings.py` knows what each may hold.
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

-- Entries that the channel which was the log channel then has not seen yet.
CREATE TABLE notices (
    entry_id INTEGER NOT NULL REFERENCES audit (id),
    channel_id INTEGER NOT NULL,
    due_at REAL NOT NULL,
    PRIMARY KEY (entry_id, channel_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_due ON notices (due_at);

-- The highest level that was told of, of a server's cap of so many credits for the window that
-- began at `starts_at`.
CREATE TABLE alerts (
    guild_id INTEGER PRIMARY KEY,
    starts_at REAL NOT NULL,
    credits INTEGER NOT NULL,
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
