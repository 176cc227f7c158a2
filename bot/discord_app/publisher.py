"""Puts cards and results where members see them, on the bot's own token.

Interaction tokens die after fifteen minutes, so nothing here uses one.
"""

from __future__ import annotations

import asyncio
import io
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import discord
import structlog

from bot.clock import Clock, instant
from bot.core.jobs.errors import LocalTrouble, PostRefused, PostTooLarge, PostUnseen
from bot.core.jobs.model import Job
from bot.core.jobs.pace import Pace
from bot.core.jobs.ports import Fitted, Link, Posted
from bot.core.jobs.turns import Place
from bot.discord_app.kit.outgoing import fitted
from bot.discord_app.kit.trouble import is_too_large, of_card, translated
from bot.discord_app.video import card_texts, cards
from bot.discord_app.video.card_texts import Facts

log = structlog.get_logger(__name__)

NEWEST, OLDEST = 100, 1000
REMEMBERED = 2_000
"""Cards of which is known what they say."""
PREVIEW_NAME = "preview.jpg"

NO_HISTORY_FOR_REPLY = 160002


class DiscordPublisher:
    """See `bot.core.jobs.ports.ResultPublisher`.

    `paused` tells whether the provider takes nothing for now.
    """

    def __init__(
        self, bot: discord.Client, clock: Clock, pace: Pace, paused: Callable[[], bool]
    ) -> None:
        self._bot = bot
        self._clock = clock
        self._pace = pace
        self._paused = paused
        self._previewed: set[int] = set()
        self._said: OrderedDict[int, str] = OrderedDict()

    async def find_result(self, job: Job) -> Posted | None:
        """See the port; looks into the member's direct messages too."""
        found = None
        with translated(PostUnseen):
            if job.guild_id:
                found = await self._posted_in_channel(job)
            if found is None:
                found = await self._posted_directly(job)
        return _posted(found, job) if found else None

    async def find_card(self, job: Job) -> int | None:
        """See the port."""
        with of_card():
            found = await self._find_in(self._channel(job), job, cards.is_card)
        return found.id if found else None

    async def post_result(self, job: Job, clip: Fitted | Link, *, direct: bool) -> Posted:
        """See the port."""
        data = None if isinstance(clip, Link) else await _read(clip.path)
        content, view = cards.result(job, clip)
        with translated(PostRefused):
            try:
                if direct:
                    sent = await self._send_result(await self._direct(job), job, data, content)
                else:
                    sent = await self._send_to_channel(job, data, content, view)
            except discord.HTTPException as error:
                if data is not None and is_too_large(error):
                    raise PostTooLarge(len(data)) from error
                raise
        return _posted(sent, job)

    async def tell_end(self, job: Job, *, direct: bool) -> None:
        """See the port."""
        with translated(PostRefused):
            channel = await self._direct(job) if direct else self._channel(job)
            await channel.send(
                **fitted(content=card_texts.ended(job, instant(self._clock))),
                nonce=f"e{job.interaction_id}",
                suppress_embeds=True,
                allowed_mentions=_its_member(job),
            )

    async def post_copy(self, job: Job, clip: bytes) -> None:
        """See the port."""
        content, view = cards.copy(job)
        file = discord.File(io.BytesIO(clip), job.file_name, spoiler=job.recipe.spoiler)
        with translated(PostRefused):
            channel = await self._direct(job)
            parts = fitted(content=content, view=view)
            nonce = f"d{job.interaction_id}"
            await channel.send(**parts, file=file, nonce=nonce, suppress_embeds=True)

    async def show_card(self, job: Job, place: Place | None, preview: Path | None) -> int:
        """See the port."""
        facts = Facts(
            now=instant(self._clock),
            place=place,
            ready_at=self._pace.ready_at(job),
            paused=self._paused(),
        )
        content, view = cards.card(job, facts)
        attach = preview is not None and job.id not in self._previewed
        files = [await _picture(preview)] if preview is not None and attach else []
        says = f"{content}\n{view.to_components()}"
        if job.card_message_id is not None and not files and self._said.get(job.id) == says:
            return job.card_message_id
        with of_card():
            if job.card_message_id is None:
                message_id = await self._post_card(job, content, view, files)
            else:
                message_id = await self._edit_card(job, content, view, files)
        self._remember(job, says, attached=bool(files))
        return message_id

    async def _send_to_channel(
        self, job: Job, data: bytes | None, content: str, view: discord.ui.View
    ) -> discord.Message:
        """Reply to the card; where the bot may not read back, a plain message must do."""
        channel = self._channel(job)
        try:
            reply = _reply_to_card(job)
            return await self._send_result(channel, job, data, content, view=view, **reply)
        except discord.Forbidden as error:
            if error.code != NO_HISTORY_FOR_REPLY:
                raise
        return await self._send_result(channel, job, data, content, view=view)

    async def _send_result(
        self,
        channel: discord.abc.Messageable,
        job: Job,
        data: bytes | None,
        content: str,
        **more: Any,
    ) -> discord.Message:
        if data is not None:
            spoiler, bytes_ = job.recipe.spoiler, io.BytesIO(data)
            more["file"] = discord.File(bytes_, filename=job.file_name, spoiler=spoiler)
        return await channel.send(
            **fitted(content=content, **more),
            nonce=f"r{job.interaction_id}",
            suppress_embeds=data is not None,  # or a link to a clip of ours would show no video
            allowed_mentions=_its_member(job),
        )

    async def _posted_in_channel(self, job: Job) -> discord.Message | None:
        """Look on the server. Discord shows no message at all to a bot that may not read back."""
        channel = self._channel(job)
        try:
            found, whole = await self._look_through(channel, job, cards.is_result)
            if found is None and not whole:
                raise PostUnseen("the channel shows nothing, or too much since the order")
        except discord.NotFound:
            return None
        return found

    async def _posted_directly(self, job: Job) -> discord.Message | None:
        try:
            return await self._find_in(await self._direct(job), job, cards.is_result)
        except (discord.Forbidden, discord.NotFound):
            return None

    async def _find_in(
        self,
        channel: discord.abc.Messageable,
        job: Job,
        fits: Callable[[discord.Message, Job], bool],
    ) -> discord.Message | None:
        found, _ = await self._look_through(channel, job, fits)
        return found

    async def _look_through(
        self,
        channel: discord.abc.Messageable,
        job: Job,
        fits: Callable[[discord.Message, Job], bool],
    ) -> tuple[discord.Message | None, bool]:
        """Look through the newest messages, then, as much may be said since, from the order on.

        Also tell whether all were seen that may be it: not if there is none, or a gap between.
        """
        since = discord.Object(job.interaction_id)
        newest = [one async for one in channel.history(limit=NEWEST)]
        if found := self._first(newest, job, fits):
            return found, True
        others = [
            one async for one in channel.history(after=since, oldest_first=True, limit=OLDEST)
        ]
        seen_until = max((one.id for one in others), default=0)
        met = len(others) < OLDEST or seen_until >= newest[-1].id
        return self._first(others, job, fits), bool(newest) and met

    def _first(
        self,
        messages: list[discord.Message],
        job: Job,
        fits: Callable[[discord.Message, Job], bool],
    ) -> discord.Message | None:
        mine = (one for one in messages if one.author == self._bot.user)
        return next((one for one in mine if fits(one, job)), None)

    async def _post_card(
        self, job: Job, content: str, view: discord.ui.View, files: list[discord.File]
    ) -> int:
        message = await self._channel(job).send(
            **fitted(content=content, view=view),
            files=files,
            nonce=cards.nonce(job),
            suppress_embeds=True,
        )
        return message.id

    async def _edit_card(
        self, job: Job, content: str, view: discord.ui.View, files: list[discord.File]
    ) -> int:
        message_id = job.card_message_id or 0
        card = self._channel(job).get_partial_message(message_id)
        # What is not named in an edit stays, so the preview is sent only once.
        attachments: dict[str, Any] = {"attachments": files} if files else {}
        await card.edit(**fitted(content=content, view=view), **attachments)
        return message_id

    def _remember(self, job: Job, says: str, *, attached: bool) -> None:
        """What the card says and has, so that nothing is sent twice."""
        self._said[job.id] = says
        if len(self._said) > REMEMBERED:
            self._said.popitem(last=False)
        if job.ended_at is not None:
            self._previewed.discard(job.id)
        elif attached:
            self._previewed.add(job.id)

    def _channel(self, job: Job) -> discord.PartialMessageable:
        return self._bot.get_partial_messageable(job.channel_id, guild_id=job.guild_id or None)

    async def _direct(self, job: Job) -> discord.DMChannel:
        return await self._bot.create_dm(discord.Object(job.user_id))


def _posted(message: discord.Message, job: Job) -> Posted:
    linked = cards.is_linked(message, job)
    return Posted(channel_id=message.channel.id, message_id=message.id, linked=linked)


def _its_member(job: Job) -> discord.AllowedMentions:
    """Let a message ping whoever ordered, and nobody else."""
    member = [discord.Object(job.user_id)]
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=member)


def _reply_to_card(job: Job) -> dict[str, Any]:
    if job.card_message_id is None or job.card_gone:
        return {}
    reference = discord.MessageReference(
        message_id=job.card_message_id,
        channel_id=job.channel_id,
        guild_id=job.guild_id or None,
        fail_if_not_exists=False,
    )
    return {"reference": reference}


async def _picture(path: Path) -> discord.File:
    return discord.File(io.BytesIO(await _read(path)), PREVIEW_NAME)


async def _read(path: Path) -> bytes:
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise LocalTrouble(f"{path.name}: {error.strerror}") from error
