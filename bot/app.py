"""The composition root: builds every part, runs them together and closes them in order."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import discord
import structlog

from bot.clock import Clock, SystemClock
from bot.core.admin.blocking import cancel_unserved
from bot.core.admin.log_keeper import LogKeeper
from bot.core.admin.request_keeper import RequestKeeper
from bot.core.jobs.bells import Bells
from bot.core.jobs.card_keeper import CardKeeper
from bot.core.jobs.codes import id_of
from bot.core.jobs.delivery import Delivery
from bot.core.jobs.disk import Disk
from bot.core.jobs.errors import ProviderLocked
from bot.core.jobs.files import Files
from bot.core.jobs.kept import KeptClips, Sweeper
from bot.core.jobs.loop import Worker
from bot.core.jobs.makings import Makings
from bot.core.jobs.moves import Mover
from bot.core.jobs.pace import Pace
from bot.core.jobs.poller import Poller
from bot.core.jobs.posting import Poster
from bot.core.jobs.preparer import Preparer
from bot.core.jobs.slots import Slots
from bot.core.jobs.submitter import Submitter
from bot.core.jobs.tools import Tools
from bot.core.orders.presets import Presets
from bot.core.rules.serving import most_a_day
from bot.discord_app import endpoints
from bot.discord_app.budget import Budget
from bot.discord_app.client import ZoetropeBot
from bot.discord_app.kit.services import Services
from bot.discord_app.publisher import DiscordPublisher
from bot.discord_app.staff import DiscordStaff
from bot.errors import DiscordLost, SettingsError
from bot.media.download import HttpDownloader
from bot.media.maker import MediaMaker
from bot.media.studio import MediaStudio
from bot.modelslab.client import ModelsLabClient, open_session
from bot.running import AT_ONCE, App
from bot.settings import Settings
from bot.storage.admin_store import SqliteAdminStore
from bot.storage.database import Database
from bot.storage.job_store import SqliteJobStore
from bot.storage.requests import SqliteRequestStore
from bot.web.clips import SECRET_BYTES, ClipPages, address, secret_of
from bot.web.server import WebServer, hook_address
from bot.wiring import services_for

log = structlog.get_logger(__name__)

COGS = (
    "cogs.video",
    "cogs.animate",
    "cogs.help",
    "cogs.jobs",
    "cogs.privacy",
    "cogs.quota",
    "cogs.quota_admin",
    "cogs.settings",
    "cogs.video_admin",
)
LINKS_KEY = "links.key"
TOKEN_REFUSED = 4004
"""The gateway's close code."""


async def run(settings: Settings, database: Database) -> None:
    """Run the bot over an open database until it is told to stop.

    Raises:
        SettingsError: A setting turned out to be wrong when it was used.
        DiscordLost: Discord cannot be reached, or ended the connection for good.
    """
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        try:
            app = await _build(settings, database, stack, stop)
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
            await app.run(stop)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            if isinstance(error, discord.LoginFailure) or _is_token_refused(error):
                raise SettingsError("DISCORD_TOKEN was refused by Discord") from error
            raise DiscordLost(str(error)) from error


def _is_token_refused(error: Exception) -> bool:
    return isinstance(error, discord.ConnectionClosed) and error.code == TOKEN_REFUSED


async def _build(
    settings: Settings, database: Database, stack: AsyncExitStack, stop: asyncio.Event
) -> App:
    presets = settings.presets
    tools = await _tools(settings, database)
    api = await _provider(settings, presets, tools.clock, stack)

    submitter = Submitter(tools, api=api, operator=settings.operator, stop=stop)
    studio, maker = _children(stack)
    downloader = await stack.enter_async_context(
        HttpDownloader(clock=tools.clock, free_origins=_stand_ins(settings))
    )
    clips = KeptClips(tools, downloader=downloader, studio=studio)
    makings = Makings(tools, clips=clips, maker=maker)
    services = services_for(settings, presets, tools, database, submitter, clips, makings)
    budget = Budget(tools.clock, settings.discord_calls_per_second)
    bot = await stack.enter_async_context(_client(settings, services, budget))
    staff = DiscordStaff(bot, services.admin, services.asking)
    publisher = DiscordPublisher(bot, tools.clock, tools.pace, lambda: submitter.paused)
    secret = _link_secret(settings)
    poster = _poster(settings, tools, studio, publisher, clips, secret)
    delivery = Delivery(
        tools, api=api, downloader=downloader, studio=studio, publisher=publisher,
        poster=poster, channels=budget,
    )  # fmt: skip
    poller = Poller(tools, api=api, rate=settings.looks_per_second, receive=delivery.receive)
    workers: list[Worker[Any]] = [
        Preparer(tools, downloader=downloader, studio=studio, clips=clips),
        submitter,
        poller,
        delivery,
        Sweeper(tools, most=settings.keep_clips_bytes),
        CardKeeper(tools, publisher=publisher, operator=settings.operator, channels=budget),
        LogKeeper(SqliteAdminStore(database), staff, tools.clock),
        RequestKeeper(SqliteRequestStore(database), staff, tools.clock),
    ]

    async def log_in() -> None:
        await _check_key(api, tools, submitter)
        await bot.login(settings.discord_token)

    # Before Discord hears of us: an order that comes in from here on is not to be taken over.
    await tools.mover.until_written(lambda: tools.store.take_over(tools.clock.steady()))
    await tools.mover.until_written(
        lambda: cancel_unserved(tools.store, tools.mover, settings.operator, tools.clock.now())
    )
    await poller.learn()
    await _serve(settings, stack, bot, database, tools, poller, secret)
    _tell_exposure(settings)
    return App(bot, workers, tools, settings.modelslab_slots, log_in)


def _children(stack: AsyncExitStack) -> tuple[MediaStudio, MediaMaker]:
    studio, maker = MediaStudio(), MediaMaker()
    stack.push_async_callback(studio.close)
    stack.push_async_callback(maker.close)
    return studio, maker


def _client(settings: Settings, services: Services, budget: Budget) -> ZoetropeBot:
    endpoints.use(settings.discord_api_base, settings.discord_gateway_url)
    # At each start the library would miss packages for voice, which this bot has no use for.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    return ZoetropeBot(services, COGS, data_dir=settings.data_dir, budget=budget)


def _poster(
    settings: Settings,
    tools: Tools,
    studio: MediaStudio,
    publisher: DiscordPublisher,
    clips: KeptClips,
    secret: bytes,
) -> Poster:
    return Poster(
        tools,
        studio=studio,
        publisher=publisher,
        clips=clips,
        keep=settings.keep_clips,
        address=partial(address, settings.public_url, secret) if settings.public_url else None,
    )


def _tell_exposure(settings: Settings) -> None:
    """Say what a day can cost at most, so that no operator has to find out."""
    most, price = most_a_day(settings.operator), settings.credit_price
    if most is None:
        log.warning("credits.most_a_day", credits="unlimited")
        return
    money = {"money": f"{price.amount * most:.2f} {price.currency}"} if price else {}
    log.info("credits.most_a_day", credits=most, **money)


async def _tools(settings: Settings, database: Database) -> Tools:
    store, bells = SqliteJobStore(database), Bells()
    clock = await SystemClock.resumed(store.steady)
    try:
        files = Files(settings.data_dir)
        await asyncio.to_thread(files.drop_unfinished)
        disk = Disk(files, clock, bells)
        await disk.begin()
    except OSError as error:
        raise SettingsError.of_path("DATA_DIR", settings.data_dir, error) from error
    mover = Mover(store, bells, files, clock)
    return Tools(
        store,
        mover,
        bells,
        files,
        disk,
        clock,
        random.Random(),  # noqa: S311 - for jitter
        Pace(settings.modelslab_slots, webhooks=bool(settings.public_url)),
        Slots(AT_ONCE["deliver"], bells.bell("deliver")),
    )


async def _provider(
    settings: Settings, presets: Presets, clock: Clock, stack: AsyncExitStack
) -> ModelsLabClient:
    session = await stack.enter_async_context(open_session())
    return ModelsLabClient(
        session,
        base_url=settings.modelslab_base_url,
        key=settings.modelslab_api_key,
        models=presets.models,
        webhook_url=_webhook(settings),
        clock=clock,
    )


def _webhook(settings: Settings) -> Callable[[int], str] | None:
    if not settings.public_url:
        return None
    return lambda job_id: hook_address(settings.public_url, settings.webhook_secret, job_id)


def _link_secret(settings: Settings) -> bytes:
    """Raises SettingsError."""
    try:
        return secret_of(settings.data_dir / LINKS_KEY, os.urandom(SECRET_BYTES))
    except OSError as error:
        raise SettingsError.of_path("DATA_DIR", settings.data_dir, error) from error


def _stand_ins(settings: Settings) -> list[str]:
    """Stand-ins on this machine, whose files may be fetched although they are not outside."""
    addresses = (settings.discord_api_base, settings.modelslab_base_url)
    return [urlsplit(one).netloc for one in addresses if one.startswith("http://")]


async def _check_key(api: ModelsLabClient, tools: Tools, submitter: Submitter) -> None:
    """Refuse to start with a refused key, unless there are jobs to bring to their end."""
    try:
        await api.check_key()
    except ProviderLocked as error:
        if not await tools.store.any_unfinished():
            raise SettingsError("MODELSLAB_API_KEY was refused by ModelsLab") from error
        submitter.pause(error)


async def _serve(
    settings: Settings,
    stack: AsyncExitStack,
    bot: ZoetropeBot,
    database: Database,
    tools: Tools,
    poller: Poller,
    secret: bytes,
) -> None:
    async def linked(code: str) -> tuple[Path, str] | None:
        job_id = id_of(code)
        job = await tools.store.job(job_id) if job_id is not None else None
        if job is None or not job.link_works:
            return None
        return tools.files.result(job), job.recipe.format

    async def lacks() -> list[str]:
        works = {
            "discord": bot.is_connected(),
            "database": await database.is_writable(),
            "files": not tools.disk.trouble,
        }
        return [name for name, well in works.items() if not well]

    web = WebServer(
        host=settings.http_host,
        port=settings.http_port,
        secret=settings.webhook_secret if settings.public_url else "",
        lacks=lacks,
        hint=poller.hint,
        proxies=settings.trusted_proxies,
        clips=ClipPages(secret, linked, tools.clock) if settings.public_url else None,
    )
    try:
        await web.start()
    except OSError as error:
        raise SettingsError(
            f"HTTP_HOST and HTTP_PORT: cannot listen on {settings.http_host}:{settings.http_port}"
            f" ({error.strerror})"
        ) from error
    stack.push_async_callback(web.close)
