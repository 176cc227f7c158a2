"""What *More…* says: what else can be made of a clip, and everything there is to know about it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.clock import Instant
from bot.core.jobs import uploads
from bot.core.jobs.making import Making
from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState, S
from bot.core.orders.recipe import Kind
from bot.discord_app.text import clip_texts
from bot.discord_app.text.making_refusals import MADE
from bot.discord_app.text.wording import (
    credits_,
    dotted,
    jump,
    lines,
    megabytes,
    moment,
    quote,
)

SEND, DETAILS = "Send to me", "Details"
MAKE = {
    Making.GIF: "GIF",
    Making.SMOOTHER: "Smoother",
    Making.LOOP: "Loop",
    Making.SILENT: "Sound off",
}
PROMPT_MOST, AVOID_MOST, NAME_MOST = 1800, 1200, 60


def head(job: Job) -> str:
    """Above the buttons."""
    return (
        f"More for video {job.code}. Buttons without a price are free, and only you see what they "
        "bring. It takes me a moment, for a long video a few minutes."
    )


def version(preset: str, price: int, most: int) -> str:
    """The label of a button that orders with another preset; a long name gives way to the price."""
    rest = f" version · {credits_(price)}"
    room = most - len(rest)
    return (preset if len(preset) <= room else preset[: room - 1] + "…") + rest


def made(job: Job, making: Making) -> str:
    """Above what was made of a clip."""
    return (
        f"Here is video {job.code}, {MADE[making]}. "
        "Save it: only you see this, and it goes when you leave."
    )


def sent(link: str) -> str:
    """After a clip went to its asker by direct message."""
    return f"It is in our direct messages: {link}"


def details(job: Job, times: Mapping[JobState, float], now: Instant) -> str:
    """Everything about a posted clip; `times` are when it came into each state."""
    recipe = job.recipe
    prompt = f"> {quote(recipe.own_words, PROMPT_MOST)}" if recipe.own_words else ""
    return lines(
        prompt,
        _line("Avoid", quote(recipe.avoid, AVOID_MOST)),
        _line("Preset", quote(recipe.preset, NAME_MOST)),
        _line("Model", _models(job)),
        _line("Clip", dotted(*_clip(job))),
        _line("Values", dotted(*_values(job))),
        _line("Times", dotted(*_times(job, times))),
        _line("Credits", f"{credits_(recipe.credits)}, {'back' if job.free else 'used'}"),
        _line("Where", _place(job)),
        _line("Kept here", _kept(job, now)),
        _line("Upload limit", _limit(job)),
    )


def _line(name: str, value: str) -> str:
    return f"**{name}** {value}" if value else ""


def _models(job: Job) -> str:
    asked = quote(job.recipe.model, NAME_MOST)
    if job.model_ran is None:
        return f"{asked} ordered; the service named none that ran"
    return f"{asked} ordered, {quote(job.model_ran, NAME_MOST)} ran"


def _clip(job: Job) -> list[str]:
    recipe = job.recipe
    size = f" ({recipe.width}×{recipe.height})" if recipe.width else ""
    framing = f"picture: {recipe.framing}" if recipe.kind is Kind.ANIMATE else ""
    spoiler = "spoiler" if recipe.spoiler else ""
    return [f"{quote(job.shape)}{size}", *clip_texts.made(recipe), recipe.format, framing, spoiler]


def _values(job: Job) -> list[str]:
    recipe, seed = job.recipe, job.seed
    return [
        f"{recipe.frames} frames" if recipe.frames else "",
        f"{recipe.fps} a second" if recipe.fps else "",
        f"{recipe.steps} steps" if recipe.steps else "",
        "" if recipe.guidance is None else f"guidance {recipe.guidance:g}",
        "" if seed is None else f"seed {seed}",
    ]


def _times(job: Job, times: Mapping[JobState, float]) -> list[str]:
    """As its history has them: the steady clock knows nothing of the time between processes."""
    steps = {
        "ordered": job.created_at,
        "handed over": times.get(S.SUBMITTED, times.get(S.SUBMITTING)),
        "ready": times.get(S.SUCCEEDED),
        "posted": times.get(S.DELIVERED),
    }
    return [f"{name} {moment(at, 'f')}" for name, at in steps.items() if at is not None]


def _place(job: Job) -> str:
    if job.deleted or job.post is None:
        return "its post was deleted"
    guild_id, channel_id, message_id = job.post
    if not guild_id:
        return f"in the direct messages of <@{job.user_id}>"
    how = "as a link in" if job.linked else "in"
    return f"{how} <#{channel_id}>: {jump(guild_id, channel_id, message_id)}"


def _kept(job: Job, now: Instant) -> str:
    if not job.clip_here or job.due_at is None:
        return "no longer"
    return f"until {moment(now.shown(job.due_at), 'f')}"


def _limit(job: Job) -> str:
    if job.upload_limit is None:
        return f"{megabytes(uploads.DEFAULT)}, as Discord told none with the order"
    return f"{megabytes(job.upload_limit)}, as Discord told with the order"
