"""Presets that would do where an order cannot be made as it is, for the refusal to name them."""

from __future__ import annotations

from bot.core.orders.errors import NoSuchSetting, OptionNotOffered, OptionOutOfRange
from bot.core.orders.presets import Presets, pick
from bot.core.orders.recipe import VideoRequest
from bot.core.rules.admission import Order, fitting
from bot.core.rules.quota import Standing

Unresolved = NoSuchSetting | OptionNotOffered | OptionOutOfRange


def has_others(refusal: Unresolved, presets: Presets, request: VideoRequest) -> bool:
    """Whether another preset may do: the fault is the preset's, or that of its own model."""
    if isinstance(refusal, OptionNotOffered):
        return refusal.option == "preset"
    preset = pick("preset", presets.presets, request.preset or presets.default)
    return refusal.model == preset.models[request.kind]


def name_others(
    refusal: Unresolved,
    presets: Presets,
    request: VideoRequest,
    where: Standing,
    channel_ids: tuple[int, ...],
) -> None:
    """Let the refusal name the presets that its member would get there."""
    off = where.settings.presets
    if isinstance(refusal, OptionNotOffered):
        order = Order(
            cost=0,
            preset="",
            text=request.prompt,
            channel_ids=channel_ids,
            owners=presets.owners(request),
        )
        refusal.choices = tuple(fitting(where, order, presets.prices_of(request)))
    elif isinstance(refusal, NoSuchSetting):
        able = presets.having(refusal.option, request.kind)
        refusal.presets = tuple(name for name in able if not off.has(name))
    elif refusal.option == "seconds" and (request.seconds or 0) > refusal.high:
        refusal.longer = {
            name: seconds
            for name, seconds in presets.longest(request.kind).items()
            if seconds > refusal.high and not off.has(name)
        }
