"""One item of a server's configuration in words: what a change made of it, and how it is now."""

from __future__ import annotations

from bot.core.admin.changes import EVERYONE
from bot.core.admin.configuration import CapAlert, Granted, Key, Kind, Value, WindowReset
from bot.core.rules.quota import Block, Rule
from bot.discord_app.admin.kit import section_item_texts
from bot.discord_app.admin.kit.told import Told, event, line, told
from bot.discord_app.admin.kit.wording import QUOTED, credits_per, lasting, limited
from bot.discord_app.text.wording import moment, quote

USED_UP = 100
"""The level (percent) of a cap at which nothing is left."""


def kind(key: Key) -> str:
    """What sort of item it is: "limit of a role"."""
    return ITEMS[key.kind].name


def change(key: Key, before: Value | None, after: Value | None) -> str:
    """What became of an item: "role @Supporter: 6 a day → 20 a day"."""
    return ITEMS[key.kind].change(key.subject, before, after)


def state(key: Key, value: Value | None) -> str:
    """How an item is now: "role @Supporter: 6 a day"."""
    return ITEMS[key.kind].state(key.subject, value)


def _default(rule: Rule | None) -> str:
    return limited(rule) if rule else "the bot's own default"


def _rule(rule: Rule | None) -> str:
    return limited(rule) if rule else "no rule"


def _block_changed(user_id: int, before: Block | None, after: Block | None) -> str:
    if after is None:
        return f"<@{user_id}> is no longer blocked"
    if before is None:
        return _block_now(user_id, after)
    then, until, reason = lasting(before.until), lasting(after.until), quote(after.reason, QUOTED)
    if after.reason:
        return f"<@{user_id}> is blocked {until} ({reason}), before {then}"
    return f"<@{user_id}> is blocked {until}, before {then}"


def _block_now(user_id: int, block: Block | None) -> str:
    if block is None:
        return f"<@{user_id}> may order again"
    if block.reason:
        return f"<@{user_id}> is blocked {lasting(block.until)} ({quote(block.reason, QUOTED)})"
    return f"<@{user_id}> is blocked {lasting(block.until)}"


def _granted(before: Granted | None, after: Granted | None) -> str:
    if after is None:
        return _revoked(before) if before else ""
    if after.until is None:
        return f"<@{after.user_id}> +{after.credits:,} bonus"
    return f"<@{after.user_id}> +{after.credits:,} bonus until {moment(after.until, 'f')}"


def _revoked(was: Granted) -> str:
    if was.until is None:
        return f"<@{was.user_id}> +{was.credits:,} bonus taken back"
    until = moment(was.until, "f")
    return f"<@{was.user_id}> +{was.credits:,} bonus until {until} taken back"


def _reset(before: WindowReset | None, after: WindowReset | None) -> str:
    if after is None:
        user_id = before.user_id if before else EVERYONE
        if user_id == EVERYONE:
            return "reset of everyone's credits taken back"
        return f"reset of <@{user_id}>'s credits taken back"
    if after.user_id == EVERYONE:
        return "everyone's credits reset"
    return f"<@{after.user_id}>'s credits reset"


def _alerted(_before: CapAlert | None, after: CapAlert | None) -> str:
    if after is None:
        return ""
    its, used = credits_per(after.credits, after.per), f"{after.used:,}"
    if after.level >= USED_UP:
        return f"the server has used up its {its} ({used})"
    return f"the server has used {after.level} % of its {its} ({used})"


ITEMS: dict[Kind, Told] = {
    Kind.DEFAULT: line("everyone's limit", Rule, "everyone", _default),
    Kind.ROLE: line("limit of a role", Rule, "role <@&{}>", _rule),
    Kind.USER: line("limit of a member", Rule, "<@{}>", _rule),
    Kind.BLOCK: told("block", Block, _block_changed, _block_now),
    **section_item_texts.ITEMS,
    Kind.GRANT: event("bonus credits", Granted, _granted),
    Kind.RESET: event("reset", WindowReset, _reset),
    Kind.ALERT: event("alert", CapAlert, _alerted),
}
