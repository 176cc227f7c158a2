"""What commands and buttons may use of the rest of the bot."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

import discord

from bot.clock import Clock
from bot.core.admin.exchange import Plan
from bot.core.admin.ports import ChartMaker
from bot.core.admin.privacy import PrivacyService
from bot.core.admin.report import Price
from bot.core.admin.requests import AskingService
from bot.core.admin.service import AdminService
from bot.core.jobs.drafting import DraftService
from bot.core.jobs.kept import KeptClips
from bot.core.jobs.makings import Makings
from bot.core.jobs.preferring import PreferenceService
from bot.core.jobs.service import JobService
from bot.discord_app.kit.integrations import Integrations

IMPORTS_MOST, ARRIVALS_MOST = 20, 5_000

Actions = dict[str, Callable[[discord.Interaction[Any], str], Awaitable[None]]]
"""What buttons and menus do, by the action in their identity; the rest of it is the argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Given to the bot once.

    `slots` is how many jobs the provider takes at once, `price` what a credit costs the operator.
    """

    jobs: JobService
    drafts: DraftService
    preferences: PreferenceService
    admin: AdminService
    asking: AskingService
    privacy: PrivacyService
    clips: KeptClips
    makings: Makings
    clock: Clock
    slots: int
    charts: ChartMaker
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """A file of settings whose dry run an admin has seen, kept until they apply it."""

    user_id: int
    guild_id: int
    plan: Plan


class _Owned(Protocol):
    @property
    def user_id(self) -> int: ...


T = TypeVar("T", bound=_Owned)


class Shelf(Generic[T]):
    """The newest `most` things that people may still decide about, each its owner's alone.

    In memory only: the messages that they belong to are gone after a while too.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, T] = OrderedDict()

    def keep(self, key: str, thing: T) -> None:
        """Remember something, forgetting the oldest when there is much."""
        self._kept[key] = thing
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def take(self, key: str, user_id: int) -> T | None:
        """Hand something to its owner, once; None if there is nothing of theirs."""
        found = self._kept.get(key)
        if found is None or found.user_id != user_id:
            return None
        return self._kept.pop(key)


class Arrivals:
    """The newest `most` interactions, by which one that comes again is known; who answers them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: OrderedDict[int, None] = OrderedDict()
        self._answering: set[asyncio.Task[Any]] = set()

    def is_new(self, interaction_id: int) -> bool:
        """Whether it has not been here before; from now on it has."""
        if interaction_id in self._ids:
            return False
        self._ids[interaction_id] = None
        if len(self._ids) > self._most:
            self._ids.popitem(last=False)
        return True

    def answered_by(self, task: asyncio.Task[Any] | None) -> None:
        """Note who answers one, until that is done."""
        if task is not None:
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def end(self, grace: float) -> None:
        """Let those who answer come to their end within `grace` seconds."""
        if not self._answering:
            return
        _, late = await asyncio.wait(set(self._answering), timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


class Host(Protocol):
    """The bot, as commands and buttons see it."""

    services: Services
    imports: Shelf[Import]
    arrivals: Arrivals
    integrations: Integrations


def host_of(interaction: discord.Interaction[Any]) -> Host:
    """The bot that received the interaction."""
    return cast(Host, interaction.client)


def services_of(interaction: discord.Interaction[Any]) -> Services:
    """The services of the bot that received the interaction."""
    return host_of(interaction).services
