-- Few changes are undone. After ANALYZE, SQLite finds them through an index over all changes that it makes
-- for each look at the log, as most of those of the UNIQUE constraint are null.
BEGIN IMMEDIATE;

CREATE INDEX audit_undone ON audit (undoes) WHERE undoes IS NOT NULL;

PRAGMA user_version = 20;
COMMIT;
