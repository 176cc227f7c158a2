"""What the buttons of members do: on cards, results and refusals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import discord
import structlog

from bot.clock import instant
from bot.core.jobs.codes import id_of
from bot.core.jobs.errors import NoSuchJob, TooLate
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Posted
from bot.core.jobs.states import JobState
from bot.core.rules.quota import NO_SERVER
from bot.discord_app.errors import MayNotDelete, NothingDeleted, NotItsMessage, PostStays
from bot.discord_app.kit import context
from bot.discord_app.kit.replies import rewrite, take_time, whisper, whisper_file
from bot.discord_app.kit.services import Actions, services_of
from bot.discord_app.kit.trouble import DISCORD_TROUBLE, is_closed, is_gone
from bot.discord_app.video import button_texts, cards, extending, more, orders, repeating
from bot.discord_app.video.card_texts import Facts
from bot.errors import StoreUnavailable

log = structlog.get_logger(__name__)

App = discord.Interaction[Any]


async def show_again(interaction: App, code: str) -> None:
    """Show the card of one of the asker's jobs to them alone."""
    services = services_of(interaction)
    job = await _own_job(interaction, code)
    place = await services.jobs.place(job)
    facts = Facts(now=instant(services.clock), place=place, ready_at=services.jobs.ready_at(job))
    content, view = cards.shown(job, facts)
    await whisper(interaction, content, view=view if view.children else None)


async def cancel_or_ask(interaction: App, code: str) -> None:
    """Cancel, or ask first if the service has it by now, where the credits would stay used.

    The card may be a moment behind.
    """
    member, job = context.member_of(interaction), await _own_job(interaction, code)
    _require_home(interaction, "cancel", job)
    if job.state is JobState.SUBMITTED:
        await _ask_stop(interaction, job)
        return
    job = await services_of(interaction).jobs.cancel(_job_id(code), member)
    await whisper(interaction, button_texts.cancelled(job))


async def _stop(interaction: App, code: str) -> None:
    """Ask first: the credits are gone either way."""
    job = await _own_job(interaction, code)
    _require_home(interaction, "stop", job)
    await _ask_stop(interaction, job)


async def _ask_stop(interaction: App, job: Job) -> None:
    if job.state is not JobState.SUBMITTED:
        raise TooLate(job.code, job.state.value)
    await whisper(interaction, button_texts.ask_stop(job), view=cards.stop_question(job))


async def _halt(interaction: App, code: str) -> None:
    member = context.member_of(interaction)
    _require_home(interaction, "halt", await _own_job(interaction, code))
    job = await services_of(interaction).jobs.stop(_job_id(code), member)
    await rewrite(interaction, button_texts.stopped(job), view=None)


async def _of_post(action: str, interaction: App, code: str) -> None:
    """Do something with the job of the message that the button is on."""
    job = await job_here(interaction, code)
    _require_home(interaction, action, job)
    await POST_BUTTONS[action](interaction, job)


async def _sent(action: str, interaction: App, code: str) -> None:
    """Order what was typed into a job's form."""
    await FORMS[action](interaction, await job_here(interaction, code))


async def _more(action: str, interaction: App, code: str) -> None:
    """Show what else can be done with a clip, or do it."""
    job = await job_here(interaction, code.partition(".")[0])
    _require_home(interaction, action, job)
    await more.ACTIONS[action](interaction, job, code)


async def _use(interaction: App, key: str) -> None:
    """Make the order that was offered instead of a refused one."""
    async with orders.drafted(interaction, key) as draft:
        await orders.order(interaction, draft.request, next(iter(draft.pictures), None))


async def _delete(interaction: App, code: str) -> None:
    """Let the clip go and then its message; the job's row stays, and says so.

    Whatever ends in between, a second press does the rest.
    """
    try:
        job, post = await _let_go(interaction, code)
    except StoreUnavailable as error:
        raise NothingDeleted(code) from error
    # The message's own delete would go through the interaction's token.
    channel = interaction.client.get_partial_messageable(post.channel_id)
    try:
        await channel.get_partial_message(post.message_id).delete()
    except DISCORD_TROUBLE as error:
        if not is_gone(error):  # else somebody was first
            raise PostStays(job.code, closed=is_closed(error)) from error
    log.info("result.deleted", job=job.code, by=interaction.user.id)
    await whisper(interaction, button_texts.deleted(job))


async def _let_go(interaction: App, code: str) -> tuple[Job, Posted]:
    """Write down that a clip is deleted, with which its file and its link go; and where it is.

    Raises:
        MayNotDelete, NotItsMessage, NoSuchJob
        StoreUnavailable: Nothing was written.
    """
    job = await job_here(interaction, code)
    if job.user_id != interaction.user.id and not interaction.permissions.manage_messages:
        raise MayNotDelete(job.code)
    _require_home(interaction, "delete", job)
    post, clips = _post(interaction, job), services_of(interaction).clips
    await clips.posted(job.id, post)
    await clips.deleted(job.id)
    return job, post


async def _drop(interaction: App, code: str) -> None:
    """Remove a copy from the direct messages of whoever presses; the post stays.

    Raises:
        NotItsMessage: The button is on something else.
    """
    message = interaction.message
    here = cards.clips_in(message) if message and interaction.context.dm_channel else []
    if message is None or code not in here:
        raise NotItsMessage(code)
    channel = interaction.client.get_partial_messageable(message.channel.id)
    try:
        await channel.get_partial_message(message.id).delete()
    except discord.HTTPException as error:
        if not is_gone(error):
            raise
    await whisper(interaction, button_texts.COPY_DELETED)


async def _fetch(interaction: App, code: str) -> None:
    """Hand a clip over to its member alone: one that no channel took, or that was posted."""
    job = await _own_job(interaction, code)
    _require_home(interaction, "fetch", job)
    await take_time(interaction)
    services = services_of(interaction)

    async def made(limit: int) -> tuple[str, bytes]:
        fetched = await services.clips.fetch(job.id, limit)
        return button_texts.fetched(fetched, instant(services.clock)), fetched.data

    await whisper_file(interaction, job.file_name, made, spoiler=job.recipe.spoiler)


def _job_id(code: str) -> int:
    job_id = id_of(code)
    if job_id is None:
        raise NoSuchJob
    return job_id


def _require_home(interaction: App, action: str, job: Job) -> None:
    """Let a button do nothing on a message that it was not made for. A command is on none.

    Raises:
        NotItsMessage
    """
    message = interaction.message
    if message is not None and not cards.is_at_home(action, message, job):
        raise NotItsMessage(job.code)


def _post(interaction: App, job: Job) -> Posted:
    """Where a job's clip is. A message with it was posted, even if the bot never learnt that.

    Raises:
        NotItsMessage: It is nowhere.
    """
    if job.result_message_id is not None:
        channel_id = job.result_channel_id or job.channel_id
        return Posted(channel_id=channel_id, message_id=job.result_message_id)
    message = interaction.message
    if message is None or not cards.is_result(message, job):
        raise NotItsMessage(job.code)
    return Posted(channel_id=message.channel.id, message_id=message.id)


async def _own_job(interaction: App, code: str) -> Job:
    member = context.member_of(interaction)
    return await services_of(interaction).jobs.own_job(_job_id(code), member)


async def job_here(interaction: App, code: str) -> Job:
    """A job of this server, whoever ordered it; outside of servers, of this member.

    Raises:
        NoSuchJob
    """
    jobs, member = services_of(interaction).jobs, context.member_of(interaction)
    look_up = jobs.own_job if member.guild_id == NO_SERVER else jobs.job_here
    return await look_up(_job_id(code), member)


OWN: Actions = {
    "cancel": cancel_or_ask,
    "stop": _stop,
    "halt": _halt,
    "delete": _delete,
    "drop": _drop,
    "fetch": _fetch,
}
"""What a member may do with videos that are there."""
MORE: Actions = {action: partial(_more, action) for action in more.ACTIONS}
OfJob = Callable[[App, Job], Awaitable[None]]
POST_BUTTONS: dict[str, OfJob] = {
    "again": repeating.again,
    "edit": repeating.show_form,
    "extend": extending.show_form,
}
FORMS: dict[str, OfJob] = {"edited": repeating.order_edited, "extended": extending.order}
ORDERS: Actions = {
    **{action: partial(_of_post, action) for action in POST_BUTTONS},
    **{action: partial(_sent, action) for action in FORMS},
    "use": _use,
    **MORE,
}
