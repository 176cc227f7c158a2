"""Quotas as an admin sets them, through Discord's own forms and refusals."""

from __future__ import annotations

import pytest

from sandbox.discord.permissions import Permission
from tests.e2e.theatre import button
from tests.pace import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def admin(theatre, command, **options):
    sent = await theatre.slash("sam", f"quota-admin {command}", **options)
    assert sent.error is None
    assert sent.ephemeral
    return sent


async def test_a_roles_rule_says_how_many_have_it(theatre):
    role = theatre.discord.admin.add_role("Regulars", Permission.NONE)
    theatre.discord.member(theatre.newcomer().name).role_ids.append(role.id)
    sent = await admin(theatre, "role", role=role, credits="20")
    assert "this role" not in sent.message.content
    theatre.bot_role().permissions |= Permission.MANAGE_ROLES
    sent = await admin(theatre, "role", role=role, credits="21")
    assert sent.message.content.endswith("1 member has this role.")
    theatre.bot_role().permissions &= ~Permission.MANAGE_ROLES
    await admin(theatre, "role", role=role, credits="clear")


async def test_a_member_is_blocked_asked_about_and_told_of_a_gift(theatre):
    member = theatre.newcomer()
    sent = await admin(theatre, "block", member=member, **{"for": "7 days"}, reason="spam")
    assert sent.message.content.startswith(f"<@{member.id}> is blocked until <t:")
    sent = await admin(theatre, "why", member=member, preset="HD")
    assert "**Result:** refused. They would read: You cannot make videos" in sent.message.content
    await admin(theatre, "unblock", member=member)
    sent = await admin(theatre, "grant", member=member, amount=3, tell=True)
    await eventually(lambda: sent.message.content.endswith("I told them."))
    assert "+3 bonus" in sent.message.content


async def test_caps_the_clock_and_the_list(theatre):
    sent = await admin(theatre, "cap", credits="90000", **{"when-empty": "warn"})
    assert sent.message.content.startswith("Server: 90,000 a month (was unlimited).")
    sent = await admin(theatre, "time", zone="Asia/Tokyo", hour=4)
    assert "begin at 04:00 Asia/Tokyo (was 00:00 UTC)" in sent.message.content
    sent = await admin(theatre, "list")
    assert "Cap · 90,000 a month" in sent.message.embeds[0]["description"]
    await admin(theatre, "cap", credits="none")
    await admin(theatre, "time", zone="UTC", hour=0)


async def test_everyones_reset_asks_first(theatre):
    ordered = await theatre.order()
    await ordered.settled_once()
    sent = await admin(theatre, "reset", everyone=True)
    await eventually(lambda: sent.message.content.endswith("their full credits now?"))
    await theatre.discord.press("sam", sent.message, button(sent.message, "Yes"))
    await eventually(lambda: "their full credits again" in sent.message.content)
