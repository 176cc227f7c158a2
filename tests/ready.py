"""Clips that are ready to be delivered, without all that comes before."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from tests.builders import Core

CLONE = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, recipe, credits, state, created_at,
    ready_at, result_url, card_message_id, card_due_at)
SELECT :id, :guild, :channel, user_id, recipe, credits, 'queued', created_at, :at, 'u', :card, :at
FROM jobs WHERE id = 1
"""
READY = "UPDATE jobs SET state = 'succeeded', due_at = ready_at WHERE ready_at IS NOT NULL"

_interactions = itertools.count(10**6)


async def clips_ready(
    core: Core, channels: Sequence[int], *, guild: int = 10, cards: Mapping[int, int] | None = None
) -> None:
    """A clip in each of these channels, the first one longest; `cards` are by their place."""
    if not core.rows("SELECT 1 FROM jobs"):
        await core.order()
    now = core.clock.steady()
    rows = [
        {
            "id": next(_interactions),
            "guild": guild,
            "channel": channel,
            "at": now - 0.001 * (len(channels) - place),
            "card": (cards or {}).get(place),
        }
        for place, channel in enumerate(channels)
    ]
    await core.database.write(lambda con: con.executemany(CLONE, rows))
    await core.database.write(lambda con: con.execute(READY))
