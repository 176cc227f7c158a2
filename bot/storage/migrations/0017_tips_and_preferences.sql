-- Once a day and member a card says that a prompt without motion would gain by one (`tip`): which card
-- that was is kept, for it goes on saying so, and so that the next one does not. And what members prefer
-- fills what their orders leave open; null is as the server has it.
BEGIN IMMEDIATE;

ALTER TABLE jobs ADD COLUMN tip INTEGER NOT NULL DEFAULT 0 CHECK (tip IN (0, 1));
CREATE INDEX jobs_with_tip ON jobs (user_id, created_at) WHERE tip = 1;

CREATE TABLE preferences (
    user_id INTEGER PRIMARY KEY,
    preset TEXT,
    shape TEXT,
    spoiler INTEGER NOT NULL DEFAULT 0 CHECK (spoiler IN (0, 1)),
    copy INTEGER NOT NULL DEFAULT 0 CHECK (copy IN (0, 1))
) STRICT;

PRAGMA user_version = 17;
COMMIT;
