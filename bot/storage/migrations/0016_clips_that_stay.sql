-- A posted clip stays for a while: what its due time says of a kept one holds for it too. So the indexes
-- that find clips by their time and by their member have it as well. Where the post is a link to the
-- file (`linked`), that stays as long as the link says.
BEGIN IMMEDIATE;

ALTER TABLE jobs ADD COLUMN linked INTEGER NOT NULL DEFAULT 0 CHECK (linked IN (0, 1));
DROP INDEX jobs_to_sweep;
DROP INDEX jobs_to_fetch;
CREATE INDEX jobs_to_sweep ON jobs (due_at)
    WHERE state IN ('delivered', 'kept', 'fetched') AND due_at IS NOT NULL;
CREATE INDEX jobs_with_clip ON jobs (user_id, guild_id)
    WHERE state IN ('delivered', 'kept', 'fetched') AND due_at IS NOT NULL;

PRAGMA user_version = 16;
COMMIT;
