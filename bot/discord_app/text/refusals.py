"""Sentences for refusals, errors and the small answers to buttons."""

from __future__ import annotations

from functools import singledispatch

from bot.core.admin.errors import (
    AlreadyAnswered,
    AlreadyUndone,
    AskedBefore,
    ChangedSince,
    NoStaffChannel,
    NoSuchEntry,
)
from bot.core.jobs.errors import NoSuchJob, TooLate
from bot.core.orders.errors import (
    AttachmentRefused,
    Forgotten,
    OptionNotOffered,
    OptionOutOfRange,
    PromptLength,
)
from bot.core.rules.errors import (
    BadSetting,
    Blocked,
    ChannelOff,
    NoLength,
    NotANumber,
    NotEnoughCredits,
    Paused,
    PromptRule,
    QuotaUsedUp,
    ServerUsedUp,
    TooManyOnTheWay,
)
from bot.discord_app.errors import (
    CannotPostHere,
    CannotPostThere,
    IsABot,
    NotAllowed,
    NotAMember,
    NotFoundHere,
)
from bot.discord_app.text import problems
from bot.discord_app.text.wording import (
    WINDOWS,
    counted,
    credits_,
    listed,
    moment,
    number,
    quote,
)
from bot.errors import Refusal, StoreUnavailable

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
    "read_message_history": "read the message history",
}


@singledispatch
def sentence(refusal: Refusal) -> str:
    """Say to a member why something was not done."""
    raise NotImplementedError(type(refusal).__name__)


@sentence.register
def _(refusal: PromptLength) -> str:
    return (
        f"The prompt has {counted(refusal.length, 'character')}; "
        f"it needs {refusal.least:,} to {refusal.most:,}. Nothing was charged."
    )


@sentence.register
def _(refusal: OptionOutOfRange) -> str:
    low, high = number(refusal.low), number(refusal.high)
    return f"`{refusal.option}` takes {low} to {high} here."


@sentence.register
def _(refusal: OptionNotOffered) -> str:
    if not refusal.choices:
        return f"This model has no setting `{refusal.option}`."
    choices = listed(tuple(quote(choice) for choice in refusal.choices), "or")
    return f"`{refusal.option}` can be {choices} here."


@sentence.register
def _(refusal: NotANumber) -> str:
    choices = listed(("a number", *(quote(choice) for choice in refusal.choices)), "or")
    return f"`{refusal.option}` can be {choices} here."


@sentence.register
def _(_refusal: Forgotten) -> str:
    return "The words of that video were forgotten, so I cannot make it again."


@sentence.register
def _(refusal: NoLength) -> str:
    return (
        f"I cannot read `{refusal.option}` as a length of time up to ten years. Write one such as "
        "36 hours or 2 weeks, or leave it out for good. Nothing was changed."
    )


@sentence.register
def _(refusal: AttachmentRefused) -> str:
    return {
        "type": "That file is not a picture I can read (png, jpg, webp, heic or gif).",
        "bytes": f"Pictures up to {refusal.limit // 1_000_000} MB, please.",
        "large": f"Pictures up to {refusal.limit:,} pixels a side and 16 megapixels, please.",
        "small": f"The picture is too small; each side needs at least {refusal.limit} pixels.",
        "gone": "I no longer have that picture. Attach the picture to `/animate` again.",
    }[refusal.problem]


@sentence.register
def _(refusal: QuotaUsedUp) -> str:
    if not refusal.limit:
        return "Your limit here is no credits. Only an admin can change that."
    return (
        f"You have used your {credits_(refusal.limit)} for {WINDOWS[refusal.per]}. "
        f"Next ones: {moment(refusal.resets_at)}."
    )


@sentence.register
def _(refusal: NotEnoughCredits) -> str:
    said = f"{refusal.preset} costs {credits_(refusal.cost)}, you have {refusal.left:,} left."
    return f"{said} {refusal.cheaper} would fit." if refusal.cheaper else said


@sentence.register
def _(refusal: TooManyOnTheWay) -> str:
    videos = counted(refusal.count, "video")
    return {
        "member": f"You already have {videos} on the way. Start another when one is done.",
        "server": f"There are already {videos} on the way here. Please try again in a while.",
        "everybody": f"There are {videos} in line before you. Please try again in a while.",
    }[refusal.whose]


@sentence.register
def _(refusal: CannotPostHere) -> str:
    if "direct" in refusal.missing:
        return NO_PLACE
    missing = listed(tuple(MISSING[name] for name in refusal.missing), "or")
    return (
        f"I am not allowed to {missing} in this channel. "
        "A moderator can fix that; nothing was charged."
    )


@sentence.register
def _(_refusal: NotAllowed) -> str:
    return "Only members who may manage this server can do that."


@sentence.register
def _(refusal: Paused) -> str:
    said = f" Reason: {quote(refusal.reason, 200)}." if refusal.reason else ""
    return f"Videos are paused at the moment.{said} Nothing was charged; please try later."


@sentence.register
def _(refusal: ServerUsedUp) -> str:
    whose = "The bot's credits" if refusal.everywhere else "This server's credits"
    comes = f"More come {moment(refusal.resets_at)}"
    if refusal.left:
        return f"{whose} have {refusal.left:,} left, and this costs {refusal.cost:,}. {comes}."
    return f"{whose} are used up. {comes}; nothing was charged."


@sentence.register
def _(refusal: Blocked) -> str:
    until = f" until {moment(refusal.until, 'f')}" if refusal.until is not None else ""
    reason = f" Reason: {quote(refusal.reason, 200)}" if refusal.reason else ""
    return f"You cannot make videos on this server{until}.{reason}"


@sentence.register
def _(refusal: ChannelOff) -> str:
    if refusal.open_ids is None:
        return "Videos are switched off here. Try another channel."
    if not refusal.open_ids:
        return "Videos are switched off in every channel here."
    some = tuple(f"<#{channel_id}>" for channel_id in refusal.open_ids[:5])
    return f"Videos are switched off here. Try {listed(some, 'or')}."


@sentence.register
def _(_refusal: PromptRule) -> str:
    return "This server does not allow part of that prompt. Nothing was sent or charged."


@sentence.register
def _(refusal: BadSetting) -> str:
    said = problems.sentence(refusal.problems[0], f"`{quote(refusal.item, 60)}`", quote)
    return f"{said} Nothing was changed."


@sentence.register
def _(refusal: CannotPostThere) -> str:
    missing = listed(tuple(MISSING[name] for name in refusal.missing), "or")
    return (
        f"<#{refusal.channel_id}>: I am not allowed to {missing}. "
        "A moderator can fix that; nothing was changed."
    )


@sentence.register
def _(_refusal: NoSuchEntry) -> str:
    return "I do not find that here any more. `/quota-admin log` shows the last changes."


@sentence.register
def _(_refusal: AlreadyUndone) -> str:
    return "That was undone before. `/quota-admin log` shows the last changes."


@sentence.register
def _(_refusal: ChangedSince) -> str:
    return (
        "That was changed again meanwhile, so I left everything as it is. "
        "`/quota-admin log` shows what happened; then set what you want."
    )


@sentence.register
def _(_refusal: NoStaffChannel) -> str:
    return (
        "This server has no place where its staff would see that. "
        "An admin can choose one with `/video-admin log-channel`."
    )


@sentence.register
def _(refusal: AskedBefore) -> str:
    return f"You asked {moment(refusal.at)}; the staff has not answered yet."


@sentence.register
def _(refusal: AlreadyAnswered) -> str:
    return f"<@{refusal.by}> has answered this before you."


@sentence.register
def _(refusal: NotAMember) -> str:
    return f"<@{refusal.user_id}> is not a member of this server any more, so nothing was changed."


@sentence.register
def _(refusal: IsABot) -> str:
    return f"<@{refusal.user_id}> is a bot; bots order no videos, so nothing was changed."


@sentence.register
def _(refusal: NotFoundHere) -> str:
    return (
        f"I do not find that {refusal.option}; nothing was changed. "
        "`/quota-admin list` shows all rules and can clear those of deleted roles."
    )


@sentence.register
def _(_refusal: StoreUnavailable) -> str:
    return (
        "I cannot check your credits right now, so I did not start. Please try again in a minute."
    )


@sentence.register
def _(_refusal: NoSuchJob) -> str:
    return "That is not one of your videos here. `/jobs list` shows them."


@sentence.register
def _(_refusal: TooLate) -> str:
    return "Too late: this video has moved on meanwhile. `/jobs list` shows where it is."


def unknown(reference: str) -> str:
    """Something broke that nobody foresaw; the log knows it by `reference`."""
    return (
        "Something went wrong on my side. If it happens again, give the operator this code: "
        f"`{reference}`"
    )
