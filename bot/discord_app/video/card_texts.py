"""What job cards, result messages and lists of jobs say."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import Instant
from bot.core.jobs.errors import FailReason
from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState
from bot.core.jobs.turns import Place
from bot.core.orders.prompting import better
from bot.core.rules.quota import Standing
from bot.discord_app.text import clip_texts, picture_texts
from bot.discord_app.text.wording import (
    WINDOWS,
    are_back,
    block_quote,
    by_number,
    credits_,
    is_free,
    joined,
    jump,
    lines,
    moment,
    quote,
)

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

REASONS = {
    FailReason.PROMPT_REFUSED: "The service refused this prompt.",
    FailReason.PICTURE_UNUSABLE: "The service could not use the picture.",
    FailReason.SERVICE_PROBLEM: "The service had a problem.",
    FailReason.MODEL_REFUSED: (
        "The service does not take this model, or one of its settings, at the moment."
        " Another preset or `model` may work; my operator's log says what to change."
    ),
    FailReason.TOOK_TOO_LONG: "It took more than 24 hours.",
    FailReason.RESULT_GONE: "The finished video could not be fetched from the service.",
    FailReason.RESULT_UNUSABLE: "The service sent a file that is not a playable video.",
    FailReason.RESULT_TOO_LARGE: "The video came out larger than I can handle.",
    FailReason.CANNOT_POST: ("I could not post the video, and it was not fetched while I kept it."),
    FailReason.POST_UNSEEN: (
        "I could not see whether the video was posted, and it was not fetched while I kept it."
    ),
    FailReason.SOURCE_GONE: "The video that it was to begin with is no longer there.",
    FailReason.TOO_LONG_TOGETHER: (
        "The video that it was to go on from is too long, or its picture too large, for both"
        " together to be made one."
    ),
    FailReason.CLIP_LOST: "I have lost the file of the video.",
    FailReason.NOT_A_PICTURE: picture_texts.UNREADABLE,
    FailReason.PICTURE_EMPTY: picture_texts.EMPTY,
    FailReason.PICTURE_BLANK: (
        "The picture, as it would be used, is of one colour, so nothing in it could move."
    ),
    FailReason.PICTURE_TOO_COSTLY: (
        "The picture takes too much time or memory to open."
        " Saved again as a plain JPEG, it may work."
    ),
    FailReason.PICTURE_GONE: "The picture could no longer be fetched from Discord.",
}

OF_SIZE = {
    FailReason.PICTURE_TOO_LARGE: picture_texts.too_large,
    FailReason.PICTURE_TOO_SMALL: picture_texts.too_small,
}

MINUTE = 60
STARTS_AT_ONCE = 15.0
"""Seconds that nobody need be told of who is to wait so long."""
UNDER_WAY = frozenset({"preparing", "waiting", "rendering"})
TIP_MOST = 200
OF_PICTURES = {
    *OF_SIZE,
    FailReason.NOT_A_PICTURE,
    FailReason.PICTURE_EMPTY,
    FailReason.PICTURE_BLANK,
    FailReason.PICTURE_TOO_COSTLY,
    FailReason.PICTURE_GONE,
}
"""What is said of one picture of an order, which may have two."""

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
        return f"{head}\n{used(job)}"
    if job.state is JobState.DELIVERED:
        return f"{head}\n{where(job)}"
    body = {
        "preparing": _preparing,
        "waiting": _waiting,
        "rendering": _rendering,
        "overdue": _overdue,
        "stalled": _stalled,
        "failed": _failed,
        "cancelled": _cancelled,
        "expired": _failed,
        "unsure": _unsure,
        "kept": _kept,
        "fetched": _fetched,
        "gone": _gone,
        "swept": _failed,
    }[job.face](job, facts)
    return lines(head, block_quote(job.recipe.own_words), body, _tip(job))


def _tip(job: Job) -> str:
    """How the prompt would gain, small, while the video is on its way."""
    gains = job.tip and job.face in UNDER_WAY and better(job.recipe.own_words)
    if not gains:
        return ""
    return f"-# Tip: a prompt gains by motion. *Edit* will offer it: {quote(gains, TIP_MOST)}"


def ended(job: Job, now: Instant) -> str:
    """How a job ended without a clip, in a message of its own."""
    body = _unsure if job.state is JobState.UNSURE else _failed
    head = HEADS[job.face].format(code=job.code)
    return lines(f"<@{job.user_id}> {head}", body(job, Facts(now=now)))


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


def _failed(job: Job, _facts: Facts) -> str:
    expired = job.state is JobState.EXPIRED
    reason = FailReason.TOOK_TOO_LONG if expired else job.reason
    return joined(_why(job, reason or FailReason.SERVICE_PROBLEM), are_back(job.recipe.credits))


def _why(job: Job, reason: FailReason) -> str:
    if reason not in OF_PICTURES:
        return REASONS[reason]
    which = "last_frame" if job.last_at_fault else "image"
    said = REASONS.get(reason, "")
    if reason in OF_SIZE:
        said = OF_SIZE[reason](job.picture_width or 0, job.picture_height or 0)
    return picture_texts.of(which if job.recipe.last_frame else "", said)


def _cancelled(job: Job, _facts: Facts) -> str:
    count = job.recipe.credits
    if job.submitted_at is None:
        return joined("Cancelled before it started.", are_back(count))
    if job.free:
        return joined("The service was already working on it.", is_free(count))
    return by_number(
        count,
        "The service was already working on it, so the 1 credit stays used.",
        f"The service was already working on it, so the {count:,} credits stay used.",
    )


def _unsure(job: Job, _facts: Facts) -> str:
    said = "I lost contact while handing this over, so I did not send it twice."
    return joined(said, are_back(job.recipe.credits))


def _kept(job: Job, facts: Facts) -> str:
    unseen = job.reason is FailReason.POST_UNSEEN
    return joined(
        "I may have posted it already. I am no longer allowed to read here and see that, so I do "
        "not post it again."
        if unseen
        else "I could not post it here or send it to you.",
        f"Until {_fetch_end(job, facts.now)} you can get it here, or by `/jobs list` in our direct "
        "messages.",
        _on_hold(job),
    )


def _on_hold(job: Job) -> str:
    """What a clip that is kept costs its member."""
    count = job.recipe.credits
    if job.free:
        return is_free(count)
    return by_number(
        count,
        "Your 1 credit is on hold until then: used if you get it, back if you do not.",
        f"Your {count:,} credits are on hold until then: used if you get it, back if you do not.",
    )


def _fetched(job: Job, facts: Facts) -> str:
    return joined("You have it.", used(job), again_for_free(job, facts.now))


def _gone(job: Job, _facts: Facts) -> str:
    return joined("I no longer have it.", used(job))


def lingers(job: Job) -> str:
    """What an ended video still counts as; nothing where the service is done with it."""
    counts = "It counts as on the way until the service is done with it."
    return counts if job.lingers else ""


def used(job: Job) -> str:
    """What a clip has cost that its member has had."""
    return "It cost nothing." if job.free else f"It cost {credits_(job.recipe.credits)}."


def again_for_free(job: Job, now: Instant) -> str:
    """How long a clip that no channel took can be fetched again; nothing once it cannot."""
    if not job.can_be_fetched:
        return ""
    return f"Until {_fetch_end(job, now)} you can get it again for free."


def _fetch_end(job: Job, now: Instant) -> str:
    return moment(now.shown(job.due_at or now.steady), "f")
