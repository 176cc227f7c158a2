"""A start that cannot work: one line that names the setting, exit code 2, no traceback."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import sys
from contextlib import AsyncExitStack, closing

import pytest

from sandbox.child import NO_AUTHORITIES, ROOT, free_port
from sandbox.clock import Clock
from sandbox.discord.standin import DiscordStandIn
from sandbox.modelslab.server import ModelsLabStandIn
from sandbox.stage import Stage
from tests.e2e.forked import ForkedBot
from tests.pace import PATIENCE, eventually, within

TOKEN, KEY = "the-right-token", "the-right-key"


@pytest.fixture
async def services():
    """Starts both stand-ins and tells the settings that lead to them."""
    async with AsyncExitStack() as stack:

        async def start(dialect="docs"):
            clock, rng = Clock(), random.Random(1)
            discord = DiscordStandIn(clock=clock, rng=rng, token=TOKEN)
            modelslab = ModelsLabStandIn(clock=clock, rng=rng, key=KEY, dialect=dialect)
            for stand_in in (discord, modelslab):
                await stand_in.start()
                stack.push_async_callback(stand_in.close)
            return {
                "DISCORD_TOKEN": TOKEN,
                "DISCORD_API_BASE": discord.api_base,
                "DISCORD_GATEWAY_URL": discord.gateway_url,
                "MODELSLAB_API_KEY": KEY,
                "MODELSLAB_BASE_URL": modelslab.base_url,
                "HTTP_PORT": str(free_port()),
            }

        yield start


async def refused_start(folder, settings):
    """Start the bot, which must end by itself; what it says about the one thing that is wrong."""
    bot = ForkedBot(folder, settings | {"LOG_LEVEL": "WARNING"})
    await bot.start()
    try:
        async with within(PATIENCE):
            code = await bot.ended()
    finally:
        if bot.runs:
            await bot.kill()
    return told(code, bot.log.read_text())


def told(code, said):
    assert code == 2, said
    *problems, advice = said.splitlines()
    assert all(line.startswith("zoetrope: ") for line in problems), problems
    assert "make demo" in advice
    return "\n".join(problems)


async def test_a_wrong_token(tmp_path, services):
    line = await refused_start(tmp_path, await services() | {"DISCORD_TOKEN": "a-wrong-token"})
    assert "DISCORD_TOKEN was refused by Discord" in line
    assert "a-wrong-token" not in line


@pytest.mark.parametrize("dialect", ["docs", "legacy"])
async def test_a_wrong_key_in_both_dialects_of_the_service(tmp_path, services, dialect):
    wrong = {"MODELSLAB_API_KEY": "a-wrong-key"}
    line = await refused_start(tmp_path, await services(dialect) | wrong)
    assert "MODELSLAB_API_KEY was refused by ModelsLab" in line
    assert "a-wrong-key" not in line


@pytest.mark.asyncio(loop_scope="session")
async def test_a_wrong_key_with_jobs_under_way_starts_paused_and_says_so(theatre, monkeypatch):
    theatre.modelslab.faults.webhook.next.append("drop")
    running = await theatre.order()
    await running.renders()
    waiting = await theatre.order(member=running.member)
    await theatre.stage.bot.stop()
    told = theatre.log().count("provider.locked")
    with monkeypatch.context() as another:
        another.setattr(theatre.modelslab, "key", "another")
        await theatre.start()
        refused = await theatre.slash(theatre.newcomer(), "video", prompt="a paper boat")
        assert refused.ephemeral
        assert "paused" in refused.message.content
        await eventually(lambda: "takes nothing from me right now" in waiting.card.content)
        assert (running.ledger, waiting.ledger) == (["hold"], ["hold"])
        assert theatre.log().count("provider.locked") == told + 1
        await theatre.stage.bot.stop()
    await theatre.start()
    await theatre.call_webhook(running)
    await running.settled_once()
    await waiting.settled_once()


async def test_a_database_from_a_newer_version(tmp_path, services):
    path = tmp_path / "newer.sqlite3"
    with closing(sqlite3.connect(path)) as con:
        con.executescript("PRAGMA journal_mode = WAL; PRAGMA user_version = 99;")
    before = path.read_bytes()
    line = await refused_start(tmp_path, await services() | {"DATABASE_PATH": str(path)})
    assert f"DATABASE_PATH {path} was written by a newer version" in line
    assert path.read_bytes() == before


async def test_a_damaged_database_is_left_as_it_is(tmp_path, services):
    path = tmp_path / "damaged.sqlite3"
    path.write_bytes(b"This is no database, whatever its name says. " * 100)
    before = path.read_bytes()
    line = await refused_start(tmp_path, await services() | {"DATABASE_PATH": str(path)})
    assert f"DATABASE_PATH {path} is damaged" in line
    assert path.read_bytes() == before


async def test_settings_that_make_no_sense(tmp_path, services):
    wrong = {"DISCORD_API_BASE": "https://discord.example", "PUBLIC_URL": "http://bot.example"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", cwd=tmp_path,
        env=NO_AUTHORITIES | {"PYTHONPATH": str(ROOT)} | await services() | wrong,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, error = await process.communicate()
    assert out == b""
    line = told(process.returncode, error.decode())
    assert all(name in line for name in wrong)


@pytest.mark.parametrize("program", ["bot", "sandbox"])
async def test_windows_is_told_in_one_line_where_it_runs(program):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c",
        "import asyncio, runpy, sys; sys.platform = 'win32'; sys.modules['fcntl'] = None;"
        f"runpy.run_module({program!r}, run_name='__main__')",
        cwd=ROOT, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, error = await process.communicate()
    (line,) = error.decode().splitlines()
    assert process.returncode == 1
    assert "needs Linux or macOS" in line
    assert "WSL" in line


async def test_the_most_that_a_day_can_cost_is_told_in_one_line():
    settings = {"CREDIT_PRICE": "0.04 usd", "LOG_FORMAT": "json"}
    async with Stage(settings=settings, process=ForkedBot) as stage:
        lines = [json.loads(line) for line in stage.bot.log.read_text().splitlines()]
    (told,) = [line for line in lines if line["event"] == "credits.most_a_day"]
    assert (told["credits"], told["money"]) == (1000, "40.00 USD")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_second_bot_on_the_same_database_does_not_start(theatre, services, tmp_path):
    path = theatre.folder / "data" / "bot.sqlite3"
    line = await refused_start(tmp_path, await services() | {"DATABASE_PATH": str(path)})
    assert f"DATABASE_PATH {path} is in use by another bot process" in line
    await (await theatre.order()).settled_once()


@pytest.mark.parametrize(
    ("close_code", "exit_code", "words"),
    [
        (4004, 2, "DISCORD_TOKEN was refused"),
        (4011, 1, "Discord is out of reach: Shard ID 0 WebSocket closed with 4011"),
    ],
)
async def test_a_connection_that_discord_ends_for_good_ends_the_bot_with_one_line(
    close_code, exit_code, words
):
    """With 4011 Discord wants more shards, for which the bot asks when it is started again."""
    async with Stage(speed=20, process=ForkedBot) as stage:
        before = stage.bot.log.read_text()
        stage.discord.gateway.close_connections(close_code)
        async with within(PATIENCE):
            assert await stage.bot.ended() == exit_code
        said = stage.bot.log.read_text().removeprefix(before)
        assert "Traceback" not in said
        assert words in said
