"""What `/quota-admin why` says: all that decides about a member's order, and what would help."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch

from bot.core.admin.why import Why
from bot.core.jobs.model import Job
from bot.core.orders.errors import OptionNotOffered
from bot.core.rules.errors import (
    Blocked,
    ChannelOff,
    NotEnoughCredits,
    Paused,
    QuotaUsedUp,
    ServerUsedUp,
    TooManyOnTheWay,
)
from bot.core.rules.quota import (
    Pot,
    Rule,
    Standing,
    generosity,
)
from bot.core.rules.server_settings import Channels, ServerSettings
from bot.discord_app.admin.kit.wording import lasting
from bot.discord_app.admin.rules.rule_texts import limit_of, not_here
from bot.discord_app.text import refusals
from bot.discord_app.text.wording import (
    WINDOWS,
    credits_,
    fit,
    joined,
    listed,
    moment,
    per_window,
    quote,
)
from bot.errors import Refusal

ROLES_SHOWN, CHANNELS_SHOWN, CODES_SHOWN = 5, 5, 5
NO = "✗"
WORST = 200
"""Characters of the sentence that the member would read."""


def why(found: Why, user_id: int, now: float, *, gone: bool) -> str:
    """The whole answer; `gone` if the person is no member of the server."""
    standing = found.standing
    lines = [
        f"<@{user_id}> · {quote(found.preset, 60)} ({credits_(found.cost)})",
        not_here() if gone else "",
        _block(standing),
        *_rules(standing, now),
        _used(found),
        _bonus(standing),
        *_pots(found),
        *_crowds(found),
        _pause(found),
        _closed(standing.settings.channels),
        _not_judged(standing.settings),
        *_result(found, now),
    ]
    return fit("\n".join(line for line in lines if line))


def _line(name: str, said: str, *, hit: bool = False) -> str:
    return f"**{name}:** {said}{f' {NO}' if hit else ''}"


def _hit(found: Why, *kinds: type[Refusal]) -> bool:
    return any(isinstance(refusal, kinds) for refusal in found.refusals)


def _block(standing: Standing) -> str:
    block = standing.block
    if block is None:
        return _line("Block", "none")
    return _line("Block", _because(lasting(block.until), block.reason), hit=True)


def _pause(found: Why) -> str:
    pause = found.standing.settings.pause
    if pause is None:
        closed = "the video service takes no orders of the bot; its operator can see why"
        return _line("Pause", closed if found.service_closed else "none", hit=found.service_closed)
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
        yield _line(name, " · ".join([*said, f"{more} more"] if more else said) or "none")


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
    refused = [r for r in found.refusals if isinstance(r, ServerUsedUp)]
    if standing.cap is None or cap is None:
        yield _line("Server cap", "none")
    else:
        left = _pot(standing.cap)
        hit = any(not refusal.everywhere for refusal in refused)
        yield _line("Server cap", left if cap.stops else f"{left}, stops nobody", hit=hit)
    if standing.ceiling is not None:
        hit = any(refusal.everywhere for refusal in refused)
        yield _line("Cap of all servers", _pot(standing.ceiling), hit=hit)


def _pot(pot: Pot) -> str:
    if pot.left is None:
        return "unlimited"
    when = WINDOWS[pot.limit.per]
    return f"{pot.left:,} of {pot.limit.credits:,} left {when}, anew {moment(pot.window.end)}"


def _crowds(found: Why) -> Iterable[str]:
    """What is on the way; a video that may not run yet waits, so only both together refuse."""
    standing, most = found.standing, found.standing.bounds
    full = {r.whose for r in found.refusals if isinstance(r, TooManyOnTheWay)}
    yield _line(
        "Running",
        f"{standing.mine.running:,} of {most.member_running:,}, "
        f"waiting {standing.mine.waiting:,} of {most.member_waiting:,}",
        hit="member" in full,
    )
    yield _line(
        "Whole server",
        f"running {standing.server.running:,} of {most.server_running:,}, "
        f"waiting {standing.server.waiting:,} of {most.server_waiting:,}",
        hit="server" in full,
    )
    if "everybody" in full:
        waiting = f"{standing.everywhere_waiting:,} of {most.everywhere_waiting:,} waiting"
        yield _line("All servers", waiting, hit=True)


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


def _result(found: Why, now: float) -> list[str]:
    if not found.refusals:
        return [_line("Result", "accepted.")]
    worst = refusals.sentence(found.refusals[0])
    needs = [f"- {_remedy(refusal, found, now)}" for refusal in found.refusals]
    return [_line("Result", f"refused. They would read: {worst[:WORST]}"), "For a yes:", *needs]


@singledispatch
def _remedy(refusal: Refusal, _found: Why, _now: float) -> str:
    """What would have to change so that this refusal goes."""
    return refusals.sentence(refusal)


@_remedy.register
def _(refusal: Blocked, _found: Why, _now: float) -> str:
    if refusal.until is None:
        return "`/quota-admin unblock` lifts the block."
    return f"`/quota-admin unblock` lifts the block; it ends {moment(refusal.until)}."


@_remedy.register
def _(_refusal: Paused, _found: Why, _now: float) -> str:
    return "`/video-admin resume` ends the pause."


@_remedy.register
def _(_refusal: ChannelOff, _found: Why, _now: float) -> str:
    return "`/video-admin channels` opens some, or all."


@_remedy.register
def _(_refusal: OptionNotOffered, found: Why, _now: float) -> str:
    return f"`/video-admin presets` switches {quote(found.preset, 60)} on."


@_remedy.register
def _(refusal: TooManyOnTheWay, found: Why, now: float) -> str:
    if refusal.whose == "everybody":
        return "The line of the whole bot must get shorter; its operator sets how long it may be."
    if refusal.whose == "server":
        return "One of the server's videos must end; `/quota-admin cap` shows how many may be."
    return joined(_must_end(found.on_the_way, now), "`/quota-admin cap` can allow more.")


def _must_end(jobs: tuple[Job, ...], now: float) -> str:
    if not jobs:
        return "The service must be done with what they stopped."
    running = [job for job in jobs if job.submitted_at is not None]
    if running:
        first = min(running, key=_usual_end)
        at = _usual_end(first)
        if at > now:
            return f"Video {first.code} must end (usually {moment(at)})."
        return f"Video {first.code} must end (any moment)."
    return f"One of {listed(tuple(job.code for job in jobs[:CODES_SHOWN]), 'or')} must end."


def _usual_end(job: Job) -> float:
    return (job.submitted_at or job.created_at) + (job.eta or job.recipe.seconds)


@_remedy.register
def _(refusal: QuotaUsedUp, found: Why, _now: float) -> str:
    said = _comes(found) if refusal.limit else "Their limit is none."
    return joined(said, _more_credits(found))


@_remedy.register
def _(refusal: NotEnoughCredits, found: Why, _now: float) -> str:
    need = f"They have {refusal.left:,} of the {credits_(refusal.cost)}."
    return joined(need, _comes(found), _more_credits(found))


def _comes(found: Why) -> str:
    """When the window alone would do; never, where the limit is below the price."""
    limit = found.standing.rule.limit
    if limit.credits is not None and limit.credits < found.cost:
        return f"Their limit of {per_window(limit)} never pays for it."
    return f"More come {moment(found.standing.window.end)}."


def _more_credits(found: Why) -> str:
    """The commands that would help: a reset if the limit is enough, a role if it would apply."""
    rule = found.standing.rule
    enough = rule.limit.credits is not None and rule.limit.credits >= found.cost
    reset = ("`reset`",) if enough else ()
    role = () if rule.scope == "user" else ("`role`",)
    commands = listed(("`/quota-admin grant`", *reset, "`user`", *role))
    return f"{commands} give more."


@_remedy.register
def _(refusal: ServerUsedUp, _found: Why, _now: float) -> str:
    when = moment(refusal.resets_at)
    if refusal.everywhere:
        return (
            f"The bot's credits for all servers are used up: more come {when}. "
            "Its operator sets them."
        )
    return (
        f"The server's credits are used up: more come {when}, or `/quota-admin cap` raises the cap."
    )
