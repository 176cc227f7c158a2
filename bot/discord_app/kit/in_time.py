"""Every interaction is answered in time: what no handler has answered by then is deferred.

Discord gives three seconds. Work for an answer that has not begun after WORK_BEGINS is withdrawn,
so that the handler can say so in time; what has begun is waited for behind a deferral, and told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import structlog

from bot.deadline import CURRENT, Deadline
from bot.discord_app.kit.services import host_of
from bot.discord_app.kit.trouble import DISCORD_TROUBLE

log = structlog.get_logger(__name__)

App = discord.Interaction[Any]

WORK_BEGINS = 1.5
DEFERRED = 2.0
"""Seconds from an interaction's arrival; half a second is left for Discord to hear of it."""
ASK_PATIENCE = 2.0
"""Seconds for a call to Discord once the answer is no longer owed."""


class Owed:
    """The answer that one interaction is owed.

    `begun` is set once a handler answers, or has left the answer to somebody else.
    """

    def __init__(self, arrived: float) -> None:
        self.deadline = Deadline(arrived + WORK_BEGINS)
        self.deferred_at = arrived + DEFERRED
        self.begun = asyncio.Event()
        self.turn = asyncio.Lock()

    def begin(self) -> None:
        """Nothing is owed any more."""
        self.begun.set()
        self.deadline.lift()


def owed(interaction: App) -> Owed:
    """What the interaction is owed; it arrives when this is first asked."""
    found = interaction.extras.get(Owed)
    if found is None:
        found = interaction.extras[Owed] = Owed(asyncio.get_running_loop().time())
    kept: Owed = found
    return kept


def begin(interaction: App) -> bool:
    """Let all work of this task that does not begin in time be withdrawn.

    False for an interaction that came before, as after a lost connection: it is being answered.
    """
    answer = owed(interaction)
    CURRENT.set(answer.deadline)
    arrivals = host_of(interaction).arrivals
    arrivals.answered_by(asyncio.current_task())
    if arrivals.is_new(interaction.id):
        return True
    log.info("interaction.repeated", interaction=interaction.id)
    answer.begin()
    return False


def is_partly_done(interaction: App) -> bool:
    """Whether some of what the interaction asks for is kept, whatever has failed since."""
    return owed(interaction).deadline.committed


@asynccontextmanager
async def answering(interaction: App) -> AsyncIterator[bool]:
    """Answer inside, alone; whether it is the first answer, or else a later word."""
    answer = owed(interaction)
    answer.begin()
    async with answer.turn:
        yield not interaction.response.is_done()


def asking(interaction: App) -> asyncio.Timeout:
    """How long a handler may wait for something else that Discord says; raises TimeoutError."""
    at = owed(interaction).deadline.at
    return asyncio.timeout_at(
        asyncio.get_running_loop().time() + ASK_PATIENCE if at is None else at
    )


async def watch(interaction: App) -> None:
    """Defer the answer that no handler gives in time. Suggestions cannot be deferred."""
    if interaction.type is discord.InteractionType.autocomplete:
        return
    answer = owed(interaction)
    host_of(interaction).arrivals.answered_by(asyncio.current_task())
    try:
        async with asyncio.timeout_at(answer.deferred_at):
            await answer.begun.wait()
    except TimeoutError:
        await _defer(interaction, answer)


async def _defer(interaction: App, answer: Owed) -> None:
    async with answer.turn:
        if answer.begun.is_set():
            return
        log.info("interaction.deferred", interaction=interaction.id)
        try:
            await _promise(interaction)
        except DISCORD_TROUBLE as error:
            log.info("interaction.not_deferred", interaction=interaction.id, error=str(error))
        else:
            answer.deadline.lift()


async def _promise(interaction: App) -> None:
    """Promise an answer for the asker alone; a button's may still change the button's message."""
    changes = interaction.type is discord.InteractionType.component
    await interaction.response.defer(ephemeral=True, thinking=not changes)
