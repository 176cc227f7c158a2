"""What models of v7 take, beside the fields of all: lengths, shapes, resolutions and sound.

From the vendor's Python package (0.2.3) and, where that says nothing, from its price page. Models
that are not here take anything that is well formed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.modelslab.fields import Reader

_WIDE_TALL = ("16:9", "9:16")
_THREE = (*_WIDE_TALL, "1:1")
_HD = ("720p", "1080p")
_PIXELS = ("1280x720", "720x1280")


@dataclass(frozen=True)
class Takes:
    """The values of a model's fields, all of them texts. Empty: the model has no such field.

    `needs` are the fields that it cannot do without, `sound` says that it can be told to sound.
    """

    duration: tuple[str, ...] = ()
    aspect_ratio: tuple[str, ...] = ()
    resolution: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    sound: bool = False


_WAN = Takes(("5", "10", "15"), _THREE, _HD)
_WAN_PICTURE = Takes(("5", "10", "15"), (), _HD)
_HAILUO = Takes(("6", "10"))
_KLING = Takes(("5", "10"), _THREE, needs=("duration", "aspect_ratio"))
_KLING_PICTURE = Takes(("5", "10"), needs=("duration",))
_VEO = Takes(("4", "6", "8"), _WIDE_TALL, sound=True)
_SORA = Takes(("4", "8", "12"), _PIXELS)

MODELS: Mapping[str, Takes] = {
    "seedance-t2v": Takes((), ("16:9", "4:3", "1:1", "9:21"), ("720p", "480p")),
    "seedance-i2v": Takes(),
    "seedance-1-5-pro": Takes(("5", "10"), _THREE, _HD),
    "wan2.6-t2v": _WAN,
    "wan2.7-t2v": _WAN,
    "wan2.6-i2v": _WAN_PICTURE,
    "wan2.7-i2v": _WAN_PICTURE,
    "wan2.6-i2v-flash": Takes(("5",), (), _HD),
    "Hailuo-2.3-t2v": _HAILUO,
    "Hailuo-2.3-i2v": _HAILUO,
    "Hailuo-2.3-Fast-i2v": _HAILUO,
    "kling-v2-5-turbo-t2v": _KLING,
    "kling-v3-t2v": _KLING,
    "Kling-V2-5-Turbo-i2v": _KLING_PICTURE,
    "kling-v3-i2v": _KLING_PICTURE,
    "veo-3.0-fast-generate": Takes(("8",), _WIDE_TALL, sound=True),
    "veo-3.1": _VEO,
    "veo-3.1-fast": _VEO,
    "sora-2": _SORA,
    "sora-2-pro-t2v": _SORA,
    "grok-imagine-video-i2v": Takes(tuple(str(length) for length in range(1, 16))),
}


def check(reader: Reader, model: str | None) -> None:
    """Blame each field that the model does not take as it is."""
    takes = MODELS.get(model or "")
    if takes is None:
        return
    reader.require(*takes.needs)
    for name in ("duration", "aspect_ratio", "resolution"):
        value, choices = reader.given(name), getattr(takes, name)
        if value is not None and value not in choices:
            listed = ", ".join(choices)
            reader.blame(name, f"The {name} must be one of: {listed}." if choices else _stray(name))
    sound = reader.given("generate_audio")
    if sound is not None and not (takes.sound and isinstance(sound, bool)):
        reader.blame("generate_audio", _stray("generate_audio"))


def sounds(reader: Reader, model: str | None) -> bool:
    """Whether the clip is to have sound; the service's own default is not known."""
    takes = MODELS.get(model or "")
    return takes is not None and takes.sound and reader.given("generate_audio") is True


def _stray(name: str) -> str:
    return f"The {name} field is not supported by this model."
