"""What `/quota` says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from bot.core.jobs.codes import code_of
from bot.core.jobs.model import Job
from bot.core.jobs.store import Line
from bot.core.rules.errors import Blocked
from bot.core.rules.quota import Bonus, Rule, Standing
from bot.discord_app.text import credit_refusals, refusals
from bot.discord_app.text.causes import why
from bot.discord_app.text.wording import (
    WINDOWS,
    counted,
    counts_still,
    credits_,
    joined,
    moment,
    per_window,
    reason_given,
)

BONUSES_SHOWN, CODES_SHOWN = 10, 10
REASON_SHOWN = 100
ENDS = {None: "on hold", "settle": "used", "release": "given back"}


def show(standing: Standing, jobs: Sequence[Job] = (), kept: Sequence[Job] = ()) -> str:
    """Where a member stands; `jobs` are on the way, `kept` wait to be fetched."""
    lines = [
        balance(standing, [job for job in (*kept, *jobs) if not job.free]),
        _source(standing.rule),
        _shared(standing),
        _on_the_way(standing),
        counts_still(standing.mine.stopped),
    ]
    return "\n".join(line for line in lines if line)


def balance(standing: Standing, charged: Sequence[Job] = ()) -> str:
    """What a member may spend; `charged` are the jobs that credits are on hold for."""
    lines = [_shut(standing), _window(standing), _extras(standing, charged)]
    return "\n".join(line for line in lines if line)


def _shut(standing: Standing) -> str:
    """What stops every order, whatever credits there are."""
    block, pause = standing.block, standing.settings.pause
    if standing.barred:
        return refusals.sentence(standing.barred)
    if block:
        return refusals.sentence(Blocked(block.until, block.reason))
    if pause:
        return joined("Videos are paused here at the moment.", reason_given(pause.reason))
    return ""


def _window(standing: Standing) -> str:
    limit = standing.rule.limit
    if limit.credits is None:
        return "Credits: unlimited"
    if limit.credits == 0:
        return "Credits: none"
    left = f"Credits: {standing.left:,} of {limit.credits:,} left {WINDOWS[limit.per]}"
    back = f"back to {limit.credits:,} {moment(standing.window.end)}"
    return f"{left} · {back}"


def _extras(standing: Standing, jobs: Sequence[Job]) -> str:
    parts = [_bonus(bonus) for bonus in standing.bonuses[:BONUSES_SHOWN]]
    rest = sum(bonus.left for bonus in standing.bonuses[BONUSES_SHOWN:])
    if rest:
        parts.append(f"and {rest:,} more that last longer")
    if standing.held:
        parts.append(_held(standing.held, jobs))
    return " · ".join(parts)


def _bonus(bonus: Bonus) -> str:
    if bonus.expires_at is None:
        return f"Bonus: {bonus.left:,}"
    return f"Bonus: {bonus.left:,}, until {moment(bonus.expires_at, 'D')}"


def _held(count: int, jobs: Sequence[Job]) -> str:
    """The credits on hold, and for which videos."""
    if not jobs:
        return f"On hold: {count:,}"
    codes, more = ", ".join(job.code for job in jobs[:CODES_SHOWN]), len(jobs) - CODES_SHOWN
    if more > 0:
        return f"On hold: {count:,} ({codes}, and {more:,} more)"
    return f"On hold: {count:,} ({codes})"


def _shared(standing: Standing) -> str:
    """What all share, where that is less than the member's own."""
    pot, own = standing.shared, standing.own
    if pot is None or pot.left is None or (own is not None and own <= pot.left):
        return ""
    if not pot.limit.credits:
        return credit_refusals.NONE_TO_SPEND[pot.whose]
    left = credit_refusals.left_of(pot.whose, pot.left)
    return joined(left, credit_refusals.more_come(pot.window.end))


def _on_the_way(standing: Standing) -> str:
    most, mine = standing.bounds, standing.mine
    counts = (
        (mine.made, "{:,} running"),
        (mine.waiting, "{:,} waiting"),
    )
    found = ", ".join(said.format(count) for count, said in counts if count)
    count, at_once = f"{mine.taken:,}", f"{most.member_running:,}"
    allowed = counted(most.member_running + most.member_waiting, "video")
    if found:
        return f"On the way: {count} of {allowed} ({found}), {at_once} at a time"
    return f"On the way: {count} of {allowed}, {at_once} at a time"


def _source(rule: Rule) -> str:
    """Whose rule the member's limit is, and for how long it counts."""
    limit = per_window(rule.limit)
    comes = {
        "user": f"Your limit comes from a rule of your own ({limit}).",
        "role": f"Your limit comes from the role <@&{rule.subject_id}> ({limit}).",
        "default": f"Your limit comes from this server's default ({limit}).",
        "operator": f"Your limit comes from the bot's own default ({limit}).",
    }[rule.scope]
    ends = "" if rule.until is None else f"It counts until {moment(rule.until, 'D')}."
    return joined(comes, ends)


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
    gift, because = _gift(line), why(line.cause, line.reason, REASON_SHOWN)
    if because:
        yield f"{gift}: {because} · {moment(line.at)}"
    else:
        yield f"{gift} · {moment(line.at)}"


def _gift(line: Line) -> str:
    granted = f"+{line.credits:,} bonus"
    if line.until is not None:
        granted = f"+{line.credits:,} bonus until {moment(line.until, 'D')}"
    return {
        "grant": granted,
        "revoke": f"{counted(line.credits, 'bonus credit')} taken back",
        "reset": "full credits again for everyone" if line.everyone else "full credits again",
        "restore": (
            "full credits again for everyone, taken back"
            if line.everyone
            else "full credits again, taken back"
        ),
    }[line.kind]
