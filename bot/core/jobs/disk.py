"""Whether the files folder can be used: known before anything that needs it is begun."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import Callable

import structlog

from bot.clock import Clock
from bot.core.jobs.bells import Bells
from bot.core.jobs.files import Files

log = structlog.get_logger(__name__)

LEAST_FREE = 64 * 2**20
"""Bytes: several clips of a usual size. A larger one finds out by itself, and waits."""
ROOM = 4 * LEAST_FREE
"""Bytes before which clips go that need not be here."""
LOOK_EVERY, PATIENCE = 5.0, 5.0
"""Seconds between two looks at the folder, and for which one may last."""
PASSES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.ETIMEDOUT})
"""Trouble that may end by itself, as that of a folder of another owner will not."""


def probe(files: Files) -> None:
    """Write as a job would, and see that there is room; runs in a thread, for disks may stall.

    Raises:
        OSError: The folder cannot be used now.
    """
    trial = files.folder / ".trial"
    with trial.open("wb") as file:
        file.write(b"\0" * 4096)
        file.flush()
        os.fsync(file.fileno())
    trial.unlink(missing_ok=True)  # whoever tidies up may have been here
    if shutil.disk_usage(files.folder).free < LEAST_FREE:
        raise OSError(errno.ENOSPC, f"less than {LEAST_FREE >> 20} MiB are free")


def _is_crowded(files: Files, most: int) -> bool:
    if not os.access(files.folder, os.W_OK):
        return False  # nothing can be removed: to let clips go would make no room
    return shutil.disk_usage(files.folder).free < ROOM or files.size() > most


class Disk:
    """Looks at the folder every few seconds; others read `trouble`, which costs nothing."""

    def __init__(
        self, files: Files, clock: Clock, bells: Bells, look: Callable[[Files], None] = probe
    ) -> None:
        self._files = files
        self._clock = clock
        self._bells = bells
        self._look = look
        self._looking: asyncio.Task[None] | None = None
        self.trouble: str | None = None
        """Why the folder cannot be used, for the operator; None while it can."""

    async def watch(self) -> None:
        """Look again and again."""
        while True:
            await self.look()
            await self._clock.sleep(LOOK_EVERY)

    async def is_crowded(self, most: int) -> bool:
        """Whether files have to go: more than `most` bytes of them, or too little room beside."""
        try:
            return await asyncio.to_thread(_is_crowded, self._files, most)
        except OSError:  # the next look tells of it
            return False

    async def begin(self) -> None:
        """Look for the first time.

        Raises:
            OSError: The folder cannot be used, and that will not pass.
        """
        error = await self._found()
        if error is not None and error.errno not in PASSES:
            raise error
        self._note(error)

    async def look(self) -> None:
        """Look once."""
        self._note(await self._found())

    async def _found(self) -> OSError | None:
        """What a look finds. One that does not come back says as much as one that fails."""
        if self._looking is None:
            self._looking = asyncio.create_task(asyncio.to_thread(self._look, self._files))
        done, _ = await asyncio.wait({self._looking}, timeout=PATIENCE)
        if not done:
            return OSError(errno.ETIMEDOUT, "it does not answer")
        error = self._looking.exception()
        self._looking = None
        if error is not None and not isinstance(error, OSError):
            raise error
        return error

    def _note(self, error: OSError | None) -> None:
        trouble = None if error is None else error.strerror or type(error).__name__
        before, self.trouble = self.trouble, trouble
        if trouble or before:  # perhaps clips can go that need not be here, or could not until now
            self._bells.ring("sweep", at=self._clock.steady())
        if trouble and not before:
            log.error("disk.unusable", folder=str(self._files.folder), detail=trouble)
        if before and not trouble:
            log.info("disk.usable", folder=str(self._files.folder))
