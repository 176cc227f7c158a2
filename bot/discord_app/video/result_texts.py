"""What is said of a clip once it is there, and of a job in a list."""

from __future__ import annotations

from bot.core.jobs.model import Job
from bot.core.jobs.ports import Fitted, Link
from bot.core.jobs.states import JobState
from bot.discord_app.text import clip_texts
from bot.discord_app.text.wording import (
    block_quote,
    credits_,
    dotted,
    duration,
    is_free,
    joined,
    jump,
    lines,
    megabytes,
    moment,
    quote,
)
from bot.discord_app.video import card_texts, ending_texts
from bot.discord_app.video.card_texts import Facts

LIST_QUOTE = 45
ALONE = "The two could not be joined, so this is the new part alone."
MAY_NOT_PLAY = "It may not play in every app; download it to watch."

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
    "deleted": "deleted",
}
LINGERING = {
    "cancelled": "stopped, still at the service",
    "unsure": "lost contact, perhaps still at the service",
}
"""What has ended, but counts as on the way until the service is done with it."""


def result(job: Job, clip: Fitted | Link) -> str:
    """The text of a finished clip; names the model that ran and what the clip cost."""
    recipe = job.recipe
    parts = [*_made_with(job), *_run(job), credits_(recipe.credits), "AI-generated"]
    how = _link_to(job, clip) if isinstance(clip, Link) else _file(clip)
    said = joined(f"<@{job.user_id}> your video is ready.", ALONE if job.alone else "", how)
    if job.free:
        said = joined(said, "It came late after all.", is_free(recipe.credits))
    return lines(said, block_quote(recipe.own_words), dotted(*parts))


def copy(job: Job) -> str:
    """The text above the copy of a posted clip that goes to one person alone."""
    said = f"Your copy of video {job.code}: {_link(job)}"
    return lines(said, block_quote(job.recipe.own_words), dotted(*_made_with(job), "AI-generated"))


def _made_with(job: Job) -> list[str]:
    """The preset, and the model that ran."""
    return [quote(job.recipe.preset), quote(job.model_ran or job.recipe.model, 60)]


def _file(clip: Fitted) -> str:
    smaller = f"The original was {megabytes(clip.original or 0)}; made smaller to fit."
    return joined(smaller if clip.original else "", "" if clip.plays else MAY_NOT_PLAY)


def _link_to(job: Job, link: Link) -> str:
    """Where the clip can be watched. Only our own link is shown as a video."""
    url = link.url if link.ours else f"<{link.url}>"
    shown = f"||{url} ||" if job.recipe.spoiler else url
    until = "for a while" if link.until is None else f"until {moment(link.until, 'D')}"
    size, limit = megabytes(link.size), megabytes(link.limit)
    return f"The file is {size}; Discord takes {limit} here. Watch: {shown} ({until})."


def _run(job: Job) -> list[str]:
    """The seed, how long the clip is, and how long it took, as far as they are known."""
    parts = [] if job.seed is None else [f"seed {job.seed}"]
    if job.recipe.length is not None:
        parts.append(f"{clip_texts.seconds(job.whole)} long")
    if job.made_in is not None:
        parts.append(f"made in {duration(job.made_in)}")
    return parts


def shown(job: Job, facts: Facts) -> str:
    """A job's card for its member alone, who reads with which settings a ready clip was made."""
    if job.state is not JobState.DELIVERED:
        return lines(card_texts.card(job, facts), ending_texts.lingers(job))
    head = card_texts.HEADS[job.face].format(code=job.code)
    body = ending_texts.used(job) if job.deleted else _link(job)
    return lines(head, block_quote(job.recipe.own_words), _settings(job), body)


def _settings(job: Job) -> str:
    """Everything that a clip was made with."""
    recipe = job.recipe
    size = f" ({recipe.width}×{recipe.height})" if recipe.width else ""
    parts = [*_made_with(job), f"{quote(job.shape)}{size}", *clip_texts.made(recipe)]
    if recipe.frames and recipe.fps:
        parts.append(f"{recipe.frames} frames at {recipe.fps} a second")
    if recipe.steps:
        parts.append(f"{recipe.steps} steps")
    if recipe.guidance is not None:
        parts.append(f"guidance {recipe.guidance:g}")
    return dotted(*parts, recipe.format, credits_(recipe.credits), *_run(job))


def list_line(job: Job) -> str:
    """A job in a list, leading to its message; ten of them always fit an embed's description."""
    name = f"[{job.code}]({link})" if (link := _link(job)) else f"**{job.code}**"
    prompt = quote(job.recipe.own_words, LIST_QUOTE)
    return dotted(name, _state(job), moment(job.created_at), prompt)


def _state(job: Job) -> str:
    return (LINGERING if job.lingers else STATES)[job.face]


def _link(job: Job) -> str:
    """Where its member finds the clip, or else the card; nothing where both are gone."""
    if job.post:
        return jump(*job.post)
    if job.card_message_id and not job.card_gone:
        return jump(job.guild_id, job.channel_id, job.card_message_id)
    return ""


def choice(job: Job) -> str:
    """A job as an autocomplete choice, which shows no markup."""
    return dotted(job.code, job.recipe.own_words or STATES[job.face])
