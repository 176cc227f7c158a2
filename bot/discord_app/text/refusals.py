"""Why something was not done: to members and, from `admin_refusals`, to admins."""

from __future__ import annotations

from functools import singledispatch

from bot.core.jobs.errors import (
    CannotStart,
    ClipGone,
    ClipNotReady,
    ClipTooLarge,
    NoSuchJob,
    TooLate,
)
from bot.core.orders.errors import (
    AttachmentRefused,
    Forgotten,
    OptionNotOffered,
    OptionOutOfRange,
    PromptLength,
)
from bot.core.rules.errors import (
    AskedBefore,
    Blocked,
    ChannelOff,
    NoStaffChannel,
    NotEnoughCredits,
    NotServed,
    Offers,
    Paused,
    PriceNotAgreed,
    PromptRule,
    QuotaUsedUp,
    ServerUsedUp,
    TooManyOnTheWay,
    Unlimited,
    Whose,
)
from bot.discord_app.errors import (
    BotNotHere,
    CannotDelete,
    CannotPostHere,
    NotAllowed,
    NotItsMessage,
)
from bot.discord_app.text import admin_refusals
from bot.discord_app.text.wording import (
    WINDOWS,
    are_back,
    by_number,
    counted,
    credits_,
    joined,
    lacking,
    listed,
    moment,
    number,
    quote,
    reason_given,
)
from bot.errors import Refusal, StoreUnavailable

OLD_BUTTON = "This button no longer works. `/jobs list` shows your videos."
OLD_COMMAND = "This command has changed. Give Discord a minute, then please try again."
BAD_VALUE = "I cannot use one of those values; please choose it from the list that Discord offers."
PARTLY_DONE = (
    "I did that, or a part of it, and then could not look it up again. "
    "Please see in a minute what has changed."
)
NO_CHANNEL = (
    "I cannot send you direct messages, and I could not post the video here later. "
    "Please allow them and try again; nothing was charged."
)

USED_UP: dict[Whose, str] = {
    "server": "This server's credits are used up. More come {more}; nothing was charged.",
    "allowance": "This server's credits are used up. More come {more}; nothing was charged.",
    "outside": (
        "The bot's credits outside of servers are used up. More come {more}; nothing was charged."
    ),
    "everywhere": "The bot's credits are used up. More come {more}; nothing was charged.",
}
TOO_LITTLE: dict[Whose, str] = {
    "server": "This server has {left} left, and this costs {cost}. More come {more}.",
    "allowance": "This server has {left} left, and this costs {cost}. More come {more}.",
    "outside": (
        "The bot has {left} left outside of servers, and this costs {cost}. More come {more}."
    ),
    "everywhere": "The bot has {left} left, and this costs {cost}. More come {more}.",
}
NONE_TO_SPEND: dict[Whose, str] = {
    "server": "This server spends no credits on videos. Only an admin can change that.",
    "allowance": "The bot has no credits for this server. Only its operator can change that.",
    "outside": "The bot has no credits outside of servers. Only its operator can change that.",
    "everywhere": "The bot has no credits to spend. Only its operator can change that.",
}


@singledispatch
def sentence(refusal: Refusal) -> str:
    """Say to whoever asked why something was not done."""
    return admin_refusals.sentence(refusal)


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
    if not refusal.choices and refusal.option == "preset":
        return "That preset is not offered here, and no other would make this video now."
    if not refusal.choices:
        return f"This model has no setting `{refusal.option}`."
    choices = listed(tuple(quote(choice) for choice in refusal.choices), "or")
    return f"`{refusal.option}` can be {choices} here."


@sentence.register
def _(_refusal: Forgotten) -> str:
    return "The prompt of that video was forgotten, so I cannot make it again."


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
        said = (
            "Members get no credits here." if refusal.of_all else "Your limit here is no credits."
        )
        return f"{said} Only an admin can change that."
    return (
        f"You have used your {credits_(refusal.limit)} for {WINDOWS[refusal.per]}. "
        f"Next ones: {moment(refusal.resets_at)}."
    )


@sentence.register
def _(refusal: NotEnoughCredits) -> str:
    return joined(
        f"{refusal.preset} costs {credits_(refusal.cost)}, you have {refusal.left:,} left.",
        _would_fit(refusal.offers),
    )


def _would_fit(offers: Offers) -> str:
    return f"{offers.preset} would fit." if offers.preset else ""


@sentence.register
def _(refusal: PriceNotAgreed) -> str:
    cost, agreed = credits_(refusal.cost), f"{refusal.agreed:,}"
    return f"This video would cost {cost}, not {agreed}. Nothing was charged yet."


@sentence.register
def _(refusal: TooManyOnTheWay) -> str:
    videos = counted(refusal.count, "video")
    return {
        "member": f"You already have {videos} on the way. Start another when one is done.",
        "server": by_number(
            refusal.count,
            "There is already 1 video on the way here. Please try again in a while.",
            f"There are already {videos} on the way here. Please try again in a while.",
        ),
        "everybody": by_number(
            refusal.count,
            "There is 1 video in line before you. Please try again in a while.",
            f"There are {videos} in line before you. Please try again in a while.",
        ),
    }[refusal.whose]


@sentence.register
def _(refusal: CannotPostHere) -> str:
    if "direct" in refusal.missing:
        return NO_CHANNEL
    missing = lacking(refusal.missing)
    return (
        f"I am not allowed to {missing} in this channel. "
        "A moderator can fix that; nothing was charged."
    )


@sentence.register
def _(_refusal: NotAllowed) -> str:
    return "Only members who may manage this server can do that."


@sentence.register
def _(refusal: BotNotHere) -> str:
    return (
        "Only my commands are on this server, not I myself. "
        f"Whoever manages it can invite me: {refusal.invitation}\n"
        "Until then there is nothing to set here."
    )


@sentence.register
def _(refusal: Paused) -> str:
    return joined(
        "Videos are paused at the moment.",
        f"Reason: {quote(refusal.reason, 200)}." if refusal.reason else "",
        "Nothing was charged; please try later.",
    )


@sentence.register
def _(refusal: ServerUsedUp) -> str:
    left, cost, more = credits_(refusal.left), f"{refusal.cost:,}", moment(refusal.resets_at)
    if not refusal.limit:
        return NONE_TO_SPEND[refusal.whose]
    if not refusal.left:
        return USED_UP[refusal.whose].format(more=more)
    little = TOO_LITTLE[refusal.whose].format(left=left, cost=cost, more=more)
    return joined(little, _would_fit(refusal.offers))


@sentence.register
def _(refusal: NotServed) -> str:
    return {
        "person": "The operator of this bot does not let you use it.",
        "server": "The operator of this bot does not offer it on this server.",
        "outside": "The operator of this bot offers videos on servers only.",
    }[refusal.what]


@sentence.register
def _(_refusal: Unlimited) -> str:
    return "You have no limit here, so there is nothing to ask for."


@sentence.register
def _(refusal: Blocked) -> str:
    said = "You cannot make videos on this server."
    if refusal.until is not None:
        said = f"You cannot make videos on this server until {moment(refusal.until, 'f')}."
    return joined(said, reason_given(refusal.reason))


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
def _(_refusal: NoStaffChannel) -> str:
    return (
        "This server has no channel where its staff would see that. "
        "An admin can choose one with `/video-admin log-channel`."
    )


@sentence.register
def _(refusal: AskedBefore) -> str:
    return f"You asked {moment(refusal.at)}; the staff has not answered yet."


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
def _(_refusal: NoSuchJob) -> str:
    return "That is not one of your videos here. `/jobs list` shows them."


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
def _(refusal: ClipGone) -> str:
    return joined(
        "I no longer have that video.", are_back(refusal.credits) if refusal.released else ""
    )


@sentence.register
def _(refusal: ClipTooLarge) -> str:
    return (
        f"The video does not fit into the {refusal.limit // 1024**2} MB that Discord takes here, "
        "and I cannot make it small enough. I still keep it, and nothing was charged."
    )


@sentence.register
def _(_refusal: ClipNotReady) -> str:
    return (
        "I could not get the video ready. Please try again in a minute; "
        "I still keep it, and nothing was charged."
    )


@sentence.register
def _(_refusal: TooLate) -> str:
    return "Too late: this video has moved on meanwhile. `/jobs list` shows where it is."


def unknown(reference: str) -> str:
    """Something broke that nobody foresaw; the process's log knows it by `reference`."""
    return (
        "Something went wrong on my side. If it happens again, give the operator this code: "
        f"`{reference}`"
    )
