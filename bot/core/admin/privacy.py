"""What is kept about a member on a server: handed over to them, and forgotten at their wish."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from bot.clock import Clock
from bot.core.admin import documents
from bot.core.admin.configuration import Items
from bot.core.jobs.kept import KeptClips
from bot.core.jobs.model import Job
from bot.core.jobs.store import Line

VIDEOS_MOST, LINES_MOST = 5_000, 10_000
"""What one file holds at most, the newest first."""
FILE_BYTES = 9 * 1024**2
"""Discord takes 10 MiB everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All that is stored about a member on a server; `requests` are (when, text)."""

    videos: Sequence[Job]
    credits: Sequence[Line]
    requests: Sequence[tuple[float, str]]
    items: Items


@dataclass(frozen=True, slots=True)
class Forgettable:
    """What can be forgotten: finished videos with words or a picture, and answered requests.

    `unfetched` are finished videos whose clips are kept for the member, with `held` credits on
    hold.

    `on_the_way` videos keep theirs, since they may still need them; so do those whose hand-over
    had no clear answer, as long as they may come back.
    """

    finished: int
    on_the_way: int
    unfetched: int
    held: int
    requests: int


class PrivacyStore(Protocol):
    """One member's rows on one server."""

    async def kept(self, guild_id: int, user_id: int, now: float) -> Kept:
        """Everything about a member, up to VIDEOS_MOST and LINES_MOST."""
        ...

    async def forgettable(self, guild_id: int, user_id: int) -> Forgettable:
        """What there is to forget."""
        ...

    async def forget(self, guild_id: int, user_id: int) -> int:
        """Blank what the member wrote and attached; how many finished videos it belonged to.

        Numbers stay: the ledger, and what was made when.
        """
        ...


class PrivacyService:
    """A member's say over what is kept about them."""

    def __init__(self, *, store: PrivacyStore, clips: KeptClips, clock: Clock) -> None:
        self._store = store
        self._clips = clips
        self._clock = clock

    async def export(self, guild_id: int, user_id: int) -> bytes:
        """Everything about a member as a JSON file."""
        kept = await self._store.kept(guild_id, user_id, self._clock.now())
        return await asyncio.to_thread(_document, guild_id, user_id, kept)

    async def forgettable(self, guild_id: int, user_id: int) -> Forgettable:
        """What there is to forget."""
        return await self._store.forgettable(guild_id, user_id)

    async def forget(self, guild_id: int, user_id: int) -> int:
        """Forget what a member wrote and attached; how many finished videos it belonged to.

        Clips that are kept for them go too, and the credits on hold for those are used.
        """
        await self._clips.discard_all(guild_id, user_id)
        return await self._store.forget(guild_id, user_id)


def _document(guild_id: int, user_id: int, kept: Kept) -> bytes:
    """As many of the newest videos as fit into a file."""
    count = len(kept.videos)
    while True:
        made = _written(guild_id, user_id, kept, count)
        if len(made) <= FILE_BYTES or not count:
            return made
        count = int(count * 0.8)


def _written(guild_id: int, user_id: int, kept: Kept, count: int) -> bytes:
    whole = {
        "server": str(guild_id),
        "member": str(user_id),
        "shown": {"newest videos": count, "newest credits": len(kept.credits)},
        "videos": [_video(job) for job in kept.videos[:count]],
        "credits": [_line(line) for line in kept.credits],
        "requests": [{"at": _moment(at), "text": text} for at, text in kept.requests],
        "rules": documents.all_written(kept.items),
    }
    return (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode()


def _video(job: Job) -> dict[str, Any]:
    messages = {"card": job.card_message_id, "result": job.result_message_id}
    return {
        "id": job.code,
        "ordered": _moment(job.created_at),
        "ended": _moment(job.ended_at),
        "state": job.state.value,
        "channel": str(job.channel_id),
        **{name: str(id_) if id_ else None for name, id_ in messages.items()},
        **asdict(job.recipe),
        "picture": job.picture_url,
        "model_ran": job.model_ran,
        "seed_ran": job.seed_ran,
    }


def _line(line: Line) -> dict[str, Any]:
    return asdict(line) | {"at": _moment(line.at), "until": _moment(line.until)}


def _moment(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
