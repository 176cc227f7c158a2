"""What is said of a clip once it is there, and of a job in a list."""

from __future__ import annotations

from bot.core.jobs.model import Job
from bot.discord_app.text.wording import (
    block_quote,
    credits_,
    dotted,
    duration,
    is_free,
    joined,
    jump,
    lines,
    moment,
    quote,
)

LIST_QUOTE = 45

STATES = {
    "preparing": "preparing",
    "waiting": "waiting",
    "rendering": "rendering",
    "overdue": "taking longer than usual",
    "stalled": "finished, waiting for its file",
    "delivered": "ready",
    "failed": "not made",
    "cancelled": "cancelled",
    "expired": "not made",
    "unsure": "lost contact",
    "kept": "kept for you",
    "fetched": "fetched",
    "gone": "no longer kept",
    "swept": "not fetched",
}


def result(job: Job) -> str:
    """The text above a finished clip; names the model that ran and what the clip cost."""
    recipe = job.recipe
    seed = job.seed_ran if job.seed_ran is not None else recipe.seed
    model = quote(job.model_ran or recipe.model, 60)
    parts = [quote(recipe.preset), model, credits_(recipe.credits)]
    if seed is not None:
        parts.append(f"seed {seed}")
    if job.ready_at is not None and job.submitted_at is not None:
        parts.append(f"made in {duration(job.ready_at - job.submitted_at)}")
    parts.append("AI-generated")
    said = f"<@{job.user_id}> your video is ready."
    if job.free:
        said = joined(said, "It came late after all.", is_free(recipe.credits))
    return lines(said, block_quote(recipe.own_words), dotted(*parts))


def job_list(jobs: list[Job]) -> str:
    """A member's newest jobs, one line each; always fits an embed's description."""
    if not jobs:
        return "You have not ordered any videos here yet. Try `/video`."
    return "\n".join(_list_line(job) for job in jobs)


def _list_line(job: Job) -> str:
    message = job.result_message_id or job.card_message_id
    channel = job.result_channel_id or job.channel_id
    name = f"**{job.code}**"
    if message is not None and channel == job.channel_id:
        name = f"[{job.code}]({jump(job.guild_id, channel, message)})"
    prompt = quote(job.recipe.own_words, LIST_QUOTE)
    return dotted(name, STATES[job.face], moment(job.created_at), prompt)


def choice(job: Job) -> str:
    """A job as an autocomplete choice, which shows no markup."""
    return dotted(job.code, job.recipe.own_words or STATES[job.face])
