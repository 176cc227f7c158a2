"""*More…*: what else can be done with a posted clip, by anybody who sees it.

Of each button's job, the caller has seen to it that it may be pressed here.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import discord

from bot.clock import instant
from bot.core.jobs import uploads
from bot.core.jobs.errors import NoClipYet
from bot.core.jobs.making import Making
from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState
from bot.core.jobs.usable import require_wanted
from bot.core.orders.errors import NoLongerOffered, OptionNotOffered
from bot.core.rules.errors import Blocked
from bot.core.rules.quota import Standing
from bot.discord_app.errors import DirectMessagesClosed
from bot.discord_app.kit import context
from bot.discord_app.kit.components import Style, button, view
from bot.discord_app.kit.outgoing import LABEL_MOST, fitted
from bot.discord_app.kit.replies import send_fitting, take_time, whisper, whisper_file
from bot.discord_app.kit.services import services_of
from bot.discord_app.video import cards, more_texts, repeating

App = discord.Interaction[Any]
Button = discord.ui.Button[discord.ui.View]

VERSION = re.compile(r"[^.]+\.(?P<price>[0-9]{1,7})\.(?P<preset>[0-9a-f]{8})")
"""The code of a button that orders with another preset."""
NOT_OF_GIFS = frozenset({Making.GIF, Making.SILENT})
"""What there is no point in making of a GIF."""


async def _show(interaction: App, job: Job, _code: str) -> None:
    """Answer the presser alone, with the buttons."""
    _require_posted(job)
    require_wanted(job)
    jobs = services_of(interaction).jobs
    standing = await jobs.standing(context.member_of(interaction))
    buttons = view(*_version(interaction, job, standing), *_free(job))
    await whisper(interaction, more_texts.head(job), view=buttons)


def _version(interaction: App, job: Job, standing: Standing) -> list[Button]:
    """The button for the dearest version of a clip, where there is one; its price is in both."""
    services, off = services_of(interaction), standing.settings.presets.has
    found = repeating.dearest(job, services.jobs.presets, off)
    if found is None or not repeating.is_possible(job, services.clock.now()):
        return []
    preset, price = found
    label = more_texts.version(preset, price, LABEL_MOST)
    return [button("hd", f"{job.code}.{price}.{_key(preset)}", label, Style.primary)]


def _free(job: Job) -> list[Button]:
    makings = [one for one in Making if job.recipe.format != "gif" or one not in NOT_OF_GIFS]
    found = [button(one.value, job.code, more_texts.MAKE[one]) for one in makings]
    if job.post and job.post[0]:  # else it is in direct messages already
        found.append(button("send", job.code, more_texts.SEND))
    return [*found, button("details", job.code, more_texts.DETAILS)]


async def _order(interaction: App, job: Job, code: str) -> None:
    """Order what the button said, for what it said.

    Raises:
        NoLongerOffered: Its preset is gone.
    """
    offered = services_of(interaction).jobs.presets.offering(job.recipe.kind)
    said = VERSION.fullmatch(code)
    preset = next((name for name in offered if said and _key(name) == said["preset"]), None)
    if said is None or preset is None:
        raise NoLongerOffered("preset", "", OptionNotOffered("preset", tuple(offered)))
    await repeating.order_version(interaction, job, preset, int(said["price"]))


def _key(preset: str) -> str:
    """Tells a preset from others in an identity, which has no room for every name."""
    return hashlib.sha256(preset.encode()).hexdigest()[:8]


async def _make(making: Making, interaction: App, job: Job, _code: str) -> None:
    """Have something made of a clip, and hand it to the presser alone."""
    _require_posted(job)
    services = services_of(interaction)
    standing = await services.jobs.standing(context.member_of(interaction))
    if standing.block:
        raise Blocked(standing.block.until, standing.block.reason)
    await take_time(interaction)

    async def made(limit: int) -> tuple[str, bytes]:
        user_id = interaction.user.id
        data = await services.makings.make(job.id, making, user_id=user_id, limit=limit)
        return more_texts.made(job, making), data

    which = "" if making is Making.GIF else f"-{making}"
    name = f"{job.code}{which}.{making.container(job.recipe.format)}"
    await whisper_file(interaction, name, made, spoiler=job.recipe.spoiler)


async def _send(interaction: App, job: Job, _code: str) -> None:
    """Send a clip to the presser by direct message.

    Raises:
        DirectMessagesClosed
    """
    _require_posted(job)
    await take_time(interaction)
    clips, sent = services_of(interaction).clips, list[discord.Message]()

    async def made(limit: int) -> tuple[str, bytes]:
        return "", (await clips.fetch(job.id, limit)).data

    async def send(_content: str, data: bytes) -> None:
        sent.append(await _send_directly(interaction, job, data))

    try:
        await send_fitting(uploads.DEFAULT, made, send)
    except discord.Forbidden as error:
        raise DirectMessagesClosed from error
    await whisper(interaction, more_texts.sent(sent[-1].jump_url))


async def _send_directly(interaction: App, job: Job, data: bytes) -> discord.Message:
    user = discord.Object(interaction.user.id)
    channel: discord.DMChannel = await interaction.client.create_dm(user)
    content, buttons = cards.copy(job)
    return await channel.send(
        **fitted(content=content, view=buttons),
        file=discord.File(io.BytesIO(data), job.file_name, spoiler=job.recipe.spoiler),
        nonce=f"{job.id:x}.{user.id:x}",  # or a second press would send a second one
        suppress_embeds=True,
    )


async def _tell(interaction: App, job: Job, _code: str) -> None:
    """Tell everything about a clip."""
    _require_posted(job)
    require_wanted(job)
    services = services_of(interaction)
    times = await services.jobs.times(job)
    said = more_texts.details(job, times, instant(services.clock))
    await whisper(interaction, embed=discord.Embed(title=f"Video {job.code}", description=said))


def _require_posted(job: Job) -> None:
    if job.state is not JobState.DELIVERED:
        raise NoClipYet(job.code)


Do = Callable[[App, Job, str], Awaitable[None]]
ACTIONS: dict[str, Do] = {
    "more": _show,
    "hd": _order,
    **{making.value: partial(_make, making) for making in Making},
    "send": _send,
    "details": _tell,
}
"""What the buttons do, given their job and all of their code, which begins with the job's."""
