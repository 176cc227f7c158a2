"""Whether an order is taken: everything that speaks against it, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.orders.errors import OptionNotOffered
from bot.core.rules.errors import (
    Blocked,
    ChannelOff,
    NotEnoughCredits,
    Paused,
    PriceNotAgreed,
    PromptRule,
    QuotaUsedUp,
    ServerUsedUp,
    TooManyOnTheWay,
)
from bot.core.rules.quota import HoldPart, Standing
from bot.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an order asks of the rules.

    `text` is the prompt; what a member wants to avoid may use any words. `channel_ids` are the
    channel and its parents; without them only that some channel is open is judged. `agreed` is what
    the member knows that it costs; None asks nobody.
    """

    cost: int
    preset: str
    agreed: int | None = None
    text: str = ""
    channel_ids: tuple[int, ...] = ()


def admit(standing: Standing, order: Order, presets: Sequence[str] = ()) -> tuple[HoldPart, ...]:
    """Decide about an order: the parts to hold, if nothing speaks against it.

    `presets` are the names on offer, for the sentence to a member who asked for another.

    Raises:
        Refusal: The first of `objections`.
    """
    for refusal in objections(standing, order, presets):
        raise refusal
    return split(standing, order.cost)


def objections(standing: Standing, order: Order, presets: Sequence[str] = ()) -> Iterable[Refusal]:
    """Everything that speaks against an order, the weightiest first."""
    settings = standing.settings
    if standing.block:
        yield Blocked(standing.block.until, standing.block.reason)
    if settings.pause:
        yield Paused(settings.pause.reason)
    channels = settings.channels
    if channels.closed or (order.channel_ids and not channels.allow(order.channel_ids)):
        yield ChannelOff(channels.ids if channels.only_listed else None)
    if settings.presets.has(order.preset):
        offered = tuple(name for name in presets if not settings.presets.has(name))
        yield OptionNotOffered("preset", offered)
    if order.text and settings.words.hit(order.text):
        yield PromptRule()
    yield from _crowds(standing)
    yield from _credits(standing, order)
    # Last, so that nobody is asked to agree to what is refused anyway.
    if order.agreed is not None and order.agreed < order.cost:
        yield PriceNotAgreed(order.cost, order.agreed)


def _crowds(standing: Standing) -> Iterable[Refusal]:
    most = standing.bounds
    if standing.mine.taken >= most.member_running + most.member_waiting:
        yield TooManyOnTheWay(standing.mine.taken, "member")
    if standing.server.taken >= most.server_running + most.server_waiting:
        yield TooManyOnTheWay(standing.server.taken, "server")
    if standing.everywhere_waiting >= most.everywhere_waiting:
        yield TooManyOnTheWay(standing.everywhere_waiting, "everybody")


def _credits(standing: Standing, order: Order) -> Iterable[Refusal]:
    own, shared, limit = standing.own, standing.shared, standing.rule.limit
    if own is not None and own < order.cost:
        if own == 0 and limit.credits is not None:
            yield QuotaUsedUp(limit.credits, limit.per, standing.window.end)
        else:
            yield NotEnoughCredits(order.preset, order.cost, own, None)
    if shared is not None and shared.left is not None and shared.left < order.cost:
        whole = shared is standing.ceiling
        yield ServerUsedUp(shared.left, order.cost, shared.window.end, everywhere=whole)


def split(standing: Standing, cost: int) -> tuple[HoldPart, ...]:
    """Split a cost over the member's sources: bonus first, soonest to expire first."""
    parts = []
    for bonus in standing.bonuses:
        taken = min(cost, bonus.left)
        if taken:
            parts.append(HoldPart(bonus.grant_id, taken))
            cost -= taken
    if cost:
        parts.append(HoldPart(None, cost))
    return tuple(parts)
