"""Why an order cannot be what it says."""

from __future__ import annotations

from functools import singledispatch
from math import ceil, floor

from bot.core.jobs.errors import MadeBefore
from bot.core.orders.errors import (
    AttachmentRefused,
    Forgotten,
    ModelNotOffered,
    NoDraft,
    NoLongerOffered,
    NoPicture,
    NoSuchSetting,
    NotALength,
    OptionNotOffered,
    OptionOutOfRange,
    OptionsClash,
    PromptLength,
    TooLongTogether,
)
from bot.core.orders.limits import EXTEND_MOST
from bot.core.rules.errors import ModelOff, PresetOff, PromptRule
from bot.discord_app.text import picture_texts, place_refusals
from bot.discord_app.text.wording import counted, joined, jump, listed, number, quote, some
from bot.errors import Refusal


@singledispatch
def sentence(refusal: Refusal) -> str:
    """Say to whoever asked why something was not done."""
    return place_refusals.sentence(refusal)


@sentence.register
def _(refusal: PromptLength) -> str:
    return (
        f"The prompt has {counted(refusal.length, 'character')}; "
        f"it needs {refusal.least:,} to {refusal.most:,}. Nothing was charged."
    )


@sentence.register
def _(refusal: OptionOutOfRange) -> str:
    low, high = number(refusal.low), number(refusal.high)
    longer = tuple(
        f"{quote(name, 60)} (to {number(most)} s)" for name, most in refusal.longer.items()
    )
    return joined(
        f"`{refusal.option}` takes {low} to {high}{_by(refusal.model)}.",
        f"Presets that go longer: {listed(some(longer))}." if longer else "",
    )


@sentence.register
def _(refusal: OptionNotOffered) -> str:
    if not refusal.choices:
        return "That preset is not offered here, and no other would make this video now."
    return f"`{refusal.option}` can be {_either(refusal.choices)}{_by(refusal.model)}."


def _by(model: str) -> str:
    return f" with the model {quote(model, 60)}" if model else " here"


@sentence.register
def _(refusal: ModelNotOffered) -> str:
    return (
        f"The model {quote(refusal.model, 60)} is switched off: {quote(refusal.why, 200)}. "
        f"`model` can be {_either(refusal.choices)} here."
    )


@sentence.register
def _(refusal: NoSuchSetting) -> str:
    has = listed(tuple(f"`{option}`" for option in refusal.has))
    return joined(
        f"The model {quote(refusal.model, 60)} has no setting `{refusal.option}`.",
        f"It has {has}." if has else "",
        _with_it(refusal),
    )


def _with_it(refusal: NoSuchSetting) -> str:
    if refusal.presets:
        return f"Presets with it: {listed(some(_quoted(refusal.presets)))}."
    return f"Models with it: {listed(some(_quoted(refusal.takers)))}." if refusal.takers else ""


@sentence.register
def _(refusal: OptionsClash) -> str:
    return (
        f"`{refusal.option}` and `{refusal.other}` say the same thing in two ways. "
        "Please give only one of them; nothing was charged."
    )


@sentence.register
def _(refusal: NoLongerOffered) -> str:
    value = f" {quote(refusal.value, 60)}" if refusal.value else ""
    return joined(
        f"I can no longer make that video as it was: its `{refusal.option}`{value} is not offered "
        "any more.",
        sentence(refusal.refusal),
    )


@sentence.register
def _(refusal: PresetOff) -> str:
    name = quote(refusal.preset, 60)
    if not refusal.others:
        return f"{name} is switched off here, and no other preset would make this video now."
    return f"{name} is switched off here. What can be chosen: {_either(refusal.others)}."


def _either(choices: tuple[str, ...]) -> str:
    return listed(some(_quoted(choices)), "or")


def _quoted(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(quote(name, 60) for name in names)


@sentence.register
def _(refusal: ModelOff) -> str:
    names = listed(tuple(quote(name) for name in refusal.presets), "and")
    belongs = "that is" if len(refusal.presets) == 1 else "those are"
    return f"The model of this video belongs to {names} alone, and {belongs} not offered here."


@sentence.register
def _(refusal: MadeBefore) -> str:
    if not refusal.ready:
        return (
            f"This very video is on its way to you already, as {refusal.code}: the same words, "
            "settings and seed make the same clip. Nothing was charged."
        )
    there = jump(*refusal.post) if refusal.post else refusal.code
    return (
        f"You have this very video already: {there} - the same words, settings and seed make the"
        " same clip. Nothing was charged."
    )


@sentence.register
def _(_refusal: NotALength) -> str:
    return "`seconds` has to be a number, such as 5. Nothing was charged."


@sentence.register
def _(refusal: TooLongTogether) -> str:
    which = "a video" if refusal.most >= EXTEND_MOST else "one of this size"
    return (
        f"Both together would have {ceil(round(refusal.seconds, 1))} seconds; {which} may be"
        f" extended to {floor(refusal.most)}."
    )


@sentence.register
def _(_refusal: NoDraft) -> str:
    return "I no longer remember that order. Please type the command again."


@sentence.register
def _(_refusal: NoPicture) -> str:
    return "This message has no picture."


@sentence.register
def _(_refusal: Forgotten) -> str:
    return "The prompt of that video was forgotten, so I cannot make it again."


@sentence.register
def _(refusal: AttachmentRefused) -> str:
    said = {
        "empty": picture_texts.EMPTY,
        "bytes": picture_texts.TOO_MANY_BYTES,
        "large": picture_texts.too_large(refusal.width, refusal.height),
        "small": picture_texts.too_small(refusal.width, refusal.height),
        "gone": "I no longer have that picture. Attach the picture to `/animate` again.",
    }[refusal.problem]
    return picture_texts.of(refusal.option, said)


@sentence.register
def _(_refusal: PromptRule) -> str:
    return "This server does not allow part of that prompt. Nothing was sent or charged."
