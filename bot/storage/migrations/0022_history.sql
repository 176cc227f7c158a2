-- A row tells when it came into its state, so that its history writes itself; and whether its clip
-- was watched from the hand-over on, which had to be read from that history each time.
BEGIN IMMEDIATE;

ALTER TABLE jobs ADD COLUMN moved_at REAL;
ALTER TABLE jobs ADD COLUMN unwatched INTEGER NOT NULL DEFAULT 0 CHECK (unwatched IN (0, 1));

UPDATE jobs SET moved_at = (SELECT at FROM moves WHERE job_id = jobs.id ORDER BY id DESC LIMIT 1)
WHERE ended_at IS NULL OR slot = 1;
-- By the wall clock the history has both ends; the times of the row are the steady clock's.
UPDATE jobs SET unwatched = 1 WHERE ready_at IS NOT NULL AND submitted_at <> ready_at
    AND NOT EXISTS (
        SELECT 1 FROM moves AS begun JOIN moves AS done ON done.job_id = begun.job_id
        WHERE begun.job_id = jobs.id AND begun.after = 'submitted' AND done.after = 'succeeded'
            AND (abs(done.at - begun.at - (jobs.ready_at - jobs.submitted_at)) <= 5
                OR abs(done.at - begun.at - (jobs.looked_at - jobs.submitted_at)) <= 5));

CREATE TRIGGER jobs_begin AFTER INSERT ON jobs
BEGIN
    INSERT INTO moves (job_id, at, after) VALUES (new.id, new.created_at, new.state);
END;
CREATE TRIGGER jobs_move AFTER UPDATE OF state ON jobs WHEN new.state <> old.state
BEGIN
    INSERT INTO moves (job_id, at, before, after)
    VALUES (new.id, coalesce(new.moved_at, new.created_at), old.state, new.state);
END;

PRAGMA user_version = 22;
COMMIT;
