-- What a member may still order by a button or a form is understood after a restart, too.
BEGIN IMMEDIATE;

CREATE TABLE drafts (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    draft TEXT NOT NULL,
    at REAL NOT NULL
) STRICT;
CREATE INDEX drafts_by_age ON drafts (at);
CREATE INDEX drafts_of_member ON drafts (guild_id, user_id);

PRAGMA user_version = 15;
COMMIT;
