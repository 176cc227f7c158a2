"""How much memory and how many cores this machine, or the container around us, gives."""

import os
from collections.abc import Iterator
from pathlib import Path


def memory(root: Path = Path("/")) -> int:
    """Bytes that the bot and its children may use together; `root` is where the system's files are.

    The tightest of the machine's memory and of every control group that we are in.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_group_limits(root)])


def cores(root: Path = Path("/")) -> int:
    """How many processors the bot and its children may keep busy together, at least one.

    The fewest of those that we may run on and of the time that each control group may take.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    ours = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min([ours, *_group_cores(root)]))


def _group_cores(root: Path) -> Iterator[int]:
    """Time that may be taken by the time that passes, rounded up."""
    for folder, is_unified in _groups(root, "cpu"):
        quota = _words(folder / ("cpu.max" if is_unified else "cpu.cfs_quota_us"))
        if not is_unified:
            quota += _words(folder / "cpu.cfs_period_us")
        if len(quota) == 2 and all(map(str.isdecimal, quota)) and int(quota[1]):  # noqa: PLR2004
            yield -(-int(quota[0]) // int(quota[1]))


def _group_limits(root: Path) -> Iterator[int]:
    """The limits of our control groups and of those around them, in either version's files."""
    for folder, is_unified in _groups(root, "memory"):
        limit = _words(folder / ("memory.max" if is_unified else "memory.limit_in_bytes"))
        if limit and limit[0].isdecimal():
            yield int(limit[0])


def _groups(root: Path, controller: str) -> Iterator[tuple[Path, bool]]:
    """The folders of a controller's groups, from ours up; and whether they are of version two.

    A container sees its own group as the root.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        base = root / "sys/fs/cgroup" / (controller if controllers else "")
        relative = Path(group.lstrip("/"))
        for folder in (relative, *relative.parents):
            yield base / folder, not controllers


def _words(path: Path) -> list[str]:
    """What a file says; nothing, where there is none."""
    try:
        return path.read_text().split()
    except OSError:
        return []
