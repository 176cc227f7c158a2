"""What `/quota` and `/quota-admin` say."""

from __future__ import annotations

from bot.discord_app.wording import WINDOWS, counted, moment, per_window, quote
from bot.jobs.quota import Bonus, Grant, Rule, Standing

ZERO = "0 is read as none. "


def show(standing: Standing) -> str:
    """Where a member stands."""
    lines = [_window(standing), _extras(standing), _source(standing.rule)]
    return "\n".join(line for line in lines if line)


def _window(standing: Standing) -> str:
    limit = standing.rule.limit
    if limit.credits is None:
        return "Credits: unlimited"
    if limit.credits == 0:
        return "Credits: none"
    left = f"Credits: {standing.left:,} of {limit.credits:,} left {WINDOWS[limit.per]}"
    return f"{left} · back to {limit.credits:,} {moment(standing.window.end)}"


def _extras(standing: Standing) -> str:
    parts = [_bonus(bonus) for bonus in standing.bonuses]
    if standing.held:
        parts.append(
            f"On hold: {standing.held:,} for {counted(standing.mine.all, 'video')} on the way"
        )
    return " · ".join(parts)


def _bonus(bonus: Bonus) -> str:
    until = f", until {moment(bonus.expires_at, 'D')}" if bonus.expires_at is not None else ""
    return f"Bonus: {bonus.left:,}{until}"


def _source(rule: Rule) -> str:
    until = f" until {moment(rule.until, 'D')}" if rule.until is not None else ""
    return f"Your limit comes from {source(rule)} ({per_window(rule.limit)}){until}."


def source(rule: Rule) -> str:
    """Whose rule it is."""
    return {
        "user": "a rule of your own",
        "role": f"the role <@&{rule.subject_id}>",
        "default": "this server's default",
        "operator": "the bot's own default",
    }[rule.scope]


def rule_set(rule: Rule, before: Rule | None, resets_at: float) -> str:
    """A rule was set: whom it concerns, what it was, when its window ends."""
    was = f" (was {per_window(before.limit)})" if before else ""
    until = f" until {moment(rule.until, 'D')}" if rule.until is not None else ""
    resets = ""
    if rule.limit.credits:
        resets = f" Resets at 00:00 UTC, next {moment(resets_at)}."
    return f"{whom(rule)}: {per_window(rule.limit)}{until}{was}.{resets} Applies now."


def falls_back(rule: Rule) -> str:
    """What applies to a member once a rule of limited life has ended."""
    return f" Then back to {source(rule)} ({per_window(rule.limit)})."


def rule_cleared(rule: Rule, before: Rule | None) -> str:
    """A rule was removed, or there was none."""
    if before is None:
        return f"{whom(rule)}: there was no rule, so nothing changed."
    return f"{whom(rule)}: the rule of {per_window(before.limit)} is gone. Applies now."


def whom(rule: Rule) -> str:
    """Whom a rule concerns, as a mention that pings nobody here."""
    return {"user": f"<@{rule.subject_id}>", "role": f"<@&{rule.subject_id}>"}.get(
        rule.scope, "Everyone"
    )


def granted(grant: Grant, standing: Standing) -> str:
    """Bonus credits were given."""
    until = f" until {moment(grant.expires_at, 'D')}" if grant.expires_at is not None else ""
    now = "unlimited" if standing.spendable is None else f"{standing.spendable:,}"
    reason = f" Reason: {quote(grant.reason, 200)}" if grant.reason else ""
    return f"<@{grant.user_id}>: +{grant.credits:,} bonus{until}. They now have {now}.{reason}"


def reset(user_id: int, standing: Standing) -> str:
    """A member's window starts anew."""
    now = "unlimited" if standing.spendable is None else f"{standing.spendable:,}"
    return f"<@{user_id}> has their full credits again. They now have {now}."
