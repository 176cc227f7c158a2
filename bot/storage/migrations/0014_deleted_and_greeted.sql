-- A clip whose post was deleted by its button stays delivered and paid for, so that is a mark and no
-- state. And a server is greeted once, whatever happens in between: that is kept for good.
BEGIN IMMEDIATE;

ALTER TABLE jobs ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0
    CHECK (deleted = 0 OR (deleted = 1 AND state IN ('delivered', 'fetched')));

CREATE TABLE greetings (
    guild_id INTEGER PRIMARY KEY,
    at REAL NOT NULL
) STRICT;

PRAGMA user_version = 14;
COMMIT;
