"""Why something was not done: whoever asked reads it, from the other files of refusals too."""

from __future__ import annotations

from functools import singledispatch

from bot.core.jobs.errors import (
    CannotStart,
    ClipGone,
    ClipLetGo,
    ClipNotReady,
    ClipTooLarge,
    NoClipYet,
    NoSuchJob,
    NotYours,
    TooLate,
)
from bot.discord_app.errors import (
    DirectMessagesClosed,
    MayNotDelete,
    NothingDeleted,
    NotItsMessage,
    PostStays,
)
from bot.discord_app.text import order_refusals
from bot.discord_app.text.wording import are_back, joined
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
    return order_refusals.sentence(refusal)


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
def _(refusal: NothingDeleted) -> str:
    return (
        f"I cannot delete video {refusal.code} right now, and nothing of it is deleted yet. "
        "Please try again in a minute."
    )


@sentence.register
def _(refusal: PostStays) -> str:
    done = f"I have no copy of video {refusal.code} any more, but its post is still there"
    if not refusal.closed:
        return f"{done}: Discord did not delete it. Please press *Delete* again in a minute."
    return (
        f"{done}: I may no longer see the channel, or the thread is archived. Whoever may manage "
        f"messages there can delete it, and *Delete* in `/jobs show id:{refusal.code}` once I can."
    )


@sentence.register
def _(refusal: NoClipYet) -> str:
    return (
        f"Video {refusal.code} has no clip that anything could be done with. "
        f"`/jobs show id:{refusal.code}` tells what became of it."
    )


@sentence.register
def _(refusal: ClipLetGo) -> str:
    if refusal.deleted:
        return f"Video {refusal.code} was deleted, so nothing can be done with its clip any more."
    return f"Video {refusal.code} was forgotten at its member's wish, so I have no copy of it."


@sentence.register
def _(_refusal: DirectMessagesClosed) -> str:
    return (
        "You do not let me send you direct messages. Switch them on in the privacy settings of "
        "this server, in the menu at its name, and press the button again."
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
