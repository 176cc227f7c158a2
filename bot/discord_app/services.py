"""What commands and buttons may use of the rest of the bot."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

import discord

from bot.clock import Clock
from bot.discord_app.integrations import Integrations
from bot.jobs.admin import AdminService
from bot.jobs.files import Files
from bot.jobs.model import VideoRequest
from bot.jobs.ports import ChartMaker
from bot.jobs.report import Price
from bot.jobs.service import JobService

OFFERS_MOST = 500

Actions = dict[str, Callable[[discord.Interaction[Any], str], Awaitable[None]]]
"""What buttons and menus do, by the action in their identity; the rest of it is the argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Given to the bot once.

    `slots` is how many jobs the provider takes at once, `price` what a credit costs the operator.
    """

    jobs: JobService
    admin: AdminService
    files: Files
    clock: Clock
    slots: int
    charts: ChartMaker
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A refused order that would pass with another preset, kept until its member decides."""

    user_id: int
    request: VideoRequest
    picture_url: str | None


class Offers:
    """The newest offers, in memory only: the refusal they belong to is gone after a while too."""

    def __init__(self) -> None:
        self._offers: OrderedDict[str, Offer] = OrderedDict()

    def keep(self, key: str, offer: Offer) -> None:
        """Remember an offer, forgetting the oldest when there are many."""
        self._offers[key] = offer
        if len(self._offers) > OFFERS_MOST:
            self._offers.popitem(last=False)

    def take(self, key: str, user_id: int) -> Offer | None:
        """Hand an offer to its member, once; None if there is none."""
        offer = self._offers.get(key)
        if offer is None or offer.user_id != user_id:
            return None
        return self._offers.pop(key)


class Host(Protocol):
    """The bot, as commands and buttons see it."""

    services: Services
    offers: Offers
    integrations: Integrations


def host_of(interaction: discord.Interaction[Any]) -> Host:
    """The bot that received the interaction."""
    return cast(Host, interaction.client)


def services_of(interaction: discord.Interaction[Any]) -> Services:
    """The services of the bot that received the interaction."""
    return host_of(interaction).services
