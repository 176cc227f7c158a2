-- What brought a change about stands in a column of its own. Until now the bot wrote it where admins
-- write their reasons, in these words: import, setup, setup demo, asked for more.
--
-- Of old entries, the bot's words become the cause where nobody else can have written them:
--   undo     it names what it undoes (and an undo had no reason but the demo's)
--   alert    it has no admin
--   setup    it sets what the setup sets, which no command gives a reason for
--   import   it is neither bonus credits nor a single block that has this very reason
--   request  a request was answered by this admin, for this member, at this very moment
--   demo     an admin got bonus credits from themselves for one hour
-- Two kinds cannot be told apart, and stay an admin's with their words as the reason: a file that
-- only brought a block for the reason "import", and answers to requests that were forgotten since.
-- Who gave themselves bonus credits for an hour for the reason "setup demo" now looks like the demo.
BEGIN IMMEDIATE;

DROP TRIGGER audit_keeps_values;
DROP TRIGGER ledger_keeps_values;
ALTER TABLE audit ADD COLUMN cause TEXT NOT NULL DEFAULT 'admin' CHECK (cause IN (
    'admin', 'import', 'request', 'demo', 'setup', 'undo', 'alert'));
-- Only what admins do to credits has a cause.
ALTER TABLE ledger ADD COLUMN cause TEXT CHECK (cause IS NULL OR (
    kind IN ('grant', 'revoke', 'reset', 'restore')
    AND cause IN ('admin', 'request', 'demo', 'undo')));

UPDATE audit SET cause = 'undo', reason = iif(reason = 'setup demo', '', reason)
WHERE undoes IS NOT NULL;
UPDATE audit SET cause = 'alert' WHERE admin_id = 0 AND undoes IS NULL;
UPDATE audit SET cause = 'setup', reason = ''
WHERE reason = 'setup' AND cause = 'admin' AND NOT EXISTS (
    SELECT 1 FROM json_each(after)
    WHERE key NOT IN ('channels', 'log', 'default', 'presets'));
UPDATE audit SET cause = 'import', reason = ''
WHERE reason = 'import' AND cause = 'admin' AND NOT EXISTS (
    SELECT 1 FROM json_each(after) WHERE key LIKE 'grant:%' OR (
        key LIKE 'block:%' AND value ->> 'reason' = 'import'
        AND (SELECT count(*) FROM json_each(after)) = 1));
UPDATE audit SET cause = 'request', reason = ''
WHERE reason = 'asked for more' AND cause = 'admin' AND EXISTS (
    SELECT 1 FROM json_each(after) AS item JOIN requests
        ON requests.guild_id = audit.guild_id AND requests.user_id = item.value ->> 'user'
    WHERE item.key LIKE 'grant:%' AND answered_by = audit.admin_id AND answered_at = audit.at);
UPDATE audit SET cause = 'demo', reason = ''
WHERE reason = 'setup demo' AND cause = 'admin' AND EXISTS (
    SELECT 1 FROM json_each(after)
    WHERE key LIKE 'grant:%' AND value ->> 'user' = admin_id
        AND abs((value ->> 'until') - at - 3600) < 1);

UPDATE ledger SET cause = 'admin' WHERE kind IN ('grant', 'reset');
UPDATE ledger SET cause = 'undo', reason = iif(reason = 'setup demo', '', reason)
WHERE kind IN ('revoke', 'restore');
UPDATE ledger SET cause = 'request', reason = '' WHERE id IN (
    SELECT CAST(substr(item.key, 7) AS INTEGER) FROM audit JOIN json_each(after) AS item
    WHERE cause = 'request' AND item.key LIKE 'grant:%');
UPDATE ledger SET cause = 'demo', reason = '' WHERE id IN (
    SELECT CAST(substr(item.key, 7) AS INTEGER) FROM audit JOIN json_each(after) AS item
    WHERE cause = 'demo' AND item.key LIKE 'grant:%');

CREATE TRIGGER audit_keeps_values BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the log is only added to'); END;
CREATE TRIGGER ledger_keeps_values BEFORE UPDATE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is only added to'); END;

PRAGMA user_version = 4;
COMMIT;
