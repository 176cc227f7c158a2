-- A clip may begin with the last frame of another one (`source_id`), and go on from it.
BEGIN IMMEDIATE;

ALTER TABLE jobs ADD COLUMN source_id INTEGER;

PRAGMA user_version = 19;
COMMIT;
