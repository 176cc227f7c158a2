"""The process that touches hostile bytes: `python -m bot.media.child`, started by the worker.

It reads one JSON request a line, answers each with one JSON line, and ends when its stdin does.
"""

import contextlib
import errno
import json
import os
import queue
import resource
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from bot.media.errors import MediaCrashed, MediaError

_LIMITS = {
    resource.RLIMIT_AS: 2 << 30,
    resource.RLIMIT_FSIZE: 200_000_000,
    resource.RLIMIT_CORE: 0,
}
_NICENESS = 10
_MODULES = {
    "prepare": "pictures",
    "probe": "clips",
    "shrink": "reencode",
    "to_gif": "reencode",
    "chart": "drawing",
}
_PATHS = {"path", "source", "target", "preview"}


def main() -> None:
    """Serve requests until stdin closes."""
    _restrict()
    answers = _private_stdout()
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        answers.write(json.dumps(_answer(requests.get())) + "\n")
        answers.flush()


def _restrict() -> None:
    os.nice(_NICENESS)
    # Where Linux shares time out by session, niceness counts only inside one, and this is our own.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICENESS))
    for limit, value in _LIMITS.items():
        # Some systems know the name but not the limit; the wall clock still ends the work there.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))


def _private_stdout() -> TextIO:
    """Keep the answer pipe to ourselves, so that nothing a library prints gets between answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _listen(requests: "queue.SimpleQueue[str]") -> None:
    """Pass requests on; end the process, busy or not, once the bot at the other end is gone."""
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)


def _answer(line: str) -> dict[str, Any]:
    request = json.loads(line)
    arguments = {
        name: Path(value) if name in _PATHS and value is not None else value
        for name, value in request["arguments"].items()
    }
    try:
        return {"result": asdict(_operation(request["operation"])(**arguments))}
    except MediaError as error:
        return _refusal(error)
    except Exception as error:  # noqa: BLE001 - the bot logs it, this process has no log
        return _refusal(MediaCrashed(_place(error)))


def _operation(name: str) -> Callable[..., Any]:
    """The function of that name; a child only ever loads the libraries of the work it gets."""
    operation: Callable[..., Any] = getattr(import_module(f"bot.media.{_MODULES[name]}"), name)
    return operation


def _refusal(error: MediaError) -> dict[str, Any]:
    return {"error": type(error).__name__, "data": vars(error)}


def _place(error: Exception) -> str:
    """Kind and place of a failure, without its text, which may quote the file."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    kind = type(error).__name__
    if isinstance(error, OSError) and error.errno:
        kind += f" {errno.errorcode.get(error.errno, error.errno)}"
    return f"{kind} at {Path(last.filename).name}:{last.lineno}"


if __name__ == "__main__":
    main()
