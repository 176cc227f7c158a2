-- A clip may end on a second picture (`last_picture_url`), and the card says when it is that one
-- which cannot be used (`last_at_fault`).
BEGIN IMMEDIATE;

ALTER TABLE jobs ADD COLUMN last_picture_url TEXT;
ALTER TABLE jobs ADD COLUMN last_at_fault INTEGER NOT NULL DEFAULT 0
    CHECK (last_at_fault IN (0, 1));

PRAGMA user_version = 18;
COMMIT;
