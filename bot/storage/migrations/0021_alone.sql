-- What should have gone on from another clip, and could not be joined with it, is posted alone.
BEGIN IMMEDIATE;

ALTER TABLE jobs ADD COLUMN alone INTEGER NOT NULL DEFAULT 0 CHECK (alone IN (0, 1));

PRAGMA user_version = 21;
COMMIT;
