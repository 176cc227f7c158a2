-- A hint must not take a job from whoever is looking at it: `claimed` says that a worker has the job,
-- `look_again` that a look is wanted at once, or right after the one under way.
BEGIN IMMEDIATE;

ALTER TABLE jobs ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0 CHECK (claimed IN (0, 1));
ALTER TABLE jobs ADD COLUMN look_again INTEGER NOT NULL DEFAULT 0 CHECK (look_again IN (0, 1));

PRAGMA user_version = 5;
COMMIT;
