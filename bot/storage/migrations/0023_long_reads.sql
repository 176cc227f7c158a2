-- What was read in long stretches is read through an index: what a report's videos have cost, the blocks
-- among all changes of a server, and a member's requests among those of everybody.
BEGIN IMMEDIATE;

CREATE INDEX ledger_settled ON ledger (job_id, credits) WHERE kind = 'settle';
CREATE INDEX audit_blocks ON audit (guild_id, at) WHERE instr(after, '"block:') > 0;
CREATE INDEX requests_of_member ON requests (guild_id, user_id, id);

PRAGMA user_version = 23;
COMMIT;
