"""Whether an order is taken: everything that speaks against it, and what would be taken instead."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from bot.core.rules.errors import (
    AskedBefore,
    Blocked,
    ChannelOff,
    CreditRefusal,
    ModelOff,
    NoStaffChannel,
    NotEnoughCredits,
    Offers,
    Paused,
    PresetOff,
    PriceNotAgreed,
    PromptRule,
    QuotaUsedUp,
    ServerUsedUp,
    TooManyOnTheWay,
    Unlimited,
)
from bot.core.rules.quota import HoldPart, Standing
from bot.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an order asks of the rules.

    `text` is the prompt; what a member wants to avoid may use any words. `channel_ids` are the
    channel and its parents; without them only that some channel is open is judged. `agreed` is what
    the member knows that it costs; None asks nobody. `owners` are the presets that have the model
    which the order names, whatever its own preset is.
    """

    cost: int
    preset: str
    agreed: int | None = None
    text: str = ""
    channel_ids: tuple[int, ...] = ()
    owners: tuple[str, ...] = ()


def admit(
    standing: Standing, order: Order, prices: Callable[[], Mapping[str, int]]
) -> tuple[HoldPart, ...]:
    """Decide about an order: the parts to hold, if nothing speaks against it.

    `prices` tells what the same order would cost with each preset that can make it.

    Raises:
        Refusal: The first of `objections`, with what would be taken instead.
    """
    for refusal in objections(standing, order):
        others = prices()
        would_be = fitting(standing, order, others)
        is_off = isinstance(refusal, PresetOff)
        told = _of_others(standing, order, others, would_be) if is_off else refusal
        if isinstance(told, CreditRefusal):
            told.offers = _offers(standing, told, would_be)
        raise told
    return split(standing, order.cost)


def fitting(standing: Standing, order: Order, prices: Mapping[str, int]) -> dict[str, int]:
    """The presets with which the same order would be taken, and what it would cost."""
    others = (replace(order, preset=name, cost=cost, agreed=None) for name, cost in prices.items())
    return {one.preset: one.cost for one in others if not any(objections(standing, one))}


def _of_others(
    standing: Standing, order: Order, prices: Mapping[str, int], would_be: Mapping[str, int]
) -> Refusal:
    """The refusal of a preset that is off: others that would be taken, or why not even they."""
    on = {name: cost for name, cost in prices.items() if not standing.settings.presets.has(name)}
    if would_be or not on:
        return PresetOff(order.preset, tuple(would_be))
    cheapest = min(on, key=lambda name: on[name])
    return next(iter(objections(standing, replace(order, preset=cheapest, cost=on[cheapest]))))


def _offers(standing: Standing, refusal: Refusal, would_be: Mapping[str, int]) -> Offers:
    """What helps after a refusal for want of credits; more of their own where those lack."""
    lacks_own = not isinstance(refusal, ServerUsedUp)
    return Offers(
        # Of those that cost the same the last, for they stand by what they are worth.
        preset=max(reversed(tuple(would_be)), key=lambda name: would_be[name], default=None),
        staff_channel=staff_channel(standing) if lacks_own else None,
    )


def staff_channel(standing: Standing) -> int | None:
    """Where the staff would see that this member asks for more; None where they may not ask."""
    log = standing.settings.log
    return log.channel_id if log and not any(against_asking(standing)) else None


def against_asking(standing: Standing) -> Iterable[Refusal]:
    """Everything that speaks against asking the staff for more, the weightiest first."""
    if standing.barred:
        yield standing.barred
    if standing.block:
        yield Blocked(standing.block.until, standing.block.reason)
    if standing.rule.limit.credits is None:
        yield Unlimited()
    if standing.settings.log is None:
        yield NoStaffChannel()
    if standing.asked_at is not None:
        yield AskedBefore(standing.asked_at)


def objections(
    standing: Standing, order: Order, presets: Collection[str] = ()
) -> Iterable[Refusal]:
    """Everything that speaks against an order, the weightiest first.

    `presets` are the names that the bot offers, for the sentence to a member who asked for another.
    """
    settings = standing.settings
    yield from against_ordering(standing, order.channel_ids)
    if settings.presets.has(order.preset):
        offered = tuple(name for name in presets if not settings.presets.has(name))
        yield PresetOff(order.preset, offered)
    if settings.presets.has_all(order.owners):
        yield ModelOff(order.owners)
    if order.text and settings.words.hit(order.text):
        yield PromptRule()
    yield from _crowds(standing)
    yield from _own_credits(standing, order)
    yield from _shared_credits(standing, order)
    # Last, so that nobody is asked to agree to what is refused anyway.
    if order.agreed is not None and order.agreed < order.cost:
        yield PriceNotAgreed(order.cost, order.agreed)


def against_ordering(standing: Standing, channel_ids: tuple[int, ...]) -> Iterable[Refusal]:
    """Everything that speaks against any order of a member in a channel, the weightiest first."""
    settings = standing.settings
    if standing.barred:
        yield standing.barred
    if standing.block:
        yield Blocked(standing.block.until, standing.block.reason)
    if settings.pause:
        yield Paused(settings.pause.reason)
    channels = settings.channels
    if channels.closed or (channel_ids and not channels.allow(channel_ids)):
        yield ChannelOff(channels.ids if channels.only_listed else None)


def _crowds(standing: Standing) -> Iterable[Refusal]:
    most = standing.bounds
    if standing.mine.taken >= most.member_running + most.member_waiting:
        yield TooManyOnTheWay(standing.mine.taken, "member", standing.mine.stopped)
    if standing.server.taken >= most.server_running + most.server_waiting:
        yield TooManyOnTheWay(standing.server.taken, "server", standing.server.stopped)
    if standing.everywhere_waiting >= most.everywhere_waiting:
        yield TooManyOnTheWay(standing.everywhere_waiting, "everybody")


def _own_credits(standing: Standing, order: Order) -> Iterable[Refusal]:
    own, limit = standing.own, standing.rule.limit
    if own is not None and own < order.cost:
        if own == 0 and limit.credits is not None:
            of_all = standing.rule.scope in {"default", "operator"}
            yield QuotaUsedUp(limit.credits, limit.per, standing.window.end, of_all=of_all)
        else:
            yield NotEnoughCredits(order.preset, order.cost, own)


def _shared_credits(standing: Standing, order: Order) -> Iterable[Refusal]:
    """What all share and lacks, the longest first: then more come when it is said."""
    short = [pot for pot in standing.pots if (pot.left or 0) < order.cost]
    for pot in sorted(short, key=lambda pot: (not pot.limit.credits, pot.window.end), reverse=True):
        left, limit = pot.left or 0, pot.limit.credits or 0
        yield ServerUsedUp(pot.whose, limit, left, order.cost, pot.window.end)


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
