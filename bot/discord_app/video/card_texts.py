"""What job cards say, above all of jobs on their way."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import Instant
from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState
from bot.core.jobs.turns import Place
from bot.core.orders.prompting import better
from bot.core.rules.quota import Standing
from bot.discord_app.text import clip_texts
from bot.discord_app.text.wording import (
    WINDOWS,
    block_quote,
    by_number,
    credits_,
    joined,
    jump,
    lines,
    moment,
    quote,
)
from bot.discord_app.video import ending_texts

HEADS = {
    "preparing": "🎬 Video {code} · preparing",
    "waiting": "🎬 Video {code} · waiting",
    "rendering": "🎬 Video {code} · rendering",
    "overdue": "🎬 Video {code} · taking longer than usual",
    "stalled": "🎬 Video {code} · finished, waiting for its file",
    "delivered": "✅ Video {code} · ready",
    "failed": "❌ Video {code} · not made",
    "cancelled": "⏹️ Video {code} · cancelled",
    "expired": "❌ Video {code} · not made",
    "unsure": "⚠️ Video {code} · lost contact",
    "kept": "📦 Video {code} · kept for you",
    "fetched": "✅ Video {code} · fetched",
    "gone": "📦 Video {code} · no longer kept",
    "swept": "❌ Video {code} · not fetched",
    "deleted": "🗑️ Video {code} · deleted",
}

MINUTE = 60
STARTS_AT_ONCE = 15.0
"""Seconds that nobody need be told of who is to wait so long."""
UNDER_WAY = frozenset({"preparing", "waiting", "rendering"})
TIP_MOST = 200
WAITS_FOR = {
    "member": "Starts when the service is done with another video of yours",
    "server": "Starts when the service is done with another video of this server",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a card needs besides its job.

    `now` is this moment, for what the card says of times. `place` is the place in line, if waiting,
    `ready_at` when the clip is usually ready, if rendering (the steady clock's);
    `standing` the member's standing as the order was taken, if this is that moment; `paused` says
    that the provider takes nothing of ours for now.
    """

    now: Instant
    place: Place | None = None
    ready_at: float | None = None
    standing: Standing | None = None
    paused: bool = False


def card(job: Job, facts: Facts) -> str:
    """The whole text of a job's card."""
    head = HEADS[job.face].format(code=job.code)
    if job.deleted:  # perhaps for the words of its prompt
        return f"{head}\n{ending_texts.used(job)}"
    if job.state is JobState.DELIVERED:
        return f"{head}\n{where(job)}"
    on_its_way = {
        "preparing": _preparing,
        "waiting": _waiting,
        "rendering": _rendering,
        "overdue": _overdue,
        "stalled": _stalled,
    }.get(job.face)
    body = on_its_way(job, facts) if on_its_way else ending_texts.ending(job, facts.now)
    return lines(head, block_quote(job.recipe.own_words), body, _tip(job))


def _tip(job: Job) -> str:
    """How the prompt would gain, small, while the video is on its way."""
    gains = job.tip and job.face in UNDER_WAY and better(job.recipe.own_words)
    if not gains:
        return ""
    return f"-# Tip: a prompt gains by motion. *Edit* will offer it: {quote(gains, TIP_MOST)}"


def ended(job: Job, now: Instant) -> str:
    """How a job ended without a clip, in a message of its own."""
    head = HEADS[job.face].format(code=job.code)
    return lines(f"<@{job.user_id}> {head}", ending_texts.ending(job, now))


def where(job: Job) -> str:
    """Where a delivered clip is."""
    if job.result_message_id is None:
        return ""
    if job.result_channel_id != job.channel_id:
        return f"Sent to <@{job.user_id}> by direct message."
    return jump(job.guild_id, job.channel_id, job.result_message_id)


def _order(job: Job, standing: Standing | None) -> str:
    """The settings and the price, in one line."""
    recipe = job.recipe
    model = [quote(recipe.model, 60)] if recipe.other_model else []
    shape = [quote(job.shape)] if job.shape else []
    parts = [quote(recipe.preset), *model, *shape]
    parts += [*clip_texts.made(recipe), _price(recipe.credits, standing)]
    return " · ".join(parts)


def _price(credits_used: int, standing: Standing | None) -> str:
    price = credits_(credits_used)
    if standing is None or standing.left is None:
        return price
    window = WINDOWS[standing.rule.limit.per]
    if standing.bonus:
        return f"{price} ({standing.left:,} + {standing.bonus:,} bonus left {window})"
    return f"{price} ({standing.left:,} left {window})"


def _preparing(job: Job, facts: Facts) -> str:
    return f"{_order(job, facts.standing)}\nGetting your picture ready."


def _waiting(job: Job, facts: Facts) -> str:
    return f"{_order(job, facts.standing)}{_cut(job)}\n{_turn(facts)}"


def _turn(facts: Facts) -> str:
    if facts.paused:
        return "The video service takes nothing from me right now. This order keeps its place."
    place = facts.place or Place(1)
    starts = _starts(place, facts.now)
    if place.waits_for:
        line = f"place {place.number:,} in line" if place.number > 1 else ""
        usually = f"usually {starts}" if starts else ""
        return " · ".join(part for part in (WAITS_FOR[place.waits_for], line, usually) if part)
    line = f"Place {place.number:,} in line" if place.number > 1 else "Next in line"
    return f"{line} · usually starts {starts}" if starts else line


def _starts(place: Place, now: Instant) -> str:
    """When it usually starts, to the next minute; nothing if that is at once, or not known."""
    if place.starts_at is None or place.starts_at <= now.steady + STARTS_AT_ONCE:
        return ""
    return moment(-(-now.shown(place.starts_at) // MINUTE) * MINUTE)


def _cut(job: Job) -> str:
    if not job.picture_cut:
        return ""
    shape = quote(job.shape)
    return f"\nCut to {shape}. Choose `frame: Fit with bars` to keep all of it."


def _rendering(job: Job, facts: Facts) -> str:
    head = f"{_order(job, None)}{_cut(job)}"
    if job.state is not JobState.SUBMITTED or job.submitted_at is None:
        return f"{head}\nFinished; posting it now."
    return f"{head}\n{_forecast(job, job.submitted_at, facts)}"


def _forecast(job: Job, submitted_at: float, facts: Facts) -> str:
    """When it began, and when it is usually and nearly always ready, if that is still ahead."""
    now = facts.now
    usual = facts.ready_at if facts.ready_at and facts.ready_at > now.steady else None
    late = job.deadline_at if job.deadline_at and job.deadline_at > now.steady else None
    ready = f"usually ready {moment(now.shown(usual))}" if usual else "ready any moment"
    surely = f", nearly always by {moment(now.shown(late), 't')}" if late else ""
    return f"Started {moment(now.shown(submitted_at))} · {ready}{surely}"


def _overdue(job: Job, facts: Facts) -> str:
    keeps_on = "I keep checking and will post it here."
    if job.expires_at is not None:
        until = moment(facts.now.shown(job.expires_at), "f")
        keeps_on = f"I keep checking until {until} and will post it here."
    return joined("Taking longer than usual.", keeps_on, _if_it_never_comes(job))


def _stalled(job: Job, _facts: Facts) -> str:
    said = "The service has finished it, but I do not have a playable file yet."
    keeps_on = "I keep trying and will post it here."
    return joined(said, keeps_on, _if_it_never_comes(job))


def _if_it_never_comes(job: Job) -> str:
    if job.free:
        return ""
    return by_number(
        job.recipe.credits,
        "If it never comes, your credit comes back.",
        "If it never comes, your credits come back.",
    )
