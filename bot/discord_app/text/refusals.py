"""Why something was not done: whoever asked reads it, from the other files of refusals too."""

from __future__ import annotations

from functools import singledispatch

from bot.core.jobs.errors import (
    CannotStart,
    ClipGone,
    ClipNotReady,
    ClipTooLarge,
    MadeBefore,
    NoClipYet,
    NoSuchJob,
    NotYours,
    TooLate,
)
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
from bot.core.rules.errors import (
    ModelOff,
    PresetOff,
    PromptRule,
)
from bot.discord_app.errors import (
    CannotDelete,
    MayNotDelete,
    NotItsMessage,
)
from bot.discord_app.text import picture_texts, place_refusals
from bot.discord_app.text.wording import (
    are_back,
    counted,
    joined,
    jump,
    listed,
    number,
    quote,
    some,
)
from bot.errors import Refusal, StoreUnavailable

OLD_BUTTON = "This button no longer works. `/jobs list` shows your videos."
OLD_ADMIN_BUTTON = "This button no longer works. Please give the command once more."
OLD_COMMAND = "This command has changed. Give Discord a minute, then please try again."
BAD_VALUE = "I cannot use one of those values; please choose it from the list that Discord offers."
PARTLY_DONE = (
    "I did that, or a part of it, and then could not look it up again. "
    "Please see in a minute what has changed."
)
IS_NOW = {
    "preparing": "Video {code} has just changed: its picture is being prepared.",
    "queued": "Video {code} has just changed: it waits in line.",
    "submitting": "Too late: video {code} is just being handed to the service.",
    "submitted": "Too late: the service is making video {code} already.",
    "succeeded": "Too late: video {code} is finished and will be posted.",
    "delivering": "Too late: video {code} is being posted.",
    "delivered": "Too late: video {code} is ready.",
    "kept": "Too late: video {code} is ready, and kept for you.",
    "fetched": "Too late: you have got video {code} already.",
    "swept": "Too late: video {code} was not fetched, and is gone.",
    "failed": "Too late: video {code} was not made.",
    "expired": "Too late: video {code} was not made in time.",
    "cancelled": "Video {code} is cancelled already.",
    "unsure": "Too late: I lost contact over video {code}.",
}
"""What has become of a video that somebody wanted to cancel or stop, by its state."""


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
    return f"`{refusal.option}` takes {low} to {high}{_by(refusal.model)}."


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
        f"Models with it: {listed(some(_quoted(refusal.takers)))}." if refusal.takers else "",
    )


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
def _(_refusal: NoSuchJob) -> str:
    return "That is not one of your videos here. `/jobs list` shows them."


@sentence.register
def _(refusal: NotYours) -> str:
    return f"Video {refusal.code} is not yours: only whoever ordered it can do that."


@sentence.register
def _(refusal: MayNotDelete) -> str:
    return (
        f"Video {refusal.code} can be deleted by whoever ordered it, and by members who may manage "
        "messages here."
    )


@sentence.register
def _(refusal: TooLate) -> str:
    said = IS_NOW[refusal.state].format(code=refusal.code)
    return f"{said} `/jobs show` shows it."


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
    return (
        f"Both together would have {round(refusal.seconds)} seconds; a video may be extended to"
        f" {round(refusal.most)}."
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


@sentence.register
def _(_refusal: StoreUnavailable) -> str:
    return (
        "I cannot check your credits right now, so I did not start. Please try again in a minute."
    )


@sentence.register
def _(_refusal: CannotStart) -> str:
    return (
        "I cannot start videos right now: the machine I run on has no room for their files. "
        "Nothing was charged; my operator can see why. Please try again later."
    )


@sentence.register
def _(refusal: NotItsMessage) -> str:
    return (
        f"This message is not the one that belongs to video {refusal.code}, so I did nothing. "
        f"`/jobs show id:{refusal.code}` shows it with buttons that work."
    )


@sentence.register
def _(refusal: CannotDelete) -> str:
    return (
        f"I cannot delete video {refusal.code} now: I may no longer see the channel, or the thread "
        "is archived. Whoever may manage messages there can."
    )


@sentence.register
def _(refusal: NoClipYet) -> str:
    return (
        f"Video {refusal.code} has no clip that anything could be done with. "
        f"`/jobs show id:{refusal.code}` tells what became of it."
    )


@sentence.register
def _(refusal: ClipGone) -> str:
    if refusal.released:
        return joined("I no longer have that video.", are_back(refusal.credits))
    return "I no longer have that video, and the video service has no copy for me either."


@sentence.register
def _(refusal: ClipTooLarge) -> str:
    said = "The video is larger than Discord takes here, and I cannot make it small enough. "
    if refusal.charged:
        return f"{said}I still keep it, and getting it in another place costs nothing more."
    return f"{said}I still keep it, and nothing was charged."


@sentence.register
def _(_refusal: ClipNotReady) -> str:
    return "I could not get the video ready. Please try again in a minute; nothing was charged."


def unknown(reference: str) -> str:
    """Something broke that nobody foresaw; the process's log knows it by `reference`."""
    return (
        "Something went wrong on my side. If it happens again, give the operator this code: "
        f"`{reference}`"
    )
