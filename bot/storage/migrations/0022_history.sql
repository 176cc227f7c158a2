-- What always goes with a change of state is done by the schema: the history, and the lanes of jobs
-- that wait, which hand out turns. So a row tells when it came into its state; and whether its clip
-- was watched from the hand-over on, which had to be read from the history each time.
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

CREATE TRIGGER jobs_wait_at_once AFTER INSERT ON jobs WHEN new.state = 'queued'
BEGIN
    INSERT INTO server_lanes (guild_id, waiting) VALUES (new.guild_id, 1)
    ON CONFLICT DO UPDATE SET waiting = waiting + 1;
    INSERT INTO member_lanes (guild_id, user_id, waiting) VALUES (new.guild_id, new.user_id, 1)
    ON CONFLICT DO UPDATE SET waiting = waiting + 1;
END;
CREATE TRIGGER jobs_wait AFTER UPDATE OF state ON jobs
WHEN new.state = 'queued' AND old.state <> 'queued'
BEGIN
    INSERT INTO server_lanes (guild_id, waiting) VALUES (new.guild_id, 1)
    ON CONFLICT DO UPDATE SET waiting = waiting + 1;
    INSERT INTO member_lanes (guild_id, user_id, waiting) VALUES (new.guild_id, new.user_id, 1)
    ON CONFLICT DO UPDATE SET waiting = waiting + 1;
END;
CREATE TRIGGER jobs_wait_no_more AFTER UPDATE OF state ON jobs
WHEN old.state = 'queued' AND new.state <> 'queued'
BEGIN
    UPDATE server_lanes SET waiting = waiting - 1 WHERE guild_id = new.guild_id;
    UPDATE member_lanes SET waiting = waiting - 1
    WHERE guild_id = new.guild_id AND user_id = new.user_id;
END;
-- Whoever had a turn goes to the back of the line.
CREATE TRIGGER jobs_take_their_turn AFTER UPDATE OF state ON jobs
WHEN old.state = 'queued' AND new.state = 'submitting'
BEGIN
    UPDATE server_lanes SET served = 1 + (SELECT max(served) FROM server_lanes)
    WHERE guild_id = new.guild_id;
    UPDATE member_lanes
    SET served = 1 + (SELECT max(served) FROM member_lanes WHERE guild_id = new.guild_id)
    WHERE guild_id = new.guild_id AND user_id = new.user_id;
END;

PRAGMA user_version = 22;
COMMIT;
