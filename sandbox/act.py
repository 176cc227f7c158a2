"""`act`: does something as a person of a sandbox that runs in another terminal."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console
from rich.markup import escape

from sandbox.clock import Clock
from sandbox.readable import readable


async def run(
    asked: dict[str, Any], file: Path | None, out: Path, port: int, console: Console
) -> int:
    """Do it, show the answer, and save its files into `out`; exit code 0 if there was one."""
    return await _ask("acts", asked | _attached(file), out, port, console)


async def commands(who: str, port: int, console: Console) -> None:
    """Show all commands of the sandbox that runs, if one does."""
    try:
        answer = await _answer("acts", {"who": who, "command": "/"}, port)
    except aiohttp.ClientError:
        console.print("\nWhile a sandbox runs, all its commands stand here too.")
    else:
        console.print(escape("\n".join(["\nCommands:", *answer["lines"]])), highlight=False)


async def bot(what: str, port: int, console: Console) -> int:
    """Kill the bot, start it, or show how it is; exit code 0 if that went well."""
    return await _ask("bot", {"do": what}, Path(), port, console)


async def _ask(path: str, asked: dict[str, Any], out: Path, port: int, console: Console) -> int:
    try:
        answer = await _answer(path, asked, port)
    except aiohttp.ClientError:
        console.print(f"No sandbox listens on port {port}. Start one with: make demo", style="red")
        return 1
    now = Clock().now()
    if "error" in answer:
        console.print(escape(readable(answer["error"], now)), style="red", highlight=False)
        return 1
    console.print(escape(readable("\n".join(answer["lines"]), now)), highlight=False)
    for saved in answer["files"]:
        console.print(f"[bold]{escape(str(save(saved, out)))}[/]", highlight=False)
    return 0


async def _answer(path: str, asked: dict[str, Any], port: int) -> dict[str, Any]:
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        session.post(f"http://127.0.0.1:{port}/{path}", json=asked) as response,
    ):
        answer: dict[str, Any] = await response.json()
        return answer


def _attached(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    content = base64.b64encode(file.read_bytes()).decode()
    return {"file": {"name": file.name, "content": content}}


def save(saved: dict[str, str], out: Path) -> Path:
    """Write a file; another one of the same name stays, and this one's name gets a number."""
    out.mkdir(parents=True, exist_ok=True)
    content, name = base64.b64decode(saved["content"]), Path(saved["name"])
    path, number = out / name.name, 1
    while path.exists() and path.read_bytes() != content:
        number += 1
        path = out / f"{name.stem}-{number}{name.suffix}"
    path.write_bytes(content)
    return path
