"""Messages about jobs, with their buttons: pure functions of what is known."""

from __future__ import annotations

import re

import discord

from bot import errors
from bot.core.jobs.model import Job, JobState
from bot.discord_app.video import card_texts
from bot.discord_app.video.card_texts import Facts

IDENTITY = re.compile(r"vb1:(?P<action>[a-z]{1,12}):(?P<code>[0-9A-Za-z]{1,24})")
BUTTONS_MOST = 25
NO_CODE = "0"

Style = discord.ButtonStyle


def identity(action: str, code: str) -> str:
    """What a button, menu or form does, in its custom id, so that it outlives this process."""
    return f"vb1:{action}:{code}"


def button(
    action: str, code: str, label: str, style: Style = Style.secondary
) -> discord.ui.Button[discord.ui.View]:
    """A button that is found by its identity."""
    return discord.ui.Button(label=label, style=style, custom_id=identity(action, code))


def view(*items: discord.ui.Item[discord.ui.View]) -> discord.ui.View:
    """Buttons and menus as a view that the library need not remember: their identity finds them."""
    made = discord.ui.View(timeout=None)
    for item in items[:BUTTONS_MOST]:
        made.add_item(item)
    made.stop()
    return made


def card(job: Job, facts: Facts) -> tuple[str, discord.ui.View]:
    """A job's card: its text and its buttons."""
    return card_texts.card(job, facts), view(*_card_buttons(job))


def nonce(job: Job) -> str:
    """Keeps Discord from posting a card twice when it is sent twice within minutes."""
    return f"c{job.interaction_id}"


def is_card(content: str, job: Job) -> bool:
    """Whether a message of ours is the job's card, in whatever state."""
    return f"Video {job.code} · " in content.partition("\n")[0]


def _card_buttons(job: Job) -> list[discord.ui.Button[discord.ui.View]]:
    if job.state in {JobState.PREPARING, JobState.QUEUED}:
        return [button("cancel", job.code, "Cancel")]
    if job.state is JobState.SUBMITTED:
        return [button("stop", job.code, "Stop waiting")]
    if job.state in {JobState.FAILED, JobState.EXPIRED, JobState.UNSURE}:
        return [button("again", job.code, "Try again", Style.primary)]
    if job.state is JobState.UNDELIVERABLE:
        return [button("fetch", job.code, "Get the video", Style.primary)]
    return []


def result(job: Job) -> tuple[str, discord.ui.View]:
    """The message that carries a finished clip."""
    again = button("again", job.code, "🔁 Again")
    return card_texts.result(job), view(again, button("delete", job.code, "🗑 Delete"))


def stop_question(job: Job) -> discord.ui.View:
    """The button that really stops."""
    return view(button("halt", job.code, "Stop", Style.danger))


def job_list(jobs: list[Job]) -> tuple[discord.Embed, discord.ui.View]:
    """A member's newest jobs, with a button for each that can still be changed or fetched."""
    embed = discord.Embed(title="Your videos", description=card_texts.job_list(jobs))
    return embed, view(*(item for job in jobs for item in _list_buttons(job)))


def _list_buttons(job: Job) -> list[discord.ui.Button[discord.ui.View]]:
    buttons = [] if job.state in {JobState.FAILED, JobState.EXPIRED} else _card_buttons(job)
    for item in buttons:
        item.label = f"{item.label} {job.code}"
    return buttons


def refusal(error: errors.Refusal, *, staffed: bool) -> discord.ui.View:
    """The buttons that help after a refusal; where there is staff, it can be asked for more."""
    if isinstance(error, errors.QuotaUsedUp | errors.NotEnoughCredits):
        return view(*_ways_to_credits(staffed=staffed))
    if isinstance(error, errors.TooManyOnTheWay) and error.whose == "member":
        return view(button("jobs", NO_CODE, "My jobs"))
    return view()


def offer(cheaper: str, key: str, *, staffed: bool) -> discord.ui.View:
    """The button that orders the same with the preset that would fit, and those of a refusal."""
    use = button("use", key, f"Use {cheaper}"[:80], Style.primary)
    return view(use, *_ways_to_credits(staffed=staffed))


def usage(*, staffed: bool) -> discord.ui.View:
    """The buttons below a member's credits."""
    history = button("history", NO_CODE, "History")
    return view(history, *([_ask_for_more()] if staffed else []))


def _ways_to_credits(*, staffed: bool) -> list[discord.ui.Button[discord.ui.View]]:
    asking = [_ask_for_more()] if staffed else []
    return [*asking, button("usage", NO_CODE, "My usage")]


def _ask_for_more() -> discord.ui.Button[discord.ui.View]:
    return button("ask", NO_CODE, "Ask for more")
