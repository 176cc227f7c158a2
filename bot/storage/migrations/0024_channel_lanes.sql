-- Each channel with clips to deliver has a lane, which knows when its first one is due: so the oldest
-- clip among the channels that take one is found without reading those that wait in the others.
BEGIN IMMEDIATE;

DROP INDEX jobs_to_deliver;
CREATE INDEX jobs_to_deliver ON jobs (channel_id, due_at)
    WHERE state IN ('succeeded', 'delivering');

CREATE TABLE channel_lanes (
    channel_id INTEGER PRIMARY KEY,
    due_at REAL NOT NULL
);
CREATE INDEX channel_lanes_next ON channel_lanes (due_at, channel_id);

INSERT INTO channel_lanes
SELECT channel_id, min(due_at) FROM jobs
WHERE state IN ('succeeded', 'delivering') AND due_at IS NOT NULL GROUP BY channel_id;

-- No job begins its life with a clip, and none is ever deleted.
CREATE TRIGGER jobs_keep_lanes AFTER UPDATE OF state, due_at ON jobs
WHEN old.state IN ('succeeded', 'delivering') OR new.state IN ('succeeded', 'delivering')
BEGIN
    DELETE FROM channel_lanes WHERE channel_id = new.channel_id;
    INSERT INTO channel_lanes
    SELECT channel_id, due_at FROM jobs
    WHERE channel_id = new.channel_id AND state IN ('succeeded', 'delivering')
        AND due_at IS NOT NULL
    ORDER BY due_at LIMIT 1;
END;

PRAGMA user_version = 24;
COMMIT;
