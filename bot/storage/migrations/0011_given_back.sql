-- Credits that go back to a bonus that is over are given anew for a day. That grant now names the
-- one that the credits come from (`grant_id`): they leave it, so that they are in one place only
-- whatever a clock says later, and whoever revokes it takes them back too. Credits that were given
-- anew before name nothing and end by themselves within a day.
BEGIN IMMEDIATE;

DROP TRIGGER ledger_takes;
CREATE TRIGGER ledger_takes AFTER INSERT ON ledger
WHEN new.grant_id IS NOT NULL AND new.kind IN ('hold', 'release', 'grant')
BEGIN
    UPDATE bonuses SET left = left + iif(new.kind = 'release', new.credits, -new.credits)
    WHERE grant_id = new.grant_id;
END;
DROP TRIGGER ledger_revokes;
CREATE TRIGGER ledger_revokes AFTER INSERT ON ledger WHEN new.kind = 'revoke'
BEGIN
    DELETE FROM bonuses WHERE grant_id IN (
        SELECT new.grant_id
        UNION ALL SELECT id FROM ledger WHERE grant_id = new.grant_id AND kind = 'grant');
END;

PRAGMA user_version = 11;
COMMIT;
