-- A server gets the free clip of the setup once a month: its credits are found without reading the
-- server's whole ledger. (A cap that was set to none has always been stored as no cap. That is now
-- called unlimited, so nothing of it changes here.)
BEGIN IMMEDIATE;

CREATE INDEX ledger_demos ON ledger (guild_id, at) WHERE kind = 'grant' AND cause = 'demo';

PRAGMA user_version = 9;
COMMIT;
