"""The sandbox that stays open: orders come from a second terminal until Ctrl-C."""

from __future__ import annotations

import asyncio
import base64
import json
import mimetypes
import sys
import tempfile
from pathlib import Path
from typing import Any

from aiohttp import web
from rich.console import Console
from rich.markup import escape

from sandbox import report
from sandbox.discord.errors import MemberRefused
from sandbox.discord.model import UploadedFile
from sandbox.door import BODY_MOST, PATIENCE, PORT
from sandbox.hands import Hands
from sandbox.order import CHANNEL, Order, OrderFailed, place
from sandbox.record import Recorder
from sandbox.stage import KEY, SECRET, TOKEN, BotFailed, Stage
from sandbox.stopping import told_to_stop
from sandbox.switch import Switch

# Enough to play with; the operator's usual default is used up after three clips.
CREDITS = {"DEFAULT_CREDITS": "100", "SERVER_CREDITS": "unlimited"}

Lines = asyncio.Queue[dict[str, Any] | None]


async def run(
    speed: float, record: Path | None, data: Path | None, port: int, console: Console
) -> int:
    """Keep the bot and both stand-ins running; exit code 1 if the bot ends by itself."""
    recorder = Recorder(record, (TOKEN, KEY, SECRET)) if record else None
    starting = console.status("Starting the bot …")
    starting.start()
    try:
        async with Stage(speed=speed, record=recorder, settings=CREDITS, folder=data) as stage:
            starting.stop()
            return await _serve(stage, port, console)
    except BotFailed as error:
        console.print(f"The bot did not come up. The end of its log:\n{error}", style="red")
        return 1
    finally:
        starting.stop()
        if recorder:
            recorder.close()


async def _serve(stage: Stage, port: int, console: Console) -> int:
    door = _Door(stage, console)
    app = web.Application(client_max_size=BODY_MOST)
    app.router.add_post("/orders", door.order)
    app.router.add_post("/acts", door.act)
    app.router.add_post("/bot", door.bot)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    elsewhere = "" if port == PORT else f" --port {port}"
    send = f"{_python()} -m sandbox send"
    console.print(
        "[bold]The bot is running[/], against stand-ins for Discord and ModelsLab.\n"
        "Order a clip from a second terminal, in this folder:\n\n"
        f"  {send} video --prompt 'a fox runs through snow'{elsewhere}\n"
        f"  {send} animate --image photo.jpg{elsewhere}\n\n"
        "Or do anything else as one of its people, mika, robin or the admin sam:\n\n"
        f"  {_python()} -m sandbox act '/quota show'{elsewhere}\n"
        f"  {_python()} -m sandbox act --press More{elsewhere}\n"
        f"  {_python()} -m sandbox act '/quota-admin default credits:20' --as sam{elsewhere}\n\n"
        "Kill the bot while a clip is made, and start it again: the clip arrives, once.\n\n"
        f"  {_python()} -m sandbox bot kill{elsewhere}\n"
        f"  {_python()} -m sandbox bot start{elsewhere}\n\n"
        f"The bot's log: {stage.bot.log}\nCtrl-C ends it.",
        highlight=False,
        soft_wrap=True,
    )
    try:
        return await _until_told(stage, door.switch, console)
    finally:
        door.end()
        await runner.cleanup()


def _python() -> str:
    """This interpreter, as one would type it here."""
    path = Path(sys.executable)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


async def _until_told(stage: Stage, switch: Switch, console: Console) -> int:
    told, ended = told_to_stop(), asyncio.ensure_future(switch.fell())
    await asyncio.wait({told, ended}, return_when=asyncio.FIRST_COMPLETED)
    if told.done():
        ended.cancel()
        console.print("Ending …")
        return 0
    told.cancel()
    console.print(f"The bot ended. The end of its log:\n{stage.bot.last_words()}", style="red")
    return 1


class _Door:
    """Takes orders from the second terminal and tells it, line by line, what the card says."""

    def __init__(self, stage: Stage, console: Console) -> None:
        self._stage = stage
        self._console = console
        self._open: set[Lines] = set()
        self._hands = Hands(stage.discord, CHANNEL)
        self.switch = Switch(stage)

    def end(self) -> None:
        """Tell everybody who waits that nothing will come."""
        for lines in self._open:
            lines.put_nowait({"error": "The sandbox ended before the clip came."})
            lines.put_nowait(None)

    async def act(self, request: web.Request) -> web.Response:
        """Do what somebody does in a Discord client, and answer with what they see then."""
        asked = await request.json()
        self._console.print(f"{asked['who']}: {escape(_said(asked))}", highlight=False)
        try:
            lines = await self._hands.act(asked["who"], asked, _upload(asked.get("file")))
        except (MemberRefused, ValueError) as error:
            return web.json_response({"error": str(error)})
        files = [
            {"name": name, "content": base64.b64encode(content).decode()}
            for name, content in self._hands.files()
        ]
        return web.json_response({"lines": lines, "files": files})

    async def bot(self, request: web.Request) -> web.Response:
        """Kill the bot, start it, or tell how it is."""
        asked = await request.json()
        self._console.print(f"bot {escape(asked['do'])}", highlight=False)
        try:
            return web.json_response({"lines": [await self.switch.turn(asked["do"])], "files": []})
        except BotFailed as error:
            return web.json_response({"error": f"The bot did not come up:\n{error}"})

    async def order(self, request: web.Request) -> web.StreamResponse:
        """Place an order and stream what becomes of it."""
        asked = await request.json()
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        lines: Lines = asyncio.Queue()
        self._open.add(lines)
        work = asyncio.create_task(self._place(asked, lines))
        try:
            while (line := await lines.get()) is not None:
                await response.write(json.dumps(line).encode() + b"\n")
        finally:
            self._open.discard(lines)
            work.cancel()
        return response

    async def _place(self, asked: dict[str, Any], lines: Lines) -> None:
        def tell(card: str) -> None:
            title = card.split("\n", 1)[0]
            self._console.print(f"/{asked['command']}  {escape(title)}", highlight=False)
            lines.put_nowait({"card": card})

        try:
            with tempfile.TemporaryDirectory() as folder:
                order = _order(asked, Path(folder))
                outcome = await place(self._stage, order, PATIENCE, tell)
                tell(outcome.faces[-1])
                clip = report.save_clip(outcome, Path(folder))
                content = base64.b64encode(clip.read_bytes()).decode()
                name = outcome.result.attachments[0].filename
                lines.put_nowait({"name": name, "content": content, "said": outcome.result.content})
        except OrderFailed as error:
            if error.answer is not None:
                self._hands.saw(error.answer)
            title = str(error).split("\n", 1)[0]
            self._console.print(f"/{asked['command']}  {escape(title)}", style="red")
            lines.put_nowait({"error": str(error)})
        lines.put_nowait(None)


def _said(asked: dict[str, Any]) -> str:
    for done in ("press", "choose", "menu", "look", "say", "command", "fill"):
        if asked.get(done):
            return str(asked[done]) if done == "command" else f"{done} {asked[done]}"
    return "…"


def _upload(file: dict[str, str] | None) -> UploadedFile | None:
    if file is None:
        return None
    kind = mimetypes.guess_type(file["name"])[0]
    return UploadedFile(file["name"], kind, base64.b64decode(file["content"]))


def _order(asked: dict[str, Any], folder: Path) -> Order:
    image = None
    if asked.get("image"):
        image = folder / Path(asked["image"]["name"]).name
        image.write_bytes(base64.b64decode(asked["image"]["content"]))
    return Order(asked["command"], asked["options"], image)
