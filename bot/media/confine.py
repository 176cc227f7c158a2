"""How a child gives up what it does not need. Runs in the child processes only.

Some systems know less than Linux does: what is missing there is skipped, and the wall clock of the
bot still ends the work.
"""

import contextlib
import ctypes
import math
import mmap
import os
import resource
import sys
from pathlib import Path

from bot.media.limits import LARGEST_FILE, OPEN_FILES, Bound
from bot.undumpable import make_undumpable

_FIRST_FOR_THE_KERNEL = "1000"
_STEADY_LIMITS = {
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: LARGEST_FILE,
    resource.RLIMIT_NOFILE: OPEN_FILES,
}
_SLACK = 1 << 20

_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION = 0x20080522
_CAP_DAC_OVERRIDE = 1 << 1


def give_up_powers(niceness: int) -> None:
    """Give way to the bot, be the first to go when memory is short, and never gain a right."""
    os.nice(niceness)
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_FOR_THE_KERNEL)
    # Where Linux shares time out by session, niceness counts only inside one, and this is our own.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))
    make_undumpable()
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # Only root has any; it keeps what it needs to reach a data folder of another owner.
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    effective = permitted = _CAP_DAC_OVERRIDE if os.geteuid() == 0 else 0
    libc.capset(header, (ctypes.c_uint32 * 6)(effective, permitted, 0, 0, 0, 0))


def limit(bound: Bound) -> None:
    """Let this process use no more than `bound` from now on; a second call can only tighten."""
    for which, value in _STEADY_LIMITS.items():
        _lower(which, value, value)
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime + bound.cpu)
    # The kernel warns, which ends us, at the first limit, and kills one who does not listen.
    _lower(resource.RLIMIT_CPU, seconds, seconds + 1)
    if (taken := _address_space()) is not None:
        _lower(resource.RLIMIT_AS, taken + bound.memory, taken + bound.memory)


def _lower(which: int, soft: int, hard: int) -> None:
    _, before = resource.getrlimit(which)
    if before != resource.RLIM_INFINITY:
        soft, hard = min(soft, before), min(hard, before)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (soft, hard))


def is_memory_given() -> bool:
    """Whether the machine would still give what the limit leaves.

    When it would, one who found no memory wanted more than the limit.
    """
    most, taken = resource.getrlimit(resource.RLIMIT_AS)[0], _address_space()
    if most == resource.RLIM_INFINITY or taken is None:
        return False
    room = most - taken - _SLACK
    if room <= 0:
        return True
    try:
        mmap.mmap(-1, room, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except (OSError, MemoryError):
        return False
    return True


def _address_space() -> int | None:
    """Bytes of address space in use, where the system tells."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return None
