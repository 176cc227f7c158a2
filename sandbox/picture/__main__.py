"""`python -m sandbox.picture FILE`: orders a clip, opens what is behind *More…*, and draws both."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sandbox import photo
from sandbox.discord.model import Message
from sandbox.hands import Hands
from sandbox.order import CHANNEL, MEMBER, Order, place
from sandbox.picture import ink
from sandbox.picture.messages import drawn
from sandbox.stage import Stage

PROMPT = "the boat rocks on the evening swell, the camera moves in slowly"
SEED = 7
PATIENCE = 120.0


def main(arguments: Sequence[str]) -> int:
    """Draw it into the file that is named; exit code 0 if it is there."""
    console = Console()
    if len(arguments) != 1:
        console.print("Name the file to write, for instance docs/result.png.")
        return 2
    if not ink.has_emoji():
        console.print("Without its font, emoji are left out: apt install fonts-noto-color-emoji")
    target = Path(arguments[0])
    drawn(asyncio.run(_messages())).save(target, optimize=True)
    console.print(f"{target}: {target.stat().st_size:,} bytes")
    return 0


async def _messages() -> list[Message]:
    """The result of an order, and the answer to its *More…*."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "boat.jpg"
        photo.draw(picture)
        async with Stage(speed=10, seed=SEED) as stage:
            options = {"prompt": PROMPT, "shape": "wide"}
            done = await place(stage, Order("animate", options, picture), PATIENCE, lambda _: None)
            hands = Hands(stage.discord, CHANNEL)
            await hands.act(MEMBER, {"press": "More…"}, None)
            return [done.result, *hands.shown]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
