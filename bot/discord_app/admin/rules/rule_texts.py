"""What admins read after they have set or cleared a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.admin.changes import Entry
from bot.core.admin.configuration import Configuration, Key, value_at
from bot.core.rules.calendar import Calendar, Per
from bot.core.rules.quota import Block, Rule, Standing, winner
from bot.discord_app.admin.kit.wording import SAME, ZERO, clock_time
from bot.discord_app.text.wording import counted, joined, moment, per_window

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
    server's default the operator's if nothing was. `config` is all that is set now. `entry` is None
    if it was so already. `over` counts members whose videos go on although they are over the new
    limit. `older` is another admin's change of minutes ago.
    """

    rule: Rule
    cleared: bool
    before: Rule | None
    entry: Entry | None
    config: Configuration
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
        limit = per_window(fallback.limit)
        return _cleared(
            applied, f"Without another role's rule, {source(fallback)} counts ({limit})."
        )
    return joined(_set(applied), _have(members), _higher(higher))


def user(applied: Applied, standing: Standing, *, gone: bool) -> str:
    """A member's own limit, given where they stand now; `gone` if they have left the server."""
    after = next_rule(standing)
    limit = per_window(after.limit)
    if applied.cleared:
        said = _cleared(applied, f"Now {source(after)} ({limit}) counts.")
    elif applied.rule.until is None:
        said = _set(applied)
    else:
        said = joined(_set(applied), f"Then back to {source(after)} ({limit}).")
    return joined(said, blocked(standing.block), not_here() if gone else "")


def not_here() -> str:
    """The person has left, or never was here."""
    return "They are not a member of this server now."


def blocked(block: Block | None) -> str:
    """More credits are of no use to somebody who is blocked."""
    if block is None:
        return ""
    if block.until is None:
        return "They are blocked, and this does not lift the block."
    until = moment(block.until, "f")
    return f"They are blocked until {until}, and this does not lift the block."


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


def soon(at: float, now: float) -> str:
    """A moment, by the minute where it is soon, else by the day."""
    return moment(at, "f" if at - now < SOON else "D")


def limit_of(rule: Rule, now: float) -> str:
    """A rule's limit, and its end if it has one: "6 a day until …"."""
    limit = per_window(rule.limit)
    return limit if rule.until is None else f"{limit} until {soon(rule.until, now)}"


def resets(calendar: Calendar, per: Per, now: float) -> str:
    """When the credits of a window come back."""
    clock, following = clock_time(calendar), moment(calendar.window(per, now).end)
    return {
        "day": f"Resets {clock}, next {following}.",
        "week": f"Resets Mondays {clock}, next {following}.",
        "month": f"Resets on the 1st at {clock}, next {following}.",
    }[per]


def _set(applied: Applied) -> str:
    rule = applied.rule
    zero = ZERO if applied.zero else ""
    if applied.entry is None:
        return joined(zero, f"{whom(rule)}: {limit_of(rule, applied.now)}.", SAME)
    calendar = applied.config.settings.calendar
    when = resets(calendar, rule.limit.per, applied.now) if rule.limit.credits else ""
    return joined(zero, _replaced(applied), when, _applies(applied.over), _older(applied))


def _replaced(applied: Applied) -> str:
    """The rule as it is, and what was there."""
    whose, limit = whom(applied.rule), limit_of(applied.rule, applied.now)
    before = applied.before
    if before is None:
        return f"{whose}: {limit} (no rule before)."
    was = limit_of(before, applied.now)
    if before.scope == "operator":
        return f"{whose}: {limit} (was {was}, the bot's own default)."
    return f"{whose}: {limit} (was {was})."


def _applies(over: int) -> str:
    if not over:
        return "Applies now."
    if over == 1:
        return "Applies now; 1 member over the new limit keeps their running videos."
    return f"Applies now; {over:,} members over the new limit keep their running videos."


def _cleared(applied: Applied, then: str) -> str:
    if applied.before is None or applied.entry is None:
        return joined(f"{whom(applied.rule)}: there was no rule, so nothing changed.", then)
    gone = f"{whom(applied.rule)}: the rule of {per_window(applied.before.limit)} is gone."
    return joined(gone, then, _older(applied))


def _older(applied: Applied) -> str:
    """What another admin did minutes ago, which now is replaced."""
    older = applied.older
    if older is None:
        return ""
    theirs = value_at(Rule, older.after, Key.of(applied.rule))
    who, when = f"<@{older.by.admin_id}>", moment(older.at)
    if theirs is None:
        return f"{who} removed the rule {when}; `/quota-admin log` can undo your change."
    limit = per_window(theirs.limit)
    return f"{who} set {limit} {when}; `/quota-admin log` can undo your change."


def _have(members: int | None) -> str:
    if members is None:
        return ""
    return "1 member has this role." if members == 1 else f"{members:,} members have this role."


def _higher(rules: Sequence[Rule]) -> str:
    said = [
        f"Whoever also has <@&{rule.subject_id}> keeps {per_window(rule.limit)}."
        for rule in rules[:ROLES_NAMED]
    ]
    more = len(rules) - len(said)
    if more == 1:
        said.append("1 more role gives more too.")
    elif more:
        said.append(f"{counted(more, 'more role')} give more too.")
    return joined(*said)
