"""What an order comes to, and presets that would do where it cannot be made as it is."""

from __future__ import annotations

from bot.core.orders.errors import NoSuchSetting, OptionNotOffered, OptionOutOfRange
from bot.core.orders.presets import Presets, pick
from bot.core.orders.recipe import Recipe, VideoRequest
from bot.core.rules.admission import Order, fitting
from bot.core.rules.quota import Standing

Unresolved = NoSuchSetting | OptionNotOffered | OptionOutOfRange


def resolved(
    presets: Presets, request: VideoRequest, where: Standing, channel_ids: tuple[int, ...]
) -> Recipe:
    """What an order comes to; a refusal names other presets that its member would get there.

    Raises:
        Refusal: It cannot be made like this.
    """
    try:
        return presets.resolve(request)
    except (NoSuchSetting, OptionNotOffered, OptionOutOfRange) as refusal:
        if _has_others(refusal, presets, request):
            _name_others(refusal, presets, request, where, channel_ids)
        raise


def _has_others(refusal: Unresolved, presets: Presets, request: VideoRequest) -> bool:
    """Whether another preset may do: the fault is the preset's, or that of its own model."""
    if isinstance(refusal, OptionNotOffered):
        return refusal.option == "preset"
    preset = pick("preset", presets.presets, request.preset or presets.default)
    return refusal.model == preset.models[request.kind]


def _name_others(
    refusal: Unresolved,
    presets: Presets,
    request: VideoRequest,
    where: Standing,
    channel_ids: tuple[int, ...],
) -> None:
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
