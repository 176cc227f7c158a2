-- How large a posted file may be is Discord's to say: it comes with each order, and a refusal shows
-- where it does not hold. Server 0 stands for direct messages.
BEGIN IMMEDIATE;

ALTER TABLE jobs ADD COLUMN upload_limit INTEGER;
CREATE TABLE refused_uploads (
    guild_id INTEGER PRIMARY KEY,
    size INTEGER NOT NULL CHECK (size > 0),
    at REAL NOT NULL
) STRICT;

PRAGMA user_version = 12;
COMMIT;
