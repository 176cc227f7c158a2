"""Removes files that no job needs any more, left behind by a process that died; and old drafts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from bot.clock import Clock
from bot.core.jobs.codes import id_of
from bot.core.jobs.files import Files
from bot.core.jobs.model import Job
from bot.core.jobs.store import JobStore
from bot.errors import StoreUnavailable

log = structlog.get_logger(__name__)

EVERY = 86_400.0


async def sweep_daily(files: Files, store: JobStore, clock: Clock) -> None:
    """Sweep now and every day from now on."""
    while True:
        try:
            await sweep(files, store, clock.steady())
            await store.drop_drafts(clock.now())
        except (StoreUnavailable, OSError) as error:
            log.warning("files.not_swept", error=repr(error))
        await clock.sleep(EVERY)


async def sweep(files: Files, store: JobStore, at: float, *, suffix: str = "") -> None:
    """Drop the files of jobs that have ended, but for clips that are to be here or gone on from.

    With a `suffix`, those alone whose names end with it.
    """
    removed = 0
    for code, path in await asyncio.to_thread(files.codes, suffix):
        job_id = id_of(code)
        job = await store.job(job_id) if job_id is not None else None
        if job is None or not _is_needed(path, job, files, at):
            await asyncio.to_thread(path.unlink, missing_ok=True)
            removed += 1
    if removed:
        log.info("files.swept", removed=removed)


def _is_needed(path: Path, job: Job, files: Files, at: float) -> bool:
    return job.needs_files or (path == files.before(job) and job.may_go_on(at=at))
