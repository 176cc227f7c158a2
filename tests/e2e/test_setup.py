"""A server's first minutes: the setup, its demo clip, and its settings out and in again."""

from __future__ import annotations

import json

import pytest

from sandbox.discord.model import UploadedFile
from tests.e2e.theatre import Ordered, button, running
from tests.pace import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_admin_sets_a_server_up_and_takes_its_settings_along():
    async with running() as theatre:
        await _set_up(theatre)
        await _export_and_import(theatre)


async def _set_up(theatre):
    discord = theatre.discord
    message = (await theatre.slash("sam", "video-admin setup")).message
    for action, chosen in (
        ("setplaces", [discord.channel("general")]),
        ("setlog", [discord.channel("staff")]),
        ("setcredits", ["none"]),
    ):
        await discord.choose("sam", message, f"vb1:{action}:0", chosen)
    assert message.content.startswith("**This is set.**")
    assert "Everyone: none." in message.content
    demo = Ordered(theatre, await discord.press("sam", message, button(message, "Make a free")))
    await demo.settled_once()
    kinds = [row["kind"] for row in theatre.rows("SELECT kind FROM ledger ORDER BY id")]
    assert kinds == ["grant", "hold", "settle"]


async def _export_and_import(theatre):
    exported = (await theatre.slash("sam", "video-admin export")).message
    whole = json.loads(exported.attachments[0].data)
    assert set(whole["items"]) == {"channels", "log", "default"}
    whole["items"]["default"]["credits"] = 9
    file = UploadedFile("settings.json", "application/json", json.dumps(whole).encode())
    shown = await theatre.discord.slash("sam", "general", "video-admin import", {}, {"file": file})
    dry_run = await theatre.discord.wait_for_answer(shown, 10.0)
    assert dry_run.content.startswith("Dry run: 1 to change and 2 to keep.")
    await theatre.discord.press("sam", dry_run, button(dry_run, "Apply"))
    await eventually(lambda: dry_run.content.startswith("Done:"))
    assert theatre.rows("SELECT credits FROM rules")[0]["credits"] == 9
