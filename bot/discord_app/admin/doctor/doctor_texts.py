"""What `/video-admin doctor` says: each thing in the way of videos, and what helps."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from bot.core.rules.quota import Pot
from bot.discord_app.text import credit_refusals
from bot.discord_app.text.wording import by_number, joined, lines, listed, moment


class Topic(Enum):
    """What is looked at."""

    SERVICE = auto()
    MACHINE = auto()
    ORDERS = auto()
    CHANNELS = auto()
    LOG_CHANNEL = auto()
    CREDITS = auto()
    ROLES = auto()


NAMES = {
    Topic.SERVICE: "the video service",
    Topic.MACHINE: "the bot's machine",
    Topic.ORDERS: "orders",
    Topic.CHANNELS: "channels",
    Topic.LOG_CHANNEL: "the log channel",
    Topic.CREDITS: "credits",
    Topic.ROLES: "roles",
}
SERVICE = (
    "The video service refuses the bot's key, plan or balance, so no orders are taken. "
    "Only the bot's operator can help."
)
MACHINE = (
    "The bot's machine has no room for files, or may not write them, so no orders are taken. "
    "Only the bot's operator can help."
)
PAUSE = "Videos are paused. `/video-admin resume` ends the pause."
CLOSED = "Videos are switched off in every channel. `/video-admin channels` opens some, or all."
NO_LOG = (
    "There is no log channel, so staff sees no changes and members cannot ask for more. "
    "`/video-admin log-channel` sets one."
)
NO_CREDITS = (
    "Members without a rule of their own or of a role have too few credits for any video. "
    "`/quota-admin default` gives them some."
)
SHOWN = 5


def report(found: Mapping[Topic, list[str]], hidden: int = 0) -> str:
    """What is wrong, by what was looked at, and what is fine; `hidden` channels were left out."""
    fine = listed(tuple(NAMES[topic] for topic, wrong in found.items() if not wrong))
    wrong = [f"⚠️ {sentence}" for sentences in found.values() for sentence in sentences]
    if wrong:
        said = lines(*wrong, f"✅ Fine: {fine}." if fine else "")
    else:
        said = f"✅ All is well: {fine}."
    return lines(said, _left_out(hidden))


def _left_out(hidden: int) -> str:
    if not hidden:
        return ""
    return by_number(
        hidden,
        "Not looked at: 1 channel that neither I nor @everyone can see.",
        f"Not looked at: {hidden:,} channels that neither I nor @everyone can see.",
    )


def more_channels(count: int) -> str:
    """There are more such channels than are named."""
    return by_number(
        count,
        "There is 1 more channel where I am not allowed all that a video needs.",
        f"There are {count:,} more channels where I am not allowed all that a video needs.",
    )


def used_up(pot: Pot) -> str:
    """The server's cap, or a limit of the operator's, stops orders."""
    until = moment(pot.window.end, "f")
    if pot.whose == "server":
        if not pot.limit.credits:
            return "The server's cap is none. `/quota-admin cap` raises it."
        return f"The server's credits are used up until {until}. `/quota-admin cap` raises them."
    helps = "Only its operator can raise them."
    if not pot.limit.credits:
        return credit_refusals.NONE_TO_SPEND[pot.whose]
    if pot.whose == "everywhere":
        return joined(f"The bot's credits for all servers are used up until {until}.", helps)
    return joined(f"The bot's credits for this server are used up until {until}.", helps)


def deleted_roles(count: int) -> str:
    """Rules that can help nobody any more."""
    return joined(
        by_number(
            count, "1 rule is for a deleted role.", f"{count:,} rules are for deleted roles."
        ),
        "`/quota-admin list` can clear them.",
    )
