"""`send`: orders a clip at a sandbox that runs in another terminal, and saves it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console
from rich.markup import escape

from sandbox.act import save
from sandbox.clock import Clock
from sandbox.door import BODY_MOST, PATIENCE
from sandbox.order import Order
from sandbox.readable import readable


async def run(order: Order, out: Path, port: int, console: Console) -> int:
    """Order, and save the clip into `out`; exit code 0 if it came."""
    asked: dict[str, Any] = {"command": order.command, "options": order.options}
    if order.image:
        content = base64.b64encode(order.image.read_bytes()).decode()
        asked["image"] = {"name": order.image.name, "content": content}
    timeout = aiohttp.ClientTimeout(total=PATIENCE + 60)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, read_bufsize=BODY_MOST) as session,
            session.post(f"http://127.0.0.1:{port}/orders", json=asked) as response,
        ):
            with console.status("Waiting for the clip …"):
                async for line in response.content:
                    if (code := _show(json.loads(line), out, console)) is not None:
                        return code
    except aiohttp.ClientConnectorError:
        console.print(f"No sandbox listens on port {port}. Start one with: make demo", style="red")
    except aiohttp.ClientError:
        console.print("The sandbox ended before the clip came.", style="red")
    return 1


def _show(line: dict[str, Any], out: Path, console: Console) -> int | None:
    now = Clock().now()
    if "card" in line:
        console.print(escape(readable(line["card"], now)) + "\n", highlight=False)
        return None
    if "error" in line:
        console.print(escape(readable(line["error"], now)), style="red", highlight=False)
        return 1
    path = save(line, out)
    console.print(
        f"{escape(readable(line['said'], now))}\n[bold]{escape(str(path))}[/]", highlight=False
    )
    return 0
