"""`python -m sandbox`: the real bot on one machine, without any account."""

from __future__ import annotations

import argparse
import asyncio
import errno
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# The bot that the sandbox starts runs on Linux and macOS only.
if sys.platform == "win32":
    sys.exit("zoetrope: The sandbox needs Linux or macOS. On Windows, run it in WSL.")

from rich.console import Console

from sandbox import act, door, send
from sandbox.order import MEMBER, Order

ADMIN = "sam"

ACT = (
    "Does at a running sandbox what somebody does in Discord: types a command, presses a button or"
    " chooses from a menu of the newest message that has one, uses the menu of a message, fills in"
    " a form, posts a message or a picture, or looks at a channel. Messages that only they see"
    " count too, such as the answer to More…; files that are shown are saved. There are the members"
    " mika, with the role Supporter, and robin, the admin sam, the channels general and staff, the"
    " private thread backstage, in which mika and sam are, and boats, a post in a forum. A command"
    " without its options shows them; '/' shows all commands."
)
NUMBERS = {"seed": int, "frames": int, "fps": int, "steps": int, "guidance": float}
PORT_MOST = 65535
ONCE = ("out", "prompt", "image")
DEEDS = ("command", "press", "choose", "menu", "say", "look")
WORDS = ("preset", "shape", "avoid", "format", "model", "frame")


def main(arguments: Sequence[str]) -> int:
    """Read the command line and run; exit code 0 if all went well."""
    console = Console()
    try:
        if arguments[:1] == ["send"]:
            return asyncio.run(_send(_send_parser().parse_args(arguments[1:]), console))
        if arguments[:1] == ["act"]:
            return asyncio.run(_act(_acted(_act_parser(arguments, console), arguments), console))
        if arguments[:1] == ["bot"]:
            given = _bot_parser().parse_args(arguments[1:])
            return asyncio.run(act.bot(given.do, given.port or door.PORT, console))
        return asyncio.run(_run(_checked(_parser(), arguments), console))
    except OSError as error:
        console.print(_trouble(error), style="red")
        return 1
    except KeyboardInterrupt:
        return 130


def _trouble(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "The port is taken, perhaps by another sandbox. --port gives this one its own."
    return f"{error.strerror or error}: {error.filename or 'the port'}"


async def _run(given: argparse.Namespace, console: Console) -> int:
    # The stand-ins take a third of a second to import; a second terminal needs none of them.
    from sandbox import alone, once, open_stage  # noqa: PLC0415

    if given.only:
        port = given.port or alone.PORT
        return await alone.run(given.speed, given.record, port, console)
    if not given.once:
        port = given.port or door.PORT
        return await open_stage.run(given.speed, given.record, given.data, port, console)
    wanted = once.Once(
        out=given.out or Path("out"),
        prompt=given.prompt or once.PROMPT,
        image=given.image,
        speed=given.speed,
        record=given.record,
    )
    return await once.run(wanted, console)


async def _send(given: argparse.Namespace, console: Console) -> int:
    names = ("prompt", "spoiler", *WORDS, *NUMBERS)
    options: dict[str, Any] = {n: v for n in names if (v := getattr(given, n)) not in (None, False)}
    image = given.image if given.command == "animate" else None
    order = Order(given.command, options, image)
    return await send.run(order, given.out, given.port or door.PORT, console)


async def _act(given: argparse.Namespace, console: Console) -> int:
    asked = {name: getattr(given, name) for name in ("who", *DEEDS, "on", "place", "fill")}
    return await act.run(asked, given.file, given.out, given.port or door.PORT, console)


def _checked(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Refuse options that would be ignored."""
    given = parser.parse_args(arguments)
    if given.data and (given.only or given.once):
        parser.error("--data goes with an open sandbox")
    if given.only and given.once:
        parser.error("--only and --once exclude each other")
    ignored = [name for name in ONCE if getattr(given, name) and not given.once]
    if ignored:
        parser.error(f"--{ignored[0]} goes with --once; `send` orders at an open sandbox")
    return given


def _acted(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Refuse what does nothing, and options that would be ignored."""
    given = parser.parse_args(arguments[1:])
    done = [deed for deed in DEEDS if getattr(given, deed) is not None]
    if not done and given.fill is None:
        parser.error(
            "say what to do: a command, --press, --choose, --menu, --say, --look or --fill"
        )
    if given.on is not None and not {*done} & {"press", "choose", "menu"}:
        parser.error("--on goes with --press, --choose and --menu")
    return given


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Runs the bot against local stand-ins for Discord and ModelsLab until Ctrl-C."
        " From a second terminal `python -m sandbox send --help` orders a clip, and"
        " `python -m sandbox act --help` does all else that people do in Discord, and"
        " `python -m sandbox bot --help` kills the bot and starts it again.",
    )
    parser.add_argument("--once", action="store_true", help="order one clip of each kind, then end")
    parser.add_argument("--out", type=Path, help="where --once puts its files (default: out)")
    parser.add_argument("--prompt", help="what --once orders")
    parser.add_argument("--image", type=_picture, help="what --once animates (else a drawn one)")
    parser.add_argument("--data", type=_folder, metavar="DIR", help="keep the bot's data in DIR")
    parser.add_argument("--record", type=Path, help="write every exchange to this file")
    parser.add_argument("--only", choices=["modelslab"], help="run only this stand-in")
    faster = "make clips N times faster, and have Discord take as much more"
    parser.add_argument("--speed", type=_speed, default=1.0, help=faster)
    parser.add_argument("--port", type=_port, help="where `send`, or the bot with --only, finds it")
    return parser


def _send_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox send", description="Orders a clip at a running sandbox."
    )
    parser.add_argument("command", choices=["video", "animate"])
    parser.add_argument("--prompt")
    parser.add_argument("--image", type=_picture, help="the picture for animate")
    for name in WORDS:
        parser.add_argument(f"--{name}")
    for name, kind in NUMBERS.items():
        parser.add_argument(f"--{name}", type=kind)
    parser.add_argument("--spoiler", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("out"), help="where the clip is saved")
    parser.add_argument("--port", type=_port, help="the sandbox's, if it was given one")
    return parser


def _act_parser(arguments: Sequence[str], console: Console) -> argparse.ArgumentParser:
    there = argparse.ArgumentParser(add_help=False)
    there.add_argument("--port", type=_port)
    parser = _ActParser(
        there.parse_known_args(arguments)[0].port or door.PORT,
        console,
        prog="python -m sandbox act",
        description=ACT,
    )
    parser.add_argument("--as", dest="who", default=MEMBER, help="mika, robin or the admin sam")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("command", nargs="?", help="for instance '/quota-admin grant member:@mika'")
    what.add_argument("--press", metavar="LABEL", help="a button, by its label or how that begins")
    what.add_argument("--choose", metavar="LABEL", nargs="+", help="in a menu, by the same")
    what.add_argument(
        "--menu", metavar="NAME", help="the menu of a message: 'Animate this picture'"
    )
    what.add_argument(
        "--say", metavar="TEXT", nargs="?", const="", help="post a message, or a --file alone"
    )
    what.add_argument(
        "--look", metavar="PLACE", help="'#staff', '#general' or dm: what stands there"
    )
    parser.add_argument(
        "--on", metavar="WORDS", help="only a message with these words, else the newest that has it"
    )
    parser.add_argument(
        "--in",
        dest="place",
        metavar="PLACE",
        help="where: a channel or thread, by name or id, or dm; '#general' if left out",
    )
    parser.add_argument(
        "--fill",
        metavar="LABEL:TEXT",
        nargs="*",
        help="send the form that opens, or is open: each field that you name, by its label or how"
        " that begins. Without --fill a form is shown, and stays open",
    )
    parser.add_argument("--file", type=_picture, help="for a command that takes one, or to --say")
    parser.add_argument("--out", type=Path, default=Path("out"), help="where files are saved")
    parser.add_argument("--port", type=_port, help="the sandbox's, if it was given one")
    return parser


class _ActParser(argparse.ArgumentParser):
    """Whose help also lists the commands of the sandbox that runs, if one does."""

    def __init__(self, port: int, console: Console, **told: Any) -> None:
        super().__init__(**told)
        self._port = port
        self._console = console

    def print_help(self, file: Any = None) -> None:
        """See the base class."""
        super().print_help(file)
        asyncio.run(act.commands(ADMIN, self._port, self._console))


def _bot_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox bot",
        description="Kills the bot of a running sandbox without warning, as a power cut would,"
        " starts it again, or tells how it is. Discord and the video service go on meanwhile.",
    )
    parser.add_argument("do", choices=[door.KILL, door.START, door.STATUS])
    parser.add_argument("--port", type=_port, help="the sandbox's, if it was given one")
    return parser


def _picture(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path


def _folder(text: str) -> Path:
    return Path(text).resolve()


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < math.inf:
        raise argparse.ArgumentTypeError("it must be a number above 0")
    return speed


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= PORT_MOST:
        raise argparse.ArgumentTypeError(f"it must be a number from 1 to {PORT_MOST}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
