"""What the schema itself refuses, whatever the code does."""

from __future__ import annotations

import pytest

from tests.storage.engines import Stores
from tests.storage.orders import order

REFUSED = [
    "UPDATE jobs SET state = 'dreaming'",
    "UPDATE jobs SET state = 'submitted'",
    "UPDATE jobs SET state = 'delivered', ended_at = 1",
    "UPDATE jobs SET state = 'failed', ended_at = 1",
    "UPDATE jobs SET state = 'kept', ended_at = 1, due_at = NULL",
    "UPDATE jobs SET ended_at = 1",
    "UPDATE jobs SET credits = 0",
    (
        "INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, recipe, credits, state,"
        " created_at) SELECT interaction_id, 1, 1, 1, '{}', 1, 'queued', 0 FROM jobs"
    ),
    (
        "INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, job_id)"
        " SELECT at, counts_at, guild_id, user_id, kind, credits, job_id FROM ledger"
    ),
    (
        "INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, job_id)"
        " VALUES (0, 0, 1, 1, 'settle', 1, 1), (0, 0, 1, 1, 'release', 1, 1)"
    ),
    (
        "INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits)"
        " VALUES (0, 0, 1, 1, 'grant', 5)"
    ),
    "UPDATE ledger SET credits = 1",
    "DELETE FROM ledger",
    "INSERT INTO rules VALUES (1, 'role', 5, -1, 'day', NULL, 1, 0)",
    "INSERT INTO rules VALUES (1, 'role', 5, 1, 'year', NULL, 1, 0)",
    "UPDATE server_lanes SET waiting = -1",
]


@pytest.mark.parametrize("sql", REFUSED, ids=range(len(REFUSED)))
async def test_the_schema_refuses(stores: Stores, sql: str) -> None:
    await order(stores)
    with pytest.raises(stores.refusal):
        await stores.execute(sql)
