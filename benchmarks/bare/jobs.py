"""A bot that makes the calls of a whole job, one after the other, and stores nothing."""

from __future__ import annotations

import asyncio
import io
import itertools
import os
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import discord
from aiohttp import web

from benchmarks.bare.answers import TEXT, Bare

KEEPALIVE_SECONDS = 4
"""As ours."""


class Jobs(Bare):
    """Orders, waits to be called, looks, fetches, posts, and brings the card up to date."""

    def __init__(self) -> None:
        super().__init__()
        self._service = os.environ["MODELSLAB_BASE_URL"]
        self._own = os.environ["PUBLIC_URL"]
        self._called: dict[str, asyncio.Event] = {}
        self._numbers = itertools.count()
        self._session: aiohttp.ClientSession

    async def setup_hook(self) -> None:
        """Tell Discord of the commands, and be there for the service's calls."""
        await super().setup_hook()
        connector = aiohttp.TCPConnector(keepalive_timeout=KEEPALIVE_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector)
        app = web.Application()
        app.router.add_post("/hook/{number}", self._hook)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", urlsplit(self._own).port).start()

    async def make(self, interaction: discord.Interaction[Jobs], prompt: str) -> None:
        """One job."""
        answer = await interaction.response.send_message(TEXT, view=_buttons("Cancel"))
        channel: Any = interaction.channel
        card = channel.get_partial_message(answer.message_id)
        number = str(next(self._numbers))
        ready = self._called[number] = asyncio.Event()
        order = {"prompt": prompt, "webhook": f"{self._own}/hook/{number}", "key": "key"}
        taken = await self._post(f"{self._service}/v6/video/text2video", order)
        await ready.wait()
        look = await self._post(f"{self._service}/v6/video/fetch/{taken['id']}", {"key": "key"})
        async with self._session.get(look["output"][0]) as response:
            clip = io.BytesIO(await response.read())
        await channel.send(
            TEXT,
            file=discord.File(clip, f"{number}.mp4"),
            view=_buttons("Again", "Edit", "Extend", "More…", "Delete"),
            nonce=f"r{interaction.id}",
            reference=card.to_reference(fail_if_not_exists=False),
        )
        await card.edit(content=TEXT, view=None)

    async def _post(self, address: str, body: dict[str, str]) -> Any:
        async with self._session.post(address, json=body) as response:
            return await response.json()

    async def _hook(self, request: web.Request) -> web.Response:
        await request.read()
        self._called.pop(request.match_info["number"]).set()
        return web.Response(status=204)


def _buttons(*labels: str) -> discord.ui.View:
    """Buttons that this process does not wait for."""
    view = discord.ui.View(timeout=None)
    for label in labels:
        view.add_item(discord.ui.Button(label=label, custom_id=label))
    view.stop()
    return view


def main() -> None:
    """Run it until it is killed."""
    bot = Jobs()

    @bot.tree.command(description="Make a video")
    async def video(interaction: discord.Interaction[Jobs], prompt: str) -> None:
        await bot.make(interaction, prompt)

    bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
