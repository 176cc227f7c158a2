"""What `/quota` says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from bot.core.jobs.codes import code_of
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Line
from bot.core.rules.errors import Blocked
from bot.core.rules.quota import Bonus, Rule, Standing
from bot.discord_app.text import refusals
from bot.discord_app.text.causes import why
from bot.discord_app.text.wording import (
    WINDOWS,
    counted,
    credits_,
    fit,
    moment,
    per_window,
    quote,
)

BONUSES_SHOWN, CODES_SHOWN = 10, 10
REASON_SHOWN = 100

ENDS = {None: "on hold", "settle": "used", "release": "given back"}


def show(standing: Standing, jobs: Sequence[Job] = ()) -> str:
    """Where a member stands; `jobs` are their videos on the way."""
    lines = [
        _shut(standing),
        _window(standing),
        _extras(standing, jobs),
        _source(standing.rule),
        _shared(standing),
        _on_the_way(standing, jobs),
    ]
    return fit("\n".join(line for line in lines if line))


def _shut(standing: Standing) -> str:
    """What stops every order, whatever credits there are."""
    block, pause = standing.block, standing.settings.pause
    if block:
        return refusals.sentence(Blocked(block.until, block.reason))
    if pause:
        reason = f" Reason: {quote(pause.reason, 200)}" if pause.reason else ""
        return f"Videos are paused here at the moment.{reason}"
    return ""


def _window(standing: Standing) -> str:
    limit = standing.rule.limit
    if limit.credits is None:
        return "Credits: unlimited"
    if limit.credits == 0:
        return "Credits: none"
    left = f"Credits: {standing.left:,} of {limit.credits:,} left {WINDOWS[limit.per]}"
    return f"{left} · back to {limit.credits:,} {moment(standing.window.end)}"


def _extras(standing: Standing, jobs: Sequence[Job]) -> str:
    parts = [_bonus(bonus) for bonus in standing.bonuses[:BONUSES_SHOWN]]
    rest = sum(bonus.left for bonus in standing.bonuses[BONUSES_SHOWN:])
    if rest:
        parts.append(f"and {rest:,} more that last longer")
    if standing.held:
        parts.append(f"On hold: {standing.held:,}{_codes(jobs)}")
    return " · ".join(parts)


def _bonus(bonus: Bonus) -> str:
    until = f", until {moment(bonus.expires_at, 'D')}" if bonus.expires_at is not None else ""
    return f"Bonus: {bonus.left:,}{until}"


def _codes(jobs: Sequence[Job]) -> str:
    shown = [job.code for job in jobs[:CODES_SHOWN]]
    more = len(jobs) - len(shown)
    named = ", ".join([*shown, f"and {more:,} more"] if more else shown)
    return f" ({named})" if named else ""


def _shared(standing: Standing) -> str:
    """What all share, where that is less than the member's own."""
    pot, own = standing.shared, standing.own
    if pot is None or pot.left is None or (own is not None and own <= pot.left):
        return ""
    whose = "The bot has" if pot is standing.ceiling else "This server has"
    left = f"{whose} {pot.left:,} of its {pot.limit.credits:,} left {WINDOWS[pot.limit.per]}"
    return f"{left}; more {moment(pot.window.end)}."


def _on_the_way(standing: Standing, jobs: Sequence[Job]) -> str:
    most = standing.bounds
    running = sum(job.slot for job in jobs)
    counts = ((running, "running"), (len(jobs) - running, "waiting"))
    found = ", ".join(f"{count:,} {name}" for count, name in counts if count)
    known = f" ({found})" if found else ""
    allowed = counted(most.member_running + most.member_waiting, "video")
    return f"On the way: {len(jobs):,} of {allowed}{known}, {most.member_running:,} at a time"


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


def history(lines: Sequence[Line]) -> str:
    """The newest lines of a member's ledger; always fits an embed's description."""
    said = [text for _, group in groupby(lines, _event) for text in _lines(list(group))]
    return "\n".join(said) or "Nothing yet: no credits were used here, and none given."


def _event(line: Line) -> tuple[str, int]:
    """The parts of one video's hold are one event."""
    return (line.kind, line.job_id) if line.job_id is not None else ("", id(line))


def _lines(group: list[Line]) -> Iterator[str]:
    line = group[0]
    if line.kind == "hold" and line.job_id is not None:
        used = credits_(sum(part.credits for part in group))
        yield f"{used} · {code_of(line.job_id)} · {ENDS[line.ended]} · {moment(line.at)}"
        return
    because = why(line.cause, line.reason, REASON_SHOWN)
    if because:
        yield f"{_gift(line)}: {because} · {moment(line.at)}"
    else:
        yield f"{_gift(line)} · {moment(line.at)}"


def _gift(line: Line) -> str:
    until = f" until {moment(line.until, 'D')}" if line.until is not None else ""
    everyone = " for everyone" if line.everyone else ""
    return {
        "grant": f"+{line.credits:,} bonus{until}",
        "revoke": f"{counted(line.credits, 'bonus credit')} taken back",
        "reset": f"full credits again{everyone}",
        "restore": f"full credits again{everyone}, taken back",
    }[line.kind]
