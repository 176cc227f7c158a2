"""What the small answers to a job's buttons say."""

from __future__ import annotations

from bot.clock import Instant
from bot.core.jobs.kept import Fetched
from bot.core.jobs.model import Job
from bot.discord_app.text.wording import are_back, by_number, is_free, joined
from bot.discord_app.video.ending_texts import again_for_free, lingers
from bot.discord_app.video.result_texts import MAY_NOT_PLAY

COPY_DELETED = "Your copy is deleted."


def cancelled(job: Job) -> str:
    """After Cancel."""
    return joined(f"Video {job.code} is cancelled.", are_back(job.recipe.credits))


def ask_stop(job: Job) -> str:
    """Before Stop waiting is done."""
    code, count = job.code, job.recipe.credits
    if job.free:
        return joined(f"The service works on {code}.", is_free(count), "Stop anyway?")
    used = by_number(
        count,
        f"The service is already working on {code}, so the 1 credit stays used.",
        f"The service is already working on {code}, so the {count:,} credits stay used.",
    )
    return joined(used, "Stop anyway?")


def stopped(job: Job) -> str:
    """After Stop waiting."""
    code, count = job.code, job.recipe.credits
    if job.free:
        return joined(f"I stopped waiting for video {code}.", is_free(count), lingers(job))
    used = by_number(
        count,
        f"I stopped waiting for video {code}; the 1 credit stays used.",
        f"I stopped waiting for video {code}; the {count:,} credits stay used.",
    )
    return joined(used, lingers(job))


def on_its_way(job: Job) -> str:
    """After an order whose answer had to be promised first."""
    return f"Video {job.code} is on its way; its card is below."


def in_direct_messages(job: Job) -> str:
    """After an order where the bot cannot post later."""
    return (
        f"Video {job.code} is on its way. I cannot post here later, "
        "so its card and the clip come to our direct messages."
    )


def deleted(job: Job) -> str:
    """After Delete."""
    return f"Video {job.code} is deleted."


def fetched(clip: Fetched, now: Instant) -> str:
    """Above the file of a clip that its member alone gets."""
    said = f"Here is video {clip.job.code}. Save it: only you see this, and it goes when you leave."
    return joined(said, "" if clip.plays else MAY_NOT_PLAY, again_for_free(clip.job, now))
