"""How the bot starts: where it connects, and when it tells Discord about its commands."""

from __future__ import annotations

import json
from pathlib import Path

import discord.http
import pytest
import simcord
from discord.gateway import DiscordWebSocket

from bot.discord_app import endpoints
from bot.errors import SettingsError
from tests.builders import Core
from tests.cogs.conftest import make_bot


def syncs(env: simcord.Env) -> int:
    return sum(r.method == "PUT" and r.path.endswith("/commands") for r in env.http_requests)


async def test_commands_are_sent_once_for_each_definition(core: Core, tmp_path: Path) -> None:
    env = simcord.Env(make_bot(core, tmp_path), shard_count=1)
    await env.start()
    assert syncs(env) == 1
    await env.restart_bot(make_bot(core, tmp_path))
    assert syncs(env) == 1
    note = tmp_path / "commands.synced"
    known = json.loads(note.read_text())
    note.write_text(json.dumps([known[0], "another definition", known[2]]))
    await env.restart_bot(make_bot(core, tmp_path))
    assert syncs(env) == 2
    await env.shutdown()


async def test_another_discord_gets_the_commands_too(core: Core, tmp_path: Path) -> None:
    for _ in range(2):
        env = simcord.Env(make_bot(core, tmp_path), shard_count=1)
        await env.start()
        assert syncs(env) == 1
        await env.shutdown()


async def test_members_commands_are_for_all_places(env: simcord.Env) -> None:
    for name in ("video", "animate", "jobs", "quota"):
        command = env.backend.find_command(name, None, type=1)
        assert command["contexts"] == [0, 1, 2]
        assert command["integration_types"] == [0, 1]
        assert command["default_member_permissions"] is None


async def test_admin_commands_are_hidden_and_for_servers_only(env: simcord.Env) -> None:
    commands = env.backend.commands[None].values()
    admins = [command for command in commands if command["name"].endswith("-admin")]
    assert admins
    for command in admins:
        assert command["contexts"] == [0]
        assert command["integration_types"] == [0]
        wanted = discord.Permissions(manage_guild=True).value
        assert int(command["default_member_permissions"]) == wanted


def test_no_addresses_change_nothing() -> None:
    before = discord.http.Route.BASE
    endpoints.use("", "")
    assert before == discord.http.Route.BASE


def test_a_local_stand_in_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    endpoints.use("http://127.0.0.1:8080/api/v10/", "ws://[::1]:8080/gateway")
    assert discord.http.Route.BASE == "http://127.0.0.1:8080/api/v10"
    assert DiscordWebSocket.DEFAULT_GATEWAY.host == "::1"


@pytest.mark.parametrize(
    ("api", "gateway", "count"),
    [
        ("https://discord.example/api", "wss://discord.example", 2),
        ("http://127.0.0.1/api", "", 1),
        ("", "ws://127.0.0.1", 1),
        ("http://127.0.0.1.evil.example", "ws://10.0.0.1", 2),
        ("http://localhost@evil.example", "ws://localhost", 1),
        ("file:///127.0.0.1", "ws://localhost", 1),
    ],
)
def test_the_token_never_goes_elsewhere(api: str, gateway: str, count: int) -> None:
    before = discord.http.Route.BASE
    with pytest.raises(SettingsError) as problem:
        endpoints.use(api, gateway)
    assert len(problem.value.problems) == count
    assert before == discord.http.Route.BASE
