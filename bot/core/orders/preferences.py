"""What a member prefers, wherever they order; it fills what an order leaves open."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.core.orders.presets import Presets
from bot.core.orders.recipe import Kind, VideoRequest
from bot.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """None is as the server has it. `copy`: clips that are posted come by direct message too."""

    preset: str | None = None
    shape: str | None = None
    spoiler: bool = False
    copy: bool = False


def filled(
    request: VideoRequest, own: Preferences, presets: Presets, is_off: Callable[[str], bool]
) -> VideoRequest:
    """An order with what its member prefers where it leaves a choice open.

    What cannot be had is passed over: a preset that is off or does not make this, a shape that
    the preset lacks. A picture decides its shape itself.
    """
    spoiler = own.spoiler if request.spoiler is None else request.spoiler
    found = replace(request, spoiler=spoiler, copy=own.copy)
    usual = own.preset if found.preset is None else None
    if usual in presets.offering(found.kind) and not is_off(usual):
        found = replace(found, preset=usual)
    if found.shape is None and own.shape and found.kind is Kind.VIDEO:
        shaped = replace(found, shape=own.shape)
        with suppress(Refusal):
            presets.resolve(shaped)
            return shaped
    return found
