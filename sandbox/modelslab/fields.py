"""Request fields: their limits, their coercion, and the size of the clip they ask for.

Sources of the limits are the vendor's tables; where those are silent the value is a guess and
says so. Numbers may arrive as strings, null means absent, unknown fields are ignored.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Number:
    """What a numeric field may hold: a range with both ends (None is open), and its default."""

    low: float | None = None
    high: float | None = None
    default: float | None = None
    whole: bool = True
    step: int = 1


def fraction(low: float, high: float, default: float | None = None) -> Number:
    """A number that need not be whole."""
    return Number(low, high, default, whole=False)


Table = Mapping[str, Number]

_ANY = Number()

STANDARD: Table = {
    # The smallest size is not documented; the step is from the service's error texts.
    "width": Number(64, 512, default=512, step=8),
    "height": Number(64, 512, default=512, step=8),
    "num_frames": Number(1, 25, default=25),
    "num_inference_steps": Number(1, 50, default=20),
    "guidance_scale": fraction(0, 8, default=7),
    "fps": Number(1, 16, default=8),
    "clip_skip": Number(0, 2),
    "upscale_width": Number(64, 1024),
    "upscale_height": Number(64, 1024),
    "upscale_strength": fraction(0, 1),
    # The documented default of 12 lies above the documented maximum of 8.
    "upscale_guidance_scale": fraction(0, 12),
    "upscale_num_inference_steps": Number(1, 50),
    "improved_sampling_seed": _ANY,
    "seed": _ANY,
}

STANDARD_PICTURE: Table = {
    **STANDARD,
    "num_frames": Number(1, 25, default=16),
    "min_guidance_scale": fraction(1, 8, default=1),
    "max_guidance_scale": fraction(1, 8, default=3),
    "motion_bucket_id": Number(default=127),
    "noise_aug_strength": fraction(0, 1),
}

ULTRA: Table = {
    # No default is documented; 480 is the one size that every ultra endpoint takes.
    "resolution": Number(64, 480, default=480),
    # No maximum is documented; one client reports refusals above 120.
    "num_frames": Number(2, 120, default=81),
    "num_inference_steps": Number(1, 30, default=25),
    "guidance_scale": fraction(0, 8),
    "fps": Number(1, 16, default=16),
    "sample_shift": Number(0, 10, default=5),
    "seed": _ANY,
}

ULTRA_PICTURE: Table = {
    **ULTRA,
    "resolution": Number(64, 720, default=480),
    "num_inference_steps": Number(1, 25, default=25),
}

# Nothing is documented for ltx-2.3; its aspect ratio and its length are as clients send them.
LTX: Table = {
    "duration": Number(5, 12),
    "num_frames": Number(2, 257, default=97),
    "fps": Number(1, 30, default=24),
    "seed": _ANY,
}

ENTERPRISE: Table = {**STANDARD, "num_frames": Number(1, 25, default=16)}

ENTERPRISE_PICTURE: Table = {
    **STANDARD_PICTURE,
    "min_guidance_scale": fraction(0, 8, default=0),
    "max_guidance_scale": fraction(0, 8, default=8),
}

ENTERPRISE_ULTRA: Table = {
    **ULTRA,
    "num_frames": Number(2, 120, default=92),
    "num_inference_steps": Number(1, 8, default=8),
    "guidance_scale": fraction(1, 2, default=1),
    "fps": Number(1, 18, default=18),
    "sample_shift": Number(0, 10, default=3),
}

FUSION: Table = {
    # Each model has its own durations; 15 s is above all that were seen.
    "duration": Number(1, 15, default=5),
    "fps": Number(1, 60, default=16),
    "width": Number(512, 1024),
    "height": Number(512, 1024),
    "seed": _ANY,
}


@dataclass
class Reader:
    """Reads fields of one request body and collects what is wrong with them."""

    body: JsonObject
    problems: dict[str, list[str]] = field(default_factory=dict)

    def given(self, name: str) -> Any:
        """Return the value, or None when the field is absent, null or an empty string."""
        value = self.body.get(name)
        return None if value == "" else value

    def blame(self, name: str, text: str) -> None:
        """Note a problem of the field."""
        self.problems.setdefault(name, []).append(text)

    def require(self, *names: str) -> None:
        """Note each of the fields that is absent."""
        for name in names:
            if self.given(name) is None:
                self.blame(name, f"The {name} field is required.")

    def text(self, name: str, default: str | None = None) -> str | None:
        """Return a text; numbers are taken as their digits."""
        value = self.given(name)
        if value is None:
            return default
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)
        self.blame(name, f"The {name} must be a string.")
        return default

    def flag(self, name: str) -> bool:
        """Return a yes or no, in any of the spellings clients use."""
        return str(self.given(name)).lower() in {"true", "yes", "1"}

    def number(self, name: str, limit: Number) -> float | None:
        """Return the number, or the default when it is absent or not allowed."""
        value = self.given(name)
        if value is None:
            return limit.default
        number = _number(value, whole=limit.whole)
        if number is None:
            self.blame(name, f"The {name} field is invalid.")
        elif limit.low is not None and number < limit.low:
            self.blame(name, f"The {name} must be at least {limit.low:g}.")
        elif limit.high is not None and number > limit.high:
            self.blame(name, f"The {name} may not be greater than {limit.high:g}.")
        elif number % limit.step:
            self.blame(name, f"{name} must be divisible by {limit.step}")
        else:
            return number
        return limit.default

    def webhook(self) -> str | None:
        """Return the webhook's URL: https, or plain http to this machine.

        The service wants public https; a bot beside the stand-in has only loopback.
        """
        url = self.text("webhook")
        if url is not None and not _may_call(url):
            self.blame("webhook", "The webhook must be a valid URL.")
        return url


def _number(value: object, *, whole: bool) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, int):
        return value  # as it is: a large seed would lose digits as a float
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number) or (whole and not number.is_integer()):
        return None
    return int(number) if whole else number


def _may_call(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            return bool(host)
        return parts.scheme == "http" and (
            host == "localhost" or ipaddress.ip_address(host).is_loopback
        )
    except ValueError:
        return False
