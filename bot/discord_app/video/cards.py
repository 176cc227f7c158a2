"""Messages about jobs, with their buttons: pure functions of what is known."""

from __future__ import annotations

import discord

from bot.core.jobs.errors import OF_A_PICTURE
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Fitted, Link
from bot.core.jobs.states import BEFORE_HAND_OVER, JobState
from bot.discord_app.kit.components import Style, actions, button, view
from bot.discord_app.video import card_texts, result_texts
from bot.discord_app.video.card_texts import Facts

Button = discord.ui.Button[discord.ui.View]

LABELS = {
    "cancel": "Cancel",
    "stop": "Stop waiting",
    "again": "Try again",
    "fetch": "Get the video",
}
LIST_LABELS = {
    "cancel": "Cancel {code}",
    "stop": "Stop waiting {code}",
    "again": "Try again {code}",
    "fetch": "Get the video {code}",
}
AGAIN, EDIT, EXTEND = "🔁 Again", "✏️ Edit", "⏩ Extend"
MORE, DELETE = "✨ More…", "🗑 Delete"
SEND_HERE = "Send to me here"
ON_CARD = frozenset({*LABELS, "edit"})
ON_RESULT = frozenset({"again", "edit", "extend", "more", "delete"})
"""What the buttons on cards and results do."""
WITHOUT_CLIP = frozenset({JobState.FAILED, JobState.EXPIRED, JobState.SWEPT})
SPOILER = "SPOILER_"
"""What Discord puts before the name of a file that is hidden until somebody clicks on it."""


def card(job: Job, facts: Facts) -> tuple[str, discord.ui.View]:
    """A job's card: its text and its buttons."""
    return card_texts.card(job, facts), view(*_card_buttons(job))


def nonce(job: Job) -> str:
    """Keeps Discord from posting a card twice when it is sent twice within minutes."""
    return f"c{job.interaction_id}"


def _step(job: Job) -> str | None:
    """What a member can do about the job now: the action of a button."""
    if job.state in {*BEFORE_HAND_OVER, JobState.SUBMITTING}:
        return "cancel"  # which asks, or says that it is too late, once it is handed over
    if job.reason in OF_A_PICTURE:
        return None  # the same picture would not do again
    if job.can_be_fetched:
        return "fetch"
    if job.state in {*WITHOUT_CLIP, JobState.UNSURE}:
        return "again"
    return "stop" if job.state is JobState.SUBMITTED else None


def _card_buttons(job: Job) -> list[Button]:
    step = _step(job)
    made = [button(step, job.code, LABELS[step], _style(step))] if step else []
    return [*made, button("edit", job.code, EDIT)] if step == "again" else made


def list_buttons(job: Job) -> list[Button]:
    """As on the card, but naming the job; what has failed for good is not offered again."""
    step = None if job.state in WITHOUT_CLIP else _step(job)
    if step is None:
        return []
    return [button(step, job.code, LIST_LABELS[step].format(code=job.code), _style(step))]


def _style(step: str) -> Style:
    return Style.primary if step in {"again", "fetch"} else Style.secondary


def result(job: Job, clip: Fitted | Link) -> tuple[str, discord.ui.View]:
    """The message that carries a finished clip, or a link to it."""
    last = [button("more", job.code, MORE), button("delete", job.code, DELETE)]
    return result_texts.result(job, clip), view(*_order_anew(job), *last)


def _order_anew(job: Job) -> list[Button]:
    labels = {"again": AGAIN, "edit": EDIT} | ({} if job.deleted else {"extend": EXTEND})
    return [button(action, job.code, label) for action, label in labels.items()]


def copy(job: Job) -> tuple[str, discord.ui.View]:
    """The direct message with a clip that is posted elsewhere; who has it may delete it."""
    return result_texts.copy(job), view(button("drop", job.code, DELETE))


def shown(job: Job, facts: Facts) -> tuple[str, discord.ui.View]:
    """A job's card for its member alone, with all that can be done about it."""
    items = _card_buttons(job)
    if job.state is JobState.DELIVERED:
        items += [] if job.forgotten else _order_anew(job)
        items += [button("fetch", job.code, SEND_HERE)] if job.clip_here or job.link else []
        items += [] if job.deleted or job.forgotten else [button("more", job.code, MORE)]
        items.append(button("delete", job.code, DELETE))  # also for a post that stayed
    return result_texts.shown(job, facts), view(*items)


def is_at_home(action: str, message: discord.Message, job: Job) -> bool:
    """Whether a job's button is on a message that it was made for.

    These are its card and its result, which its row names once they are known to be there, and
    answers that only one person sees.
    """
    if message.flags.ephemeral:
        return True
    card_id, result_id = job.card_message_id, job.result_message_id
    on_card = is_card(message, job) if card_id is None else message.id == card_id
    on_result = is_result(message, job) if result_id is None else message.id == result_id
    return (on_card and action in ON_CARD) or (on_result and action in ON_RESULT)


def is_result(message: discord.Message, job: Job) -> bool:
    """Whether a message of ours carries the job's clip, or a link to it."""
    posted = {attachment.filename for attachment in message.attachments}
    if not posted.isdisjoint({job.file_name, SPOILER + job.file_name}):
        return True
    theirs = bool(job.link) and f"<{job.link}>" in message.content
    return theirs or is_linked(message, job)


def is_linked(message: discord.Message, job: Job) -> bool:
    """Whether a message of ours has a link to the file here; words of people hold no live link."""
    return f"/clips/{job.code}/" in message.content


def clips_in(message: discord.Message) -> list[str]:
    """The codes of the jobs whose clips a message of ours carries."""
    names = (attachment.filename.removeprefix(SPOILER) for attachment in message.attachments)
    return [name.partition(".")[0] for name in names]


def is_card(message: discord.Message, job: Job) -> bool:
    """Whether a message of ours is the job's card.

    That is the answer to its order, or, where the bot posted the card by itself, a message with
    the job's buttons. One that was posted in a state without buttons is not known again; within
    minutes its nonce keeps it single.
    """
    if message.interaction_metadata is not None:
        return message.interaction_metadata.id == job.interaction_id
    return any(actions(message, job.code)) and not is_result(message, job)


def stop_question(job: Job) -> discord.ui.View:
    """The button that really stops."""
    return view(button("halt", job.code, "Stop", Style.danger))
