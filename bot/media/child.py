"""The process that hostile bytes are decoded in: `python -m bot.media.child`, started by the bot.

It reads one JSON request a line and forks for each, so that a file meets a process of its own, with
the libraries loaded already, and leaves nothing behind for the next. What became of the fork comes
back as one JSON line. Both end when the bot at the other end of stdin is gone. Its argument is how
far it gives way to others.
"""

import errno
import gc
import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from bot.media import confine
from bot.media.errors import (
    MachineTrouble,
    MediaCrashed,
    MediaError,
    NotAClip,
    NotAPicture,
    TooCostly,
    is_of_the_machine,
)
from bot.media.limits import Bound

_PATHS = {"path", "source", "more", "target", "preview"}
_LONGEST_ANSWER = 16_384

Work = Callable[..., Any]


def main() -> None:
    """Serve requests until stdin closes."""
    confine.give_up_powers(int(sys.argv[1]))
    answers = _private_stdout()
    with suppress(BrokenPipeError):  # the bot has died meanwhile
        for line in sys.stdin:
            os.write(answers, json.dumps(_outcome(json.loads(line))).encode() + b"\n")


def _private_stdout() -> int:
    """Keep the answer pipe to ourselves, so that nothing a library prints gets between answers."""
    answers = os.dup(1)
    os.dup2(2, 1)
    return answers


def _outcome(request: dict[str, Any]) -> dict[str, Any]:
    """Have a fork do the work: its answer, how it ended, and what it used."""
    try:
        work = _operation(request["operation"])
        gc.freeze()  # what the libraries made is shared with the forks, and collected by none
        reader, writer = os.pipe()
        pid = os.fork()
    except OSError as error:
        return {"trouble": f"no fork: {errno.errorcode.get(error.errno or 0)}"}
    if pid == 0:
        _work(work, request, writer)
    os.close(writer)
    answer = _answer_of(pid, reader)
    _, status, used = os.wait4(pid, 0)
    return {
        "answer": answer,
        "code": os.waitstatus_to_exitcode(status),
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * 1024,
    }


def _operation(name: str) -> Work:
    """The function that `module:function` names, with the libraries of work that comes alone."""
    module, _, function = name.partition(":")
    operation: Work = getattr(import_module(module), function)
    return operation


def _answer_of(pid: int, reader: int) -> str:
    """What the fork writes until it ends; no fork outlives the bot."""
    events = select.poll()
    events.register(reader, select.POLLIN)
    events.register(sys.stdin.fileno(), 0)
    answer = b""
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        while len(answer) < _LONGEST_ANSWER:
            if any(descriptor != reader for descriptor, _ in events.poll()):
                os.kill(pid, signal.SIGKILL)
                sys.exit()
            if not (part := pipe.read(_LONGEST_ANSWER)):
                break
            answer += part
    return answer.decode(errors="replace")


def _work(work: Work, request: dict[str, Any], writer: int) -> NoReturn:
    """Be the fork: do one piece of work within its bound, answer, and end."""
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(writer, 3)
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        confine.limit(Bound(**request["bound"]))
        os.write(3, json.dumps(_answer(work, request["arguments"])).encode())
        os._exit(0)
    finally:
        os._exit(1)


def _answer(work: Work, arguments: dict[str, Any]) -> dict[str, Any]:
    given = {
        name: Path(value) if name in _PATHS and value is not None else value
        for name, value in arguments.items()
    }
    try:
        return {"result": asdict(work(**given))}
    except Exception as error:  # noqa: BLE001 - the bot logs it, this process has no log
        verdict = _verdict(error)
        return {"error": type(verdict).__name__, "data": vars(verdict)}


def _verdict(error: Exception) -> MediaError:
    """Whose fault it is: the file's, unless the machine did not give what the bound promises."""
    if isinstance(error, MemoryError | NotAPicture | NotAClip) and not confine.is_memory_given():
        return MachineTrouble(f"no memory: {_place(error)}")
    if isinstance(error, MediaError):
        return error
    if isinstance(error, MemoryError):
        return TooCostly("memory")
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return TooCostly("file size")
    if is_of_the_machine(error):
        return MachineTrouble(_place(error))
    return MediaCrashed(_place(error))


def _place(error: Exception) -> str:
    """Kind and place of a failure, without its text, which may quote the file."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    kind = type(error).__name__
    if isinstance(error, OSError) and error.errno:
        kind += f" {errno.errorcode.get(error.errno, error.errno)}"
    return f"{kind} at {Path(last.filename).name}:{last.lineno}"


if __name__ == "__main__":
    main()
