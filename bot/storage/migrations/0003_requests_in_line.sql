-- A request for more is shown to staff by a loop, like everything that is posted: it waits in line
-- until its card is there, and keeps the member's roles, which say what limit the card shows.
BEGIN IMMEDIATE;

ALTER TABLE requests ADD COLUMN role_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(role_ids));
ALTER TABLE requests ADD COLUMN due_at REAL;
UPDATE requests SET due_at = at WHERE message_id IS NULL AND answered_at IS NULL;
ALTER TABLE requests DROP COLUMN message_id;
ALTER TABLE requests DROP COLUMN channel_id;
CREATE INDEX requests_due ON requests (due_at) WHERE due_at IS NOT NULL;

PRAGMA user_version = 3;
COMMIT;
