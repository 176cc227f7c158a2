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
    Making.GIF: "a GIF",
    Making.SMOOTHER: "a smoother one",
    Making.LOOP: "a loop",
    Making.SILENT: "one without sound",
}
"""What is made of a video."""


@singledispatch
def sentence(refusal: Refusal) -> str:
    """Say to whoever asked why something was not done."""
    return credit_refusals.sentence(refusal)


@sentence.register
def _(refusal: StillMaking) -> str:
    return (
        f"I am still making {MADE[refusal.making]} of a video for you. "
        "One at a time: please try again when you have it."
    )


@sentence.register
def _(_refusal: MakerBusy) -> str:
    return "Others want things made of their videos just now. Please try again in a few minutes."


@sentence.register
def _(refusal: CannotMake) -> str:
    return f"I could not make {MADE[refusal.making]} of this video, and trying again will not help."


@sentence.register
def _(refusal: TooLongToMake) -> str:
    wanted = MADE[refusal.making]
    if refusal.most < 1:
        return f"The picture of this video is too large for me to make {wanted} of it."
    return (
        f"This video is too long: of one of its size I can make {wanted} "
        f"if it has at most {counted(int(refusal.most), 'second')}."
    )


@sentence.register
def _(refusal: AlreadySmooth) -> str:
    return f"This video has {number(refusal.fps)} frames a second already; more would not be seen."


@sentence.register
def _(_refusal: AlreadySilent) -> str:
    return "This video has no sound."
