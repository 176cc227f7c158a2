"""Sentences for refusals, errors and the small answers to buttons."""

from __future__ import annotations

from functools import singledispatch

from bot import errors
from bot.discord_app.wording import (
    WINDOWS,
    are_back,
    counted,
    credits_,
    listed,
    moment,
    number,
    quote,
    stay_used,
)
from bot.jobs.model import Job

OLD_BUTTON = "This button no longer works. `/jobs list` shows your videos."
OLD_OFFER = "I no longer remember that order. Please type the command again."
OLD_COMMAND = "This command has changed. Give Discord a minute, then please try again."
BAD_VALUE = "I cannot use one of those values; please choose it from the list that Discord offers."
NO_PLACE = (
    "I cannot send you direct messages, and I could not post the video here later. "
    "Please allow them and try again; nothing was charged."
)
MISSING = {
    "view_channel": "see this channel",
    "send_messages": "send messages",
    "send_messages_in_threads": "send messages in threads",
    "attach_files": "attach files",
}


@singledispatch
def sentence(refusal: errors.Refusal) -> str:
    """Say to a member why something was not done."""
    raise NotImplementedError(type(refusal).__name__)


@sentence.register
def _(refusal: errors.PromptLength) -> str:
    return (
        f"The prompt has {counted(refusal.length, 'character')}; "
        f"it needs {refusal.least:,} to {refusal.most:,}. Nothing was charged."
    )


@sentence.register
def _(refusal: errors.OptionOutOfRange) -> str:
    low, high = number(refusal.low), number(refusal.high)
    return f"`{refusal.option}` takes {low} to {high} here."


@sentence.register
def _(refusal: errors.OptionNotOffered) -> str:
    if not refusal.choices:
        return f"This model has no setting `{refusal.option}`."
    choices = listed(tuple(quote(choice) for choice in refusal.choices), "or")
    return f"`{refusal.option}` can be {choices} here."


@sentence.register
def _(refusal: errors.AttachmentRefused) -> str:
    return {
        "type": "That file is not a picture I can read (png, jpg, webp, heic or gif).",
        "bytes": f"Pictures up to {refusal.limit // 1_000_000} MB, please.",
        "large": f"Pictures up to {refusal.limit:,} pixels a side and 16 megapixels, please.",
        "small": f"The picture is too small; each side needs at least {refusal.limit} pixels.",
        "gone": "I no longer have that picture. Attach the picture to `/animate` again.",
    }[refusal.problem]


@sentence.register
def _(refusal: errors.QuotaUsedUp) -> str:
    if not refusal.limit:
        return "Your limit here is no credits. An admin of this server can change that."
    return (
        f"You have used your {credits_(refusal.limit)} for {WINDOWS[refusal.per]}. "
        f"Next ones: {moment(refusal.resets_at)}."
    )


@sentence.register
def _(refusal: errors.NotEnoughCredits) -> str:
    said = f"{refusal.preset} costs {credits_(refusal.cost)}, you have {refusal.left:,} left."
    return f"{said} {refusal.cheaper} would fit." if refusal.cheaper else said


@sentence.register
def _(refusal: errors.TooManyOnTheWay) -> str:
    videos = counted(refusal.count, "video")
    if refusal.whole_server:
        return f"This server already has {videos} on the way. Please try again in a few minutes."
    return f"You already have {videos} on the way. Start another when one is done."


@sentence.register
def _(refusal: errors.CannotPostHere) -> str:
    if "direct" in refusal.missing:
        return NO_PLACE
    missing = listed(tuple(MISSING[name] for name in refusal.missing), "or")
    return (
        f"I am not allowed to {missing} in this channel. "
        "A moderator can fix that; nothing was charged."
    )


@sentence.register
def _(_refusal: errors.NotAllowed) -> str:
    return "Only members who may manage this server can do that."


@sentence.register
def _(_refusal: errors.Paused) -> str:
    return "Videos are paused at the moment. Nothing was charged; please try later."


@sentence.register
def _(_refusal: errors.StoreUnavailable) -> str:
    return (
        "I cannot check your credits right now, so I did not start. Please try again in a minute."
    )


@sentence.register
def _(_refusal: errors.NoSuchJob) -> str:
    return "That is not one of your videos here. `/jobs list` shows them."


@sentence.register
def _(_refusal: errors.TooLate) -> str:
    return "Too late: this video has moved on meanwhile. `/jobs list` shows where it is."


def unknown(reference: str) -> str:
    """Something broke that nobody foresaw; the log knows it by `reference`."""
    return (
        "Something went wrong on my side. If it happens again, give the operator this code: "
        f"`{reference}`"
    )


def cancelled(job: Job) -> str:
    """After Cancel."""
    return f"Video {job.code} is cancelled. {are_back(job.recipe.credits)}"


def ask_stop(job: Job) -> str:
    """Before Stop waiting is done."""
    used = stay_used(job.recipe.credits)
    return f"The service is already working on {job.code}, so {used}. Stop anyway?"


def stopped(job: Job) -> str:
    """After Stop waiting."""
    used = stay_used(job.recipe.credits)
    return f"I stopped waiting for video {job.code}; {used}."


def in_direct_messages(job: Job) -> str:
    """After an order in a place where the bot cannot post later."""
    return (
        f"Video {job.code} is on its way. I cannot post here later, "
        "so its card and the clip come to our direct messages."
    )


def deleted(job: Job) -> str:
    """After Delete."""
    return f"Video {job.code} is deleted."


def fetched(job: Job) -> str:
    """Above the file of a clip that could not be posted."""
    return f"Here is video {job.code}. Save it: only you see this, and it goes when you leave."


def not_kept(job: Job) -> str:
    """A clip that could not be posted is not on this machine, or is too big to send."""
    return f"I cannot send video {job.code} any more. Your credits for it were given back."
