-- Credits for the free clip of the setup are found without reading a server's whole ledger, since a
-- server gets it once a month.
BEGIN IMMEDIATE;

CREATE INDEX ledger_demos ON ledger (guild_id, at) WHERE kind = 'grant' AND cause = 'demo';

PRAGMA user_version = 5;
COMMIT;
