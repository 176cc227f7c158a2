"""What hostile code would try inside a child; the tests have it called there by name."""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path

from bot.media.errors import NotAPicture
from bot.media.model import Written


def done(number=0):
    """A child can answer with records of the bot only; this is one that is a plain number."""
    return Written(number)


def read_the_bots_environment():
    found = b""
    for pid in _ancestors():
        for name in ("environ", "mem", "maps"):
            with contextlib.suppress(OSError), Path(f"/proc/{pid}/{name}").open("rb") as file:
                found += file.read(1) or b"opened"
    return done(len(found))


def trace_the_bot():
    attach, detach = 16, 17
    libc = ctypes.CDLL(None)
    traced = [pid for pid in _ancestors() if libc.ptrace(attach, pid, 0, 0) == 0]
    for pid in traced:
        libc.ptrace(detach, pid, 0, 0)
    return done(len(traced))


def _ancestors():
    """The child that forked us, and the bot."""
    parent = os.getppid()
    status = Path(f"/proc/{parent}/status").read_text()
    return parent, next(int(line.split()[1]) for line in status.splitlines() if "PPid" in line)


def tell_what_was_inherited(target):
    """Names of the environment, the command line, and which files are open."""
    files = []
    for descriptor in range(1_000):
        with contextlib.suppress(OSError):
            files.append(os.fstat(descriptor).st_ino)
    found = {"environment": dict(os.environ), "command": sys.orig_argv, "files": files}
    target.write_text(json.dumps(found))
    return done()


def open_many_files():
    kept = []
    with contextlib.suppress(OSError):
        while len(kept) < 10_000:
            kept.append(os.open(os.devnull, os.O_RDONLY))
    return done(len(kept))


def write_a_huge_file(target):
    with target.open("wb") as file:
        file.seek(1 << 40)
        file.write(b"end")
    return done()


def run_for_ever():
    while True:
        pass


def run_for_ever_and_not_listen():
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    run_for_ever()


def allocate_for_ever():
    kept = []
    while True:
        kept.append(bytearray(16 << 20))


def swallow_the_lack_of_memory():
    """As decoders do that know no better name for it than a broken file."""
    try:
        bytearray(1 << 40)
    except MemoryError:
        raise NotAPicture("pixels: MemoryError") from None


def sleep_for_ever():
    time.sleep(1_000)


def signal_itself(number):
    os.kill(os.getpid(), number)
    threading.Event().wait()


def leave():
    os._exit(0)


def answer_with(text):
    os.write(3, text.encode())
    os._exit(0)


def answer_without_end():
    while True:
        os.write(3, b"0" * 65_536)


def raise_the_limits():
    """Try to get back what was taken; counts what could be."""
    raised = 0
    for which in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            raised += 1
    return done(raised)


def remember():
    """Leave something behind in memory; counts what was there already, and in the folder."""
    found = len(list(Path().iterdir())) + getattr(os, "left_behind", 0)
    os.left_behind = 1
    return done(found)


def leave_something_where_it_works():
    """In every way that there is; counts those that succeed."""
    ways = (
        lambda: Path("file").write_text("behind"),
        lambda: Path("folder").mkdir(),
        lambda: Path("link").symlink_to("/"),
        lambda: Path("same").hardlink_to(__file__),
        lambda: os.mkfifo("pipe"),
        lambda: Path("/proc/self/cwd/file").write_text("behind"),
        lambda: Path(f"/proc/{os.getppid()}/cwd/file").write_text("behind"),
        lambda: os.open(".", os.O_TMPFILE | os.O_WRONLY),
    )
    left = 0
    for way in ways:
        with contextlib.suppress(OSError):
            way()
            left += 1
    return done(left)


def fail_with(number):
    raise OSError(number, os.strerror(number))


def allocate_too_much_at_once():
    return done(len(bytearray(1 << 59)))
