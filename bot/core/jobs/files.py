"""Where a job's files are. Names come from the job, so nothing has to be stored about them."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.core.jobs.errors import LocalTrouble
from bot.core.jobs.making import Making
from bot.core.jobs.model import Job
from bot.core.jobs.unfinished import is_unfinished


class Files:
    """The run-time folder of pictures and clips."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "files"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._in_use: Counter[int] = Counter()

    @property
    def in_use(self) -> frozenset[int]:
        """The jobs whose clips are worked with just now."""
        return frozenset(self._in_use)

    @contextmanager
    def using(self, job_id: int) -> Iterator[None]:
        """Count a job's clip among those that are worked with."""
        self._in_use[job_id] += 1
        try:
            yield
        finally:
            self._in_use[job_id] -= 1
            self._in_use = +self._in_use

    def upload(self, job: Job) -> Path:
        """The member's file as Discord gave it."""
        return self.folder / f"{job.code}.upload"

    def picture(self, job: Job) -> Path:
        """The picture as the provider gets it."""
        return self.folder / f"{job.code}.picture.jpg"

    def last_upload(self, job: Job) -> Path:
        """The member's file for the last frame, as Discord gave it."""
        return self.folder / f"{job.code}.last.upload"

    def last_picture(self, job: Job) -> Path:
        """The last frame as the provider gets it."""
        return self.folder / f"{job.code}.last.jpg"

    def preview(self, job: Job) -> Path:
        """The small picture on the card."""
        return self.folder / f"{job.code}.preview.jpg"

    def result(self, job: Job) -> Path:
        """The clip as the provider gave it."""
        return self.folder / f"{job.code}.result"

    def digest(self, job: Job) -> str:
        """Tells the bytes of `result` from others; reads all of them."""
        with self.result(job).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def clip(self, job: Job) -> Path:
        """The clip as it is posted."""
        return self.folder / f"{job.code}.clip.{job.recipe.format}"

    def before(self, job: Job) -> Path:
        """The clip that the job's goes on from, as it was when that began."""
        return self.folder / f"{job.code}.before"

    def whole(self, job: Job) -> Path:
        """Both of them as one, until it takes the place of `result`."""
        return self.folder / f"{job.code}.whole.{job.recipe.format}"

    def joined(self, job: Job) -> Path:
        """An empty file: `result` is both of them as one, or will be once `whole` is gone."""
        return self.folder / f"{job.code}.joined"

    def is_joined(self, job: Job) -> bool:
        """Whether `result` is both of them as one."""
        return self.joined(job).exists() and not self.whole(job).exists()

    def put_whole(self, job: Job) -> None:
        """Let `whole` take the place of `result`; whoever dies between has it done again."""
        self.joined(job).touch()
        self.whole(job).replace(self.result(job))

    def made(self, job: Job, making: Making) -> Path:
        """What was made of the clip."""
        return self.folder / f"{job.code}.{making}.{making.container(job.recipe.format)}"

    def made_smaller(self, job: Job, making: Making) -> Path:
        """The same for places that do not take that much."""
        return self.folder / f"{job.code}.{making}.small.{making.container(job.recipe.format)}"

    def drop(self, job: Job) -> None:
        """Remove everything of a job, what was made of its clip included."""
        for path in self._own(job):
            remove(path)
        for making in Making:
            remove(self.made(job, making))
            remove(self.made_smaller(job, making))

    def drop_all_but(self, kept: Path, job: Job) -> None:
        """Remove everything of a job but one file, before anything is made of its clip."""
        for path in self._own(job):
            if path != kept:
                remove(path)

    def drop_unfinished(self) -> None:
        """Remove what a process that died had not finished; only while nothing is under way."""
        for path in self.folder.iterdir():
            if is_unfinished(path):
                path.unlink(missing_ok=True)

    def _own(self, job: Job) -> tuple[Path, ...]:
        """Every file that a job may have: the folder, which may be long, is not read for them."""
        return (
            self.upload(job),
            self.picture(job),
            self.last_upload(job),
            self.last_picture(job),
            self.preview(job),
            self.result(job),
            self.clip(job),
            self.before(job),
            self.whole(job),
            self.joined(job),
        )

    def size(self) -> int:
        """Bytes of all files; looks at each."""
        with os.scandir(self.folder) as found:
            return sum(map(_size, found))

    def codes(self, suffix: str = "") -> list[tuple[str, Path]]:
        """Every file whose name ends so, with the code of the job it belongs to."""
        files = (path for path in self.folder.iterdir() if path.name.endswith(suffix))
        return [(path.name.split(".", 1)[0], path) for path in files]


def remove(path: Path) -> None:
    """Remove a file if it is there: else a folder that cannot be written is no trouble.

    Raises:
        LocalTrouble
    """
    try:
        if path.exists():
            path.unlink(missing_ok=True)
    except OSError as error:
        raise LocalTrouble(repr(error)) from error


def _size(found: os.DirEntry[str]) -> int:
    """Bytes of a file; none if it has just gone."""
    try:
        return found.stat().st_size
    except FileNotFoundError:
        return 0
