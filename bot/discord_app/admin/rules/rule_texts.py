"""What admins read after they have set or cleared a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.admin.changes import Entry, rule_key, rule_of
from bot.core.rules.calendar import Calendar, Per
from bot.core.rules.quota import (
    Block,
    Rule,
    Standing,
    winner,
)
from bot.discord_app.admin.kit.wording import SAME, clock_time, just_before
from bot.discord_app.text.wording import counted, joined, moment, per_window

ZERO = "0 is read as none."
EVERYBODY = (
    "Everybody has the role @everyone. Their limit is set with `/quota-admin default`; "
    "nothing was changed."
)
ROLES_NAMED = 3
SOON = 2 * 86_400.0
"""Seconds within which an end is told by the minute, not by the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A rule as it is after a command, and what its admin should know.

    `rule` is the rule that was set, or the one that was cleared; `before` what was there, for the
    server's default the operator's if nothing was. `entry` is None if it was so already. `over`
    counts members whose videos go on although they are over the new limit. `older` is another
    admin's change of minutes ago.
    """

    rule: Rule
    cleared: bool
    before: Rule | None
    entry: Entry | None
    calendar: Calendar
    now: float
    zero: bool = False
    over: int = 0
    older: Entry | None = None


def default(applied: Applied, fallback: Rule) -> str:
    """The limit of everybody without another rule."""
    if applied.cleared:
        return _cleared(applied, f"Now {source(fallback)} counts ({per_window(fallback.limit)}).")
    return _set(applied)


def role(applied: Applied, members: int | None, higher: Sequence[Rule], fallback: Rule) -> str:
    """A role's limit: `members` have the role, and `higher` are the rules that give more."""
    if applied.cleared:
        rest = f"Without another role's rule, {source(fallback)} counts"
        return _cleared(applied, f"{rest} ({per_window(fallback.limit)}).")
    return joined(_set(applied), _have(members), _higher(higher))


def user(applied: Applied, standing: Standing, *, gone: bool) -> str:
    """A member's own limit, given where they stand now; `gone` if they have left the server."""
    after = next_rule(standing)
    then = f"{source(after)} ({per_window(after.limit)})"
    if applied.cleared:
        said = _cleared(applied, f"Now {then} counts.")
    else:
        said = _set(applied)
        if applied.rule.until is not None:
            said += f" Then back to {then}."
    return joined(said, blocked(standing.block), not_here() if gone else "")


def not_here() -> str:
    """The person has left, or never was here."""
    return "They are not a member of this server now."


def blocked(block: Block | None) -> str:
    """More credits are of no use to somebody who is blocked."""
    if block is None:
        return ""
    until = "" if block.until is None else f" until {moment(block.until, 'f')}"
    return f"They are blocked{until}, and this does not lift the block."


def next_rule(standing: Standing) -> Rule:
    """The rule that would win without the member's own."""
    others = [rule for rule in standing.rules if rule.scope != "user"]
    return winner(others, others[-1])


def whom(rule: Rule) -> str:
    """Whom a rule concerns."""
    return {"user": f"<@{rule.subject_id}>", "role": f"<@&{rule.subject_id}>"}.get(
        rule.scope, "Everyone"
    )


def source(rule: Rule) -> str:
    """Whose rule it is, said to an admin."""
    return {
        "user": "their own rule",
        "role": f"<@&{rule.subject_id}>",
        "default": "the server's default",
        "operator": "the bot's own default",
    }[rule.scope]


def ends(at: float | None, now: float) -> str:
    """Until when something lasts, "" if for good; by the minute where that is soon."""
    return "" if at is None else f" until {moment(at, 'f' if at - now < SOON else 'D')}"


def resets(calendar: Calendar, per: Per, now: float) -> str:
    """When the credits of a window come back."""
    day = {"day": "", "week": "Mondays ", "month": "on the 1st at "}[per]
    following = moment(calendar.window(per, now).end)
    return f"Resets {day}{clock_time(calendar)}, next {following}."


def _set(applied: Applied) -> str:
    rule = applied.rule
    said = f"{whom(rule)}: {per_window(rule.limit)}{ends(rule.until, applied.now)}"
    zero = ZERO if applied.zero else ""
    if applied.entry is None:
        return joined(zero, f"{said}.", SAME)
    when = resets(applied.calendar, rule.limit.per, applied.now) if rule.limit.credits else ""
    return joined(zero, f"{said} ({_was(applied)}).", when, _applies(applied.over), _older(applied))


def _was(applied: Applied) -> str:
    before = applied.before
    if before is None:
        return "no rule before"
    whose = f", {source(before)}" if before.scope == "operator" else ""
    return f"was {per_window(before.limit)}{ends(before.until, applied.now)}{whose}"


def _applies(over: int) -> str:
    if not over:
        return "Applies now."
    keep = "keeps their running videos" if over == 1 else "keep their running videos"
    return f"Applies now; {counted(over, 'member')} over the new limit {keep}."


def _cleared(applied: Applied, then: str) -> str:
    if applied.before is None or applied.entry is None:
        return joined(f"{whom(applied.rule)}: there was no rule, so nothing changed.", then)
    gone = f"{whom(applied.rule)}: the rule of {per_window(applied.before.limit)} is gone."
    return joined(gone, then, _older(applied))


def _older(applied: Applied) -> str:
    if applied.older is None:
        return ""
    key = rule_key(applied.rule.scope, applied.rule.subject_id)
    value = applied.older.after.get(key)
    made = f"set {per_window(rule_of(key, value).limit)}" if value else "removed the rule"
    return just_before(applied.older, made)


def _have(members: int | None) -> str:
    if members is None:
        return ""
    return f"{counted(members, 'member')} {'has' if members == 1 else 'have'} this role."


def _higher(rules: Sequence[Rule]) -> str:
    said = [
        f"Whoever also has <@&{rule.subject_id}> keeps {per_window(rule.limit)}."
        for rule in rules[:ROLES_NAMED]
    ]
    more = len(rules) - len(said)
    rest = f"{counted(more, 'more role')} {'gives' if more == 1 else 'give'} more too."
    return joined(*said, rest if more else "")
