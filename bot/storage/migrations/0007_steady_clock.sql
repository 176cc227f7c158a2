-- What waits and ages goes by a steady clock, which cannot jump: it is kept here between two
-- processes. Where it was never kept it begins as the wall clock, whose times the rows have so far.
BEGIN IMMEDIATE;

CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    steady REAL NOT NULL
) STRICT;

-- When the channel was first tried, on the steady clock: `audit.at` is the wall clock's.
ALTER TABLE notices ADD COLUMN tried_at REAL;

PRAGMA user_version = 7;
COMMIT;
