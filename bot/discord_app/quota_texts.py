"""What `/quota` says."""

from __future__ import annotations

from bot.discord_app.wording import WINDOWS, counted, moment, per_window
from bot.jobs.quota import Bonus, Rule, Standing


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
