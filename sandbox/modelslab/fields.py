"""Request fields: their limits, their coercion, and the size of the clip they ask for.

Sources of the limits are the vendor's tables; where those are silent the value is a guess and
says so. Numbers may arrive as strings, null means absent, unknown fields are ignored.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Limit:
    """The range of a number, both ends included; None is open."""

    low: float | None = None
    high: float | None = None
    whole: bool = True
    step: int = 1


def fraction(low: float, high: float) -> Limit:
    """A number that need not be whole."""
    return Limit(low, high, whole=False)


ANY = Limit()

STANDARD: Mapping[str, Limit] = {
    # The smallest size is not documented; the step is from the service's error texts.
    "width": Limit(64, 512, step=8),
    "height": Limit(64, 512, step=8),
    "num_frames": Limit(1, 25),
    "num_inference_steps": Limit(1, 50),
    "guidance_scale": fraction(0, 8),
    "min_guidance_scale": fraction(0, 8),
    "max_guidance_scale": fraction(0, 8),
    "fps": Limit(1, 16),
    "clip_skip": Limit(0, 2),
    "motion_bucket_id": ANY,
    "noise_aug_strength": fraction(0, 1),
    "upscale_width": Limit(64, 1024),
    "upscale_height": Limit(64, 1024),
    "upscale_strength": fraction(0, 1),
    # The documented default of 12 lies above the documented maximum of 8.
    "upscale_guidance_scale": fraction(0, 12),
    "upscale_num_inference_steps": Limit(1, 50),
    "improved_sampling_seed": ANY,
    "seed": ANY,
}

ULTRA: Mapping[str, Limit] = {
    "resolution": Limit(64, 480),
    # No maximum is documented; one client reports refusals above 120.
    "num_frames": Limit(2, 120),
    "num_inference_steps": Limit(1, 30),
    "guidance_scale": fraction(0, 8),
    "fps": Limit(1, 16),
    "sample_shift": Limit(0, 10),
    "seed": ANY,
}

ULTRA_PICTURE: Mapping[str, Limit] = {
    **ULTRA,
    "resolution": Limit(64, 720),
    "num_inference_steps": Limit(1, 25),
}

ENTERPRISE_ULTRA: Mapping[str, Limit] = {
    **ULTRA,
    "num_inference_steps": Limit(1, 8),
    "guidance_scale": fraction(1, 2),
    "fps": Limit(1, 18),
}

# Nothing is documented for ltx-2.3 beyond its aspect ratios; it runs at 24 frames per second.
LTX: Mapping[str, Limit] = {
    "num_frames": Limit(2, 257),
    "num_inference_steps": Limit(1, 50),
    "guidance_scale": fraction(0, 8),
    "fps": Limit(1, 30),
    "seed": ANY,
}

FUSION: Mapping[str, Limit] = {
    "duration": Limit(1, 15),
    "fps": Limit(1, 60),
    "width": Limit(512, 1024),
    "height": Limit(512, 1024),
    "seed": ANY,
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

    def number(self, name: str, limit: Limit, default: float | None = None) -> float | None:
        """Return a number within the limit."""
        value = self.given(name)
        if value is None:
            return default
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
        return default

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
    try:
        number = float(value)
        if number != number or abs(number) == float("inf"):  # noqa: PLR0124  that is how NaN shows
            return None
        if not whole:
            return number
        return int(value) if isinstance(value, int) else _integral(number)
    except (ValueError, OverflowError):
        return None


def _integral(number: float) -> int | None:
    return int(number) if number.is_integer() else None


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
