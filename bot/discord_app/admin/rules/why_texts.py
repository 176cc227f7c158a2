"""What `/quota-admin why` says: all that decides about a member's order, and what would help."""

from __future__ import annotations

from collections.abc import Iterable

from bot.clock import Instant
from bot.core.admin.why import Why
from bot.core.rules.errors import NotEnoughCredits, QuotaUsedUp, ServerUsedUp, TooManyOnTheWay
from bot.core.rules.quota import OnTheWay, Pot, Rule, Standing, generosity
from bot.core.rules.server_settings import Channels, ServerSettings
from bot.discord_app.admin.kit.wording import lasting
from bot.discord_app.admin.rules.remedy_texts import remedy
from bot.discord_app.admin.rules.rule_texts import limit_of, not_here
from bot.discord_app.text import refusals
from bot.discord_app.text.wording import (
    WINDOWS,
    credits_,
    dotted,
    listed,
    moment,
    per_window,
    quote,
)
from bot.errors import Refusal

ROLES_SHOWN, CHANNELS_SHOWN = 5, 5
NO = "✗"
WORST = 200
"""Characters of the sentence that the member would read."""


def why(found: Why, user_id: int, now: Instant, *, gone: bool) -> str:
    """The whole answer; `gone` if the person is no member of the server."""
    standing = found.standing
    lines = [
        f"<@{user_id}> · {quote(found.preset, 60)} ({credits_(found.cost)})",
        not_here() if gone else "",
        _barred(standing),
        _block(standing),
        *_rules(standing, now.wall),
        _used(found),
        _bonus(standing),
        *_pots(found),
        *_crowds(found),
        _pause(found),
        _closed(standing.settings.channels),
        _not_judged(standing.settings),
        *_result(found, now),
    ]
    return "\n".join(line for line in lines if line)


def _line(name: str, said: str, *, hit: bool = False) -> str:
    return f"**{name}:** {said} {NO}" if hit else f"**{name}:** {said}"


def _hit(found: Why, *kinds: type[Refusal]) -> bool:
    return any(isinstance(refusal, kinds) for refusal in found.refusals)


def _barred(standing: Standing) -> str:
    """What the operator has against it; most have nothing."""
    if standing.barred is None:
        return ""
    return _line("Bot's operator", "does not let them order here", hit=True)


def _block(standing: Standing) -> str:
    block = standing.block
    if block is None:
        return _line("Block", "no")
    return _line("Block", _because(lasting(block.until), block.reason), hit=True)


def _pause(found: Why) -> str:
    pause = found.standing.settings.pause
    if pause is None:
        closed = "the video service takes no orders of the bot; its operator can see why"
        return _line("Pause", closed if found.service_closed else "no", hit=found.service_closed)
    return _line("Pause", _because("videos are paused", pause.reason), hit=True)


def _because(said: str, reason: str) -> str:
    """A state, and the reason that was given for it."""
    return f"{said}, reason: {quote(reason, 100)}" if reason else said


def _rules(standing: Standing, now: float) -> Iterable[str]:
    """Every rule that concerns the member; one of them applies."""
    names = {
        "user": "Personal rule",
        "role": "Roles",
        "default": "Server default",
        "operator": "Bot's own default",
    }
    for scope, name in names.items():
        rules = sorted(
            (rule for rule in standing.rules if rule.scope == scope),
            key=lambda rule: -generosity(rule.limit),
        )
        said = [_rule(rule, now, applies=rule == standing.rule) for rule in rules[:ROLES_SHOWN]]
        more = len(rules) - len(said)
        none = "no rule for their roles" if scope == "role" else "no rule"
        yield _line(name, dotted(*said, f"{more} more" if more else "") or none)


def _rule(rule: Rule, now: float, *, applies: bool) -> str:
    limit = limit_of(rule, now)
    said = f"<@&{rule.subject_id}> {limit}" if rule.scope == "role" else limit
    return f"{said} ← applies" if applies else said


def _used(found: Why) -> str:
    standing = found.standing
    limit, held = standing.rule.limit, standing.held
    name = f"Used {WINDOWS[limit.per]}"
    if limit.credits is None:
        return _line(name, f"{standing.used:,}, on hold {held:,} → unlimited")
    hit = _hit(found, QuotaUsedUp, NotEnoughCredits)
    left = f"{standing.used:,} of {limit.credits:,}, on hold {held:,} → {standing.left:,} left"
    said = f"{left}, anew {moment(standing.window.end)}" if limit.credits else left
    return _line(name, said, hit=hit)


def _bonus(standing: Standing) -> str:
    own = "unlimited" if standing.own is None else f"{standing.own:,}"
    return _line("Bonus", f"{standing.bonus:,} → {own} spendable")


def _pots(found: Why) -> Iterable[str]:
    """What all share; a cap that only warns stops nobody."""
    standing, cap = found.standing, found.standing.settings.cap
    short = {r.whose for r in found.refusals if isinstance(r, ServerUsedUp)}
    if standing.cap is None or cap is None:
        yield _line("Server cap", "unlimited")
    else:
        left = _pot(standing.cap)
        said = left if cap.stops else f"{left}, stops nobody"
        yield _line("Server cap", said, hit="server" in short)
    if standing.allowance is not None:
        yield _line("Bot's cap of each server", _pot(standing.allowance), hit="allowance" in short)
    if standing.ceiling is not None:
        yield _line("Cap of all servers", _pot(standing.ceiling), hit="everywhere" in short)


def _pot(pot: Pot) -> str:
    if not pot.limit.credits:
        return per_window(pot.limit)
    when = WINDOWS[pot.limit.per]
    return f"{pot.left:,} of {pot.limit.credits:,} left {when}, anew {moment(pot.window.end)}"


def _crowds(found: Why) -> Iterable[str]:
    """What is on the way; a video that may not run yet waits, so only both together refuse."""
    standing, most = found.standing, found.standing.bounds
    full = {r.whose for r in found.refusals if isinstance(r, TooManyOnTheWay)}
    yield _line(
        "Running",
        f"{_running(standing.mine, most.member_running)}, "
        f"waiting {standing.mine.waiting:,} of {most.member_waiting:,}",
        hit="member" in full,
    )
    yield _line(
        "Whole server",
        f"running {_running(standing.server, most.server_running)}, "
        f"waiting {standing.server.waiting:,} of {most.server_waiting:,}",
        hit="server" in full,
    )
    if "everybody" in full:
        waiting = f"{standing.everywhere_waiting:,} of {most.everywhere_waiting:,} waiting"
        yield _line("All servers", waiting, hit=True)


def _running(there: OnTheWay, most: int) -> str:
    over = f" ({there.stopped:,} stopped or out of contact)" if there.stopped else ""
    return f"{there.running:,} of {most:,}{over}"


def _not_judged(its: ServerSettings) -> str:
    """An order is made in some channel and with some words, which nobody knows here."""
    unknown = [_words(its)] if its.channels.closed else [_where(its.channels), _words(its)]
    return f"Not judged here: {', '.join(unknown)}."


def _closed(channels: Channels) -> str:
    return _line("Channels", "none is open", hit=True) if channels.closed else ""


def _where(channels: Channels) -> str:
    if not channels.ids:
        return "the channel (all are open)"
    shown = tuple(f"<#{channel_id}>" for channel_id in channels.ids[:CHANNELS_SHOWN])
    more = len(channels.ids) - len(shown)
    names = listed((*shown, f"{more} more") if more else shown)
    return (
        f"the channel (only {names})" if channels.only_listed else f"the channel (all but {names})"
    )


def _words(its: ServerSettings) -> str:
    count = len(its.words.words)
    return f"the words of the prompt ({count:,} on the list)"


def _result(found: Why, now: Instant) -> list[str]:
    if not found.refusals:
        return [_line("Result", "accepted.")]
    worst = refusals.sentence(found.refusals[0])
    needs = [f"- {remedy(refusal, found, now)}" for refusal in found.refusals]
    return [_line("Result", f"refused. They would read: {worst[:WORST]}"), "For a yes:", *needs]
