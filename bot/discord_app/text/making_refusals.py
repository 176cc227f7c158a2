"""Why something is not made of a clip."""

from __future__ import annotations

from functools import singledispatch

from bot.core.jobs.making import (
    AlreadySilent,
    AlreadySmooth,
    CannotMake,
    MakerBusy,
    Making,
    StillMaking,
    TooLongToMake,
)
from bot.discord_app.text import credit_refusals
from bot.discord_app.text.wording import counted, number
from bot.errors import Refusal

MADE = {
    Making.GIF: "as a GIF",
    Making.SMOOTHER: "smoother",
    Making.LOOP: "as a loop",
    Making.SILENT: "without sound",
}
"""How a video is made anew."""


@singledispatch
def sentence(refusal: Refusal) -> str:
    """Say to whoever asked why something was not done."""
    return credit_refusals.sentence(refusal)


@sentence.register
def _(refusal: StillMaking) -> str:
    return (
        f"I am still making a video {MADE[refusal.making]} for you. "
        "One at a time: please try again when you have it."
    )


@sentence.register
def _(_refusal: MakerBusy) -> str:
    return "Others want things made of their videos just now. Please try again in a few minutes."


@sentence.register
def _(refusal: CannotMake) -> str:
    return f"I could not make this video {MADE[refusal.making]}, and trying again will not help."


@sentence.register
def _(refusal: TooLongToMake) -> str:
    wanted = MADE[refusal.making]
    if refusal.most < 1:
        return f"The picture of this video is too large for me to make it {wanted}."
    return (
        f"This video is too long: I can make one of its size {wanted} "
        f"if it has at most {counted(int(refusal.most), 'second')}."
    )


@sentence.register
def _(refusal: AlreadySmooth) -> str:
    return f"This video has {number(refusal.fps)} frames a second already; more would not be seen."


@sentence.register
def _(_refusal: AlreadySilent) -> str:
    return "This video has no sound."
