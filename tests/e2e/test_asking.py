"""A member asks for more, the bot is restarted, and the staff still answers."""

from __future__ import annotations

import pytest

from tests.e2e.theatre import button
from tests.pace import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_request_outlives_restarts_on_both_sides(theatre):
    member, staff = theatre.newcomer(), theatre.discord.channel("staff")
    command = "video-admin log-channel"
    await theatre.discord.slash("sam", "general", command, {"channel": staff})
    opened = await theatre.slash(member, "quota ask")
    await theatre.crash()
    await theatre.start()
    sent = await theatre.discord.submit_modal(opened, {"why": "one last try @everyone"})
    assert sent.ephemeral
    await eventually(lambda: any("asks for more" in m.content for m in staff.messages.values()))
    card = next(m for m in staff.messages.values() if f"<@{member.id}> asks" in m.content)
    assert '"one last try @\u200beveryone"' in card.content
    await theatre.crash()
    await theatre.start()
    await theatre.discord.press("sam", card, button(card, "+5"))
    await eventually(lambda: "gave 5 credits until" in card.content)
    assert not card.components
    given = theatre.rows(
        "SELECT credits FROM ledger WHERE kind = 'grant' AND user_id = ?", member.id
    )
    assert [row["credits"] for row in given] == [5]
    private = theatre.discord.dm(member).messages.values
    await eventually(lambda: any("The staff gave you 5 credits" in m.content for m in private()))
