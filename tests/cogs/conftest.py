"""A bot on a simulated Discord, over a real service and a real database."""

from __future__ import annotations

import importlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from simcord import interactions
from simcord.backend import serializers

from bot.app import COGS
from bot.clock import SystemClock
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Ready
from bot.core.jobs.service import Member
from bot.discord_app.budget import Budget
from bot.discord_app.client import ZoetropeBot
from bot.discord_app.kit.services import Services
from bot.discord_app.publisher import DiscordPublisher
from bot.discord_app.staff import DiscordStaff
from bot.errors import Refusal
from tests.builders import Core
from tests.cogs import strictness
from tests.fakes import FakeCharts
from tests.pace import slowness

SLOTS = 5
SETTLE_SECONDS = 5.0
EPHEMERAL = 64
MAY_SEND = 26_214_400
"""Bytes of a file that simcord's members may send, as it tells with each interaction."""


def make_bot(core: Core, folder: Path) -> ZoetropeBot:
    """The bot as the composition root builds it."""
    services = Services(
        jobs=core.service,
        drafts=core.drafts,
        preferences=core.preferences,
        admin=core.admin,
        asking=core.asking,
        privacy=core.privacy,
        clips=core.clips,
        makings=core.makings,
        clock=core.clock,
        slots=SLOTS,
        charts=FakeCharts(),
    )
    budget = Budget(SystemClock(), 48)  # calls take real time
    return ZoetropeBot(services, COGS, folder, budget=budget, guild_ready_timeout=0.0)


def connect(core: Core, bot: ZoetropeBot) -> tuple[DiscordPublisher, DiscordStaff]:
    """Have the loops post as this bot."""
    publisher = DiscordPublisher(bot, core.clock, core.tools.pace, lambda: core.service.paused)
    desk = DiscordStaff(bot, core.admin, core.asking)
    core.post_through(publisher, desk)
    return publisher, desk


@dataclass
class World:
    """One server with a channel, an admin and two members."""

    env: simcord.Env
    core: Core
    bot: ZoetropeBot
    publisher: DiscordPublisher
    desk: DiscordStaff
    guild: Any
    channel: Any
    mika: Any
    stranger: Any
    admin: Any

    async def video(self, who: Any = None, **options: Any) -> Any:
        """Order with /video."""
        given = {"prompt": "a paper boat"} | options
        return await (who or self.mika).slash(self.channel, "video", **given)

    async def raw(self, name: str, who: Any = None, **values: Any) -> Any:
        """A command with values that no honest client would send."""
        record = self.emit(name, who or self.mika, values)
        await self.env.settle()
        return simcord.InteractionResult(self.env, record)

    def emit(self, name: str, who: Any, values: dict[str, Any]) -> Any:
        """Put a command on the gateway without waiting for the bot."""
        command = self.env.backend.find_command(name, self.guild.id, type=1)
        types = {option["name"]: option["type"] for option in command["options"]}
        options = [
            {"name": option, "type": types[option], "value": value}
            for option, value in values.items()
        ]
        return self._emit({"id": command["id"], "name": name, "type": 1, "options": options}, who)

    async def send(self, data: dict[str, Any], who: Any, kind: int = 2) -> Any:
        """A command, or with 4 a wish for suggestions, whose data the test wrote itself."""
        record = self._emit(data, who, kind)
        await self.env.settle()
        return simcord.InteractionResult(self.env, record)

    def _emit(self, data: dict[str, Any], who: Any, kind: int = 2) -> Any:
        backend = self.env.backend
        record, payload = interactions.base_payload(
            backend,
            type=kind,
            channel_id=self.channel.id,
            guild_id=self.guild.id,
            user_id=who.id,
            data=data,
        )
        backend.emit("INTERACTION_CREATE", payload)
        return record

    async def submitted(self, **options: Any) -> tuple[Any, Job]:
        """A card whose job is at the provider, and shows it."""
        answer = await self.video(**options)
        await drain(self.core.submitter)
        await drain(self.core.cards)
        return answer.response, await self.newest()

    async def delivered(self, **options: Any) -> tuple[Any, Job]:
        """A posted result, and its job."""
        await self.submitted(**options)
        job = await self.finish()
        return self.channel.last_message, job

    async def finish(self) -> Job:
        """Let the clip be ready, and be brought."""
        self.core.api.looks.append(Ready(urls=("https://clips.example/1.mp4",), seed=183204))
        self.core.clock.move(252)
        await drain(self.core.poller)
        await drain(self.core.delivery)
        await drain(self.core.cards)
        return await self.newest()

    async def press_id(
        self, custom_id: str, who: Any = None, values: list[str] | None = None
    ) -> Any:
        """Press a button, or choose in a menu, of an answer that only its person sees."""
        return (await self.press_at_once(custom_id, who, values))[0]

    async def press_on(self, message: Any, custom_id: str, who: Any = None) -> Any:
        """Press a button on a message that all see, which may not have it."""
        record = self._press(custom_id, who, None, message)
        await self.env.settle()
        return simcord.InteractionResult(self.env, record)

    async def press_at_once(
        self, custom_id: str, who: Any = None, values: list[str] | None = None, times: int = 1
    ) -> list[Any]:
        """As `press_id`, several times before the bot has answered the first."""
        records = [self._press(custom_id, who, values) for _ in range(times)]
        await self.env.settle()
        return [simcord.InteractionResult(self.env, record) for record in records]

    def _press(self, custom_id: str, who: Any, values: list[str] | None, on: Any = None) -> Any:
        item: dict[str, Any] = {"type": 2, "style": 2, "label": "x", "custom_id": custom_id}
        data: dict[str, Any] = {"custom_id": custom_id, "component_type": 2}
        if values is not None:
            item = {"type": 3, "custom_id": custom_id, "options": [{"label": "x", "value": "x"}]}
            data |= {"component_type": 3, "values": values}
        backend = self.env.backend
        message = (
            backend.create_message(self.channel.id, backend.bot_user.id, "old", flags=EPHEMERAL)
            if on is None
            else backend.get_message(on.channel.id, on.id)
        )
        record, payload = interactions.base_payload(
            backend,
            type=3,
            channel_id=message.channel_id,
            guild_id=self.guild.id,
            user_id=(who or self.mika).id,
            data=data,
        )
        message.components = [{"type": 1, "components": [item]}]
        record.source_message_id = message.id
        payload["message"] = dict(serializers.message_payload(backend, message))
        backend.emit("INTERACTION_CREATE", payload)
        return record

    def member(self) -> Member:
        """Mika, as the service sees them."""
        return Member(
            guild_id=self.guild.id,
            channel_id=self.channel.id,
            user_id=self.mika.id,
            role_ids=(),
        )

    async def newest(self) -> Job:
        """The job ordered last."""
        (job_id,) = self.core.rows("SELECT max(id) FROM jobs")[0]
        found = await self.core.store.job(job_id)
        assert found is not None
        return found

    def count(self) -> int:
        """How many jobs are stored."""
        return self.core.rows("SELECT count(*) FROM jobs")[0][0]

    def shown(self) -> list[tuple[int, dict[str, Any]]]:
        """Channels and bodies of the messages of its own that the bot sent, as Discord shows them.

        What comes with the nonce of an earlier one, wherever that is, makes no new message.
        """
        seen: dict[str, tuple[int, dict[str, Any]]] = {}
        for number, request in enumerate(self.env.http_requests):
            match = re.fullmatch(r"/channels/(\d+)/messages", request.path)
            if match and request.method == "POST":
                key = request.json["nonce"] if request.json.get("enforce_nonce") else str(number)
                seen.setdefault(key, (int(match[1]), request.json))
        return list(seen.values())

    def payloads(self) -> list[dict[str, Any]]:
        """Every message body that the bot sent, wherever to."""
        bodies = [
            r.json.get("data") or r.json
            for r in self.env.http_requests
            if isinstance(r.json, dict) and r.method in {"POST", "PATCH"}
        ]
        return [body for body in bodies if "content" in body]


def _bugs(errors: list[BaseException]) -> list[BaseException]:
    causes = [getattr(error, "original", None) or error.__cause__ or error for error in errors]
    return [cause for cause in causes if not isinstance(cause, Refusal)]


async def _load_once(bot: ZoetropeBot, name: str) -> None:
    """Load commands without running their module anew for each bot, as the library does."""
    await importlib.import_module(name).setup(bot)


@pytest.fixture
async def env(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[simcord.Env]:
    """A simulated Discord. Errors that are no refusals fail the test, unless it looked at them."""
    strictness.apply(monkeypatch)
    monkeypatch.setattr(ZoetropeBot, "load_extension", _load_once)
    patience = SETTLE_SECONDS * slowness()
    bot = make_bot(core, tmp_path)
    env = simcord.Env(bot, shard_count=1, check_errors=False, settle_timeout=patience)
    await env.start()
    # Without the right to manage roles, a bot is not told how many members have one.
    env.inject_error("GET", "/guilds/*/roles/member-counts", status=403, times=None)
    yield env
    await env.shutdown()
    looked_at = env._errors_acknowledged  # noqa: SLF001 - the library tells it nowhere else
    assert not _bugs(list(env.errors_since(looked_at)))


@pytest.fixture
async def world(env: simcord.Env, core: Core) -> World:
    """See `World`."""
    publisher, desk = connect(core, env.bot)
    guild = env.create_guild()
    staff = guild.create_role("Staff", permissions=discord.Permissions(manage_guild=True))
    return World(
        env=env,
        core=core,
        bot=env.bot,
        publisher=publisher,
        desk=desk,
        guild=guild,
        channel=guild.create_text_channel("clips"),
        mika=guild.add_member(env.create_user("mika")),
        stranger=guild.add_member(env.create_user("stranger")),
        admin=guild.add_member(env.create_user("admin"), roles=[staff]),
    )
