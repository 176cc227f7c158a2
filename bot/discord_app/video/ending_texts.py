"""How jobs end whose clip is not posted: why, and what it has cost."""

from __future__ import annotations

from bot.clock import Instant
from bot.core.jobs.errors import FailReason
from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState
from bot.discord_app.text import picture_texts
from bot.discord_app.text.wording import are_back, by_number, credits_, is_free, joined, moment

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

OF_PICTURES = {
    *OF_SIZE,
    FailReason.NOT_A_PICTURE,
    FailReason.PICTURE_EMPTY,
    FailReason.PICTURE_BLANK,
    FailReason.PICTURE_TOO_COSTLY,
    FailReason.PICTURE_GONE,
}
"""What is said of one picture of an order, which may have two."""


def ending(job: Job, now: Instant) -> str:
    """How a job has ended whose clip is not posted, and what became of its credits."""
    return {
        "failed": _failed,
        "cancelled": _cancelled,
        "expired": _failed,
        "unsure": _unsure,
        "kept": _kept,
        "fetched": _fetched,
        "gone": _gone,
        "swept": _failed,
    }[job.face](job, now)


def _failed(job: Job, _now: Instant) -> str:
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


def _cancelled(job: Job, _now: Instant) -> str:
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


def _unsure(job: Job, _now: Instant) -> str:
    said = "I lost contact while handing this over, so I did not send it twice."
    return joined(said, are_back(job.recipe.credits))


def _kept(job: Job, now: Instant) -> str:
    unseen = job.reason is FailReason.POST_UNSEEN
    return joined(
        "I may have posted it already. I am no longer allowed to read here and see that, so I do "
        "not post it again."
        if unseen
        else "I could not post it here or send it to you.",
        f"Until {_fetch_end(job, now)} you can get it here, or by `/jobs list` in our direct "
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


def _fetched(job: Job, now: Instant) -> str:
    return joined("You have it.", used(job), again_for_free(job, now))


def _gone(job: Job, _now: Instant) -> str:
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
