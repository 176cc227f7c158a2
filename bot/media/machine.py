"""How much memory this machine, or the container around us, gives."""

import os
from collections.abc import Iterator
from pathlib import Path


def memory(root: Path = Path("/")) -> int:
    """Bytes that the bot and its children may use together; `root` is where the system's files are.

    The tightest of the machine's memory and of every control group that we are in.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_group_limits(root)])


def _group_limits(root: Path) -> Iterator[int]:
    """The limits of our control groups and of those around them, in either version's files."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    base = root / "sys/fs/cgroup"
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            yield from _limits_up(base, group, "memory.max")
        elif "memory" in controllers.split(","):
            yield from _limits_up(base / "memory", group, "memory.limit_in_bytes")


def _limits_up(base: Path, group: str, name: str) -> Iterator[int]:
    """The limits from a group up to the root; a container sees its own group as the root."""
    relative = Path(group.lstrip("/"))
    for folder in (relative, *relative.parents):
        try:
            text = (base / folder / name).read_text().strip()
        except OSError:
            continue
        if text.isdecimal():
            yield int(text)
