-- A hint must not take a job from whoever is looking at it: `claimed` says that a worker has the job,
-- `look_again` that a look is wanted at once, or right after the one under way.
-- Patience with the file storage is measured in time: `stalled_for` seconds of failing by its fault so
-- far, of which `finding_for` with one and the same `finding`.
BEGIN IMMEDIATE;

ALTER TABLE jobs ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0 CHECK (claimed IN (0, 1));
ALTER TABLE jobs ADD COLUMN look_again INTEGER NOT NULL DEFAULT 0 CHECK (look_again IN (0, 1));
ALTER TABLE jobs ADD COLUMN stalled_for REAL CHECK (stalled_for >= 0);
ALTER TABLE jobs ADD COLUMN finding TEXT;
ALTER TABLE jobs ADD COLUMN finding_for REAL NOT NULL DEFAULT 0 CHECK (finding_for >= 0);

PRAGMA user_version = 8;
COMMIT;
