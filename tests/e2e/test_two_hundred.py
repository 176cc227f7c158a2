"""Two hundred orders in the same instant: exactly those that the rules allow are taken."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from sandbox.discord.errors import MemberRefused
from sandbox.discord.invocation import Invocation
from sandbox.discord.model import User
from tests.e2e.theatre import Theatre, button, running
from tests.pace import PATIENCE, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

MEMBERS, EACH, SPARED = 20, 10, 5
PRICES = {"Quick": 1, "Standard": 2}
LATE = "is on its way; its card is below."
TOO_BUSY = "I cannot check your credits right now, so I did not start."


async def test_credits_decide():
    async with running(settings={"DEFAULT_CREDITS": "3", "MEMBER_WAITING": "50"}) as theatre:
        members = [theatre.newcomer() for _ in range(MEMBERS)]
        presets = {user: list(PRICES)[place % 2] for place, user in enumerate(members)}
        sent = await all_at_once(theatre, presets)
        allowed = {user: 3 // PRICES[preset] for user, preset in presets.items()}
        await exactly(theatre, sent, allowed, presets)
        for one in refused(sent):
            left = 3 % PRICES[presets[one.user]]
            assert one.message.content.startswith(
                f"Standard costs 2 credits, you have {left}"
                if left
                else "You have used your 3 credits for "
            )
        await end(theatre, sent)


async def test_caps_decide():
    async with running(settings={"DEFAULT_CREDITS": "unlimited"}) as theatre:
        # No clip may be done, and make room for another, while orders still come in.
        theatre.modelslab.jobs.slots, slots = 0, theatre.modelslab.jobs.slots
        theatre.modelslab.faults.retry_after = 1
        presets = {theatre.newcomer(): "Quick" for _ in range(MEMBERS)}
        sent = await all_at_once(theatre, presets)
        await exactly(theatre, sent, dict.fromkeys(presets, 3), presets)
        for one in refused(sent):
            assert one.message.content.startswith("You already have 3 videos on the way")
        theatre.modelslab.jobs.slots = slots
        await end(theatre, sent)


async def all_at_once(theatre: Theatre, presets: dict[User, str]) -> list[Invocation]:
    """Each member's orders, everybody's at the same moment."""
    return await asyncio.gather(
        *(
            answered(theatre, user, preset, number)
            for number in range(EACH)
            for user, preset in presets.items()
        )
    )


async def answered(theatre: Theatre, user: User, preset: str, number: int) -> Invocation:
    """An order, made again for as long as a busy machine has the bot say that it cannot look."""
    while True:
        sent = await theatre.slash(user, "video", prompt=f"boat {number}", preset=preset, frames=8)
        if sent.deferred:
            await theatre.discord.wait_for_answer(sent, PATIENCE)
        if sent.message is None or not sent.message.content.startswith(TOO_BUSY):
            return sent


def is_taken(one: Invocation) -> bool:
    """A busy machine has the bot promise an answer first, and then post the card apart from it."""
    return not one.ephemeral or LATE in one.message.content


def refused(sent: list[Invocation]) -> list[Invocation]:
    return [one for one in sent if not is_taken(one)]


async def exactly(
    theatre: Theatre, sent: list[Invocation], allowed: dict[User, int], presets: dict[User, str]
) -> None:
    """As many cards as are allowed, as many jobs and holds, and a sentence for everybody else."""
    assert [one.error for one in sent if one.message is None] == []
    taken = [one for one in sent if is_taken(one)]
    assert Counter(one.user.id for one in taken) == {u.id: n for u, n in allowed.items()}
    rows = theatre.rows("SELECT interaction_id, user_id, credits FROM jobs")
    assert sorted(row["interaction_id"] for row in rows) == sorted(one.id for one in taken)
    holds = theatre.rows(
        "SELECT user_id, sum(credits) AS sum FROM ledger WHERE kind = 'hold' GROUP BY 1"
    )
    assert {row["user_id"]: row["sum"] for row in holds} == {
        user.id: count * PRICES[presets[user]] for user, count in allowed.items()
    }
    (spent,) = theatre.rows("SELECT max(quarter), total FROM spent WHERE guild_id = -1")
    released = theatre.rows("SELECT coalesce(sum(credits), 0) FROM ledger WHERE kind = 'release'")
    assert spent["total"] == sum(row["sum"] for row in holds) - released[0][0]


async def end(theatre: Theatre, sent: list[Invocation]) -> None:
    """Cancel all but a few that still wait; whatever is not cancelled is delivered."""

    async def cancel(one: Invocation) -> None:
        try:
            await theatre.discord.press(one.user, one.message, button(one.message, "Cancel"))
        except (MemberRefused, AssertionError):
            return  # it is on its way

    taken = [one for one in sent if is_taken(one)]
    await asyncio.gather(*(cancel(one) for one in taken[SPARED:]))
    await eventually(
        lambda: not theatre.rows("SELECT 1 FROM jobs WHERE ended_at IS NULL"), seconds=60
    )
    states = Counter(row["state"] for row in theatre.rows("SELECT state FROM jobs"))
    assert set(states) == {"delivered", "cancelled"}
    assert states["delivered"] >= SPARED
    ends = theatre.rows(
        "SELECT state, kind, count(*) AS n FROM ledger JOIN jobs ON jobs.id = job_id"
        " WHERE kind <> 'hold' GROUP BY 1, 2"
    )
    assert {(row["state"], row["kind"]): row["n"] for row in ends} == {
        ("delivered", "settle"): states["delivered"],
        ("cancelled", "release"): states["cancelled"],
    }
