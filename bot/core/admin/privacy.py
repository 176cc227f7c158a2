"""What is kept about a member on a server: handed over to them, and forgotten at their wish."""

from __future__ import annotations

import asyncio
import itertools
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from bot.clock import Clock, Instant, instant
from bot.core.jobs.codes import code_of
from bot.core.jobs.kept import KeptClips

VIDEOS_MOST, LINES_MOST = 5_000, 10_000
"""What one file holds at most, the newest first."""
OF_OTHERS = frozenset({"admin_id", "answered_by"})
"""Columns that tell who of the staff did something, which is not the member's to know."""
STEADY = frozenset(
    {
        "due_at",
        "card_due_at",
        "submitted_at",
        "looked_at",
        "deadline_at",
        "expires_at",
        "ready_at",
    }
)
"""Times of videos and requests on the steady clock."""
EXACT = 2**53
"""Many programs read greater numbers of a JSON file wrongly; Discord's ids are greater."""

NEXT = ",\n"

Row = dict[str, Any]
"""A row as it is stored, by the names of its columns."""


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is stored about a member on a server; `others` by what they are.

    A row of `videos` has its `moves` with it.
    """

    videos: Sequence[Row]
    others: Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Forgettable:
    """What can be forgotten: finished videos with more than numbers, and answered requests.

    `settings` is 1 where a member has set something of their own, which holds on every server.

    `clips` are finished videos whose clips are here; `unfetched` those of them that are kept for
    the member, with `held` credits on hold.

    `on_the_way` videos keep theirs, since they may still need them; so do those whose hand-over
    had no clear answer, as long as they hold a slot. One that is forgotten does not come back.
    """

    finished: int
    on_the_way: int
    clips: int
    unfetched: int
    held: int
    requests: int
    settings: int


class PrivacyStore(Protocol):
    """One member's rows on one server, and what they prefer on all of them."""

    async def kept(self, guild_id: int, user_id: int) -> Kept:
        """Everything about a member, up to VIDEOS_MOST and LINES_MOST."""
        ...

    async def forgettable(self, guild_id: int, user_id: int) -> Forgettable:
        """What there is to forget."""
        ...

    async def forget(self, guild_id: int, user_id: int) -> int:
        """Blank what the member wrote, attached and prefers, and what leads to the clips.

        Numbers stay: the ledger, and what was made when. Tell how many finished videos it was.
        """
        ...


class PrivacyService:
    """A member's say over what is kept about them."""

    def __init__(self, *, store: PrivacyStore, clips: KeptClips, clock: Clock) -> None:
        self._store = store
        self._clips = clips
        self._clock = clock

    async def export(self, guild_id: int, user_id: int, most: int) -> bytes:
        """Everything about a member as a JSON file of at most so many bytes."""
        kept = await self._store.kept(guild_id, user_id)
        now = instant(self._clock)
        return await asyncio.to_thread(_document, guild_id, user_id, kept, most, now)

    async def forgettable(self, guild_id: int, user_id: int) -> Forgettable:
        """What there is to forget."""
        return await self._store.forgettable(guild_id, user_id)

    async def forget(self, guild_id: int, user_id: int) -> int:
        """Forget what a member wrote, attached and got; how many finished videos it was.

        Their clips go too, and the credits on hold for those that are kept are used.
        """
        count, clips = 0, True
        while clips:  # one more may have come meanwhile
            await self._clips.discard_all(guild_id, user_id)
            count += await self._store.forget(guild_id, user_id)
            clips = (await self._store.forgettable(guild_id, user_id)).clips > 0
        await self._clips.forgotten()
        return count


def _document(guild_id: int, user_id: int, kept: Kept, most: int, now: Instant) -> bytes:
    """As many of the newest videos as fit into a file."""
    requests = [_shown(row, now) for row in kept.others["requests"]]
    others = {**kept.others, "requests": requests}
    rest = {name: [_json(_readable(row)) for row in rows] for name, rows in others.items()}

    def written(videos: Sequence[str]) -> bytes:
        shown = {"newest videos": len(videos), "newest credits": len(rest["credits"])}
        head = {"server": str(guild_id), "member": str(user_id), "shown": shown}
        return _written(head, {"videos": videos, **rest})

    videos = [_json(_video(row, now)) for row in kept.videos]
    room = most - len(written([])) - len(str(len(videos)))
    sizes = list(itertools.accumulate(len(video.encode()) + len(NEXT) for video in videos))
    return written(videos[: bisect_right(sizes, room)])


def _written(head: Mapping[str, Any], tables: Mapping[str, Sequence[str]]) -> bytes:
    """A JSON file in which each row has a line."""
    parts = [f"{_json(name)}: {_json(value)}" for name, value in head.items()]
    parts += [f"{_json(name)}: [\n{NEXT.join(rows)}\n]" for name, rows in tables.items()]
    return f"{{\n{NEXT.join(parts)}\n}}\n".encode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _video(row: Row, now: Instant) -> Row:
    """A video by the name that people know, with what was ordered beside what became of it."""
    own = {name: value for name, value in row.items() if name not in {"id", "recipe", "moves"}}
    moves = [_readable(move) for move in row["moves"]]
    recipe: Row = json.loads(row["recipe"])
    return {"id": code_of(row["id"])} | _readable(_shown(own, now)) | recipe | {"moves": moves}


def _shown(row: Row, now: Instant) -> Row:
    """A row with its times on the steady clock as the wall clock would show them."""
    return row | {name: now.shown(row[name]) if row[name] else None for name in STEADY & row.keys()}


def _readable(row: Row) -> Row:
    return {name: _value(name, value) for name, value in row.items() if name not in OF_OTHERS}


def _value(name: str, value: Any) -> Any:
    """Times as people read them, ids as every program reads them."""
    if isinstance(value, float) and (name.endswith("at") or name == "until"):
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds")
    if name.endswith("_ids"):
        return [str(one) for one in json.loads(value)]
    if isinstance(value, int) and value >= EXACT:
        return str(value)
    return value
