"""Stand-ins for the core's ports: small, honest, and moved by the test."""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.core.admin.changes import Entry
from bot.core.admin.charts import ChartOrder
from bot.core.admin.request_ports import Request
from bot.core.jobs.errors import (
    DownloadFailed,
    DownloadFault,
    FailReason,
    MediaUnusable,
    PostRefused,
    PostTooLarge,
    ProviderLocked,
)
from bot.core.jobs.making import Making
from bot.core.jobs.model import Job
from bot.core.jobs.ports import (
    Accepted,
    Fitted,
    Lent,
    Link,
    Look,
    Posted,
    Prepared,
    Seen,
    Working,
)
from bot.core.jobs.turns import Place
from bot.core.orders.recipe import Recipe

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
"""One grey pixel."""


class FakeClock:
    """Time that stands still until a test moves it.

    The steady clock lags far behind, so that whoever takes one for the other is found out.
    """

    LAG = 10_000_000.0

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self._steady = now - self.LAG
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> float:
        return self._now

    def steady(self) -> float:
        return self._steady

    def move(self, seconds: float) -> None:
        """Let time pass, waking whoever waited for it."""
        self._now += seconds
        self._steady += seconds
        for due, woken in self._sleepers:
            if due <= self._steady:
                woken.set()

    def move_on(self) -> None:
        """Let time pass until somebody wakes; none where a thread is all that is waited for."""
        dues = [due for due, _ in self._sleepers]
        self.move(max(0.0, min(dues, default=self._steady) - self._steady))

    def jump(self, seconds: float) -> None:
        """Set the wall clock, or let time go by that does not count."""
        self._now += seconds

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        if seconds is None:
            await event.wait()
            return True
        late = asyncio.Event()
        sleeper = (self._steady + seconds, late)
        self._sleepers.append(sleeper)
        tasks = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(late.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sleepers.remove(sleeper)
            for task in tasks:
                task.cancel()
        return event.is_set()

    async def sleep(self, seconds: float) -> None:
        await self.wait(asyncio.Event(), seconds)


class FakeApi:
    """A provider that answers what the test put in line; else it accepts, and works for ever."""

    def __init__(self) -> None:
        self.answers: deque[Accepted | Exception] = deque()
        self.looks: deque[Look | Exception] = deque()
        self.submitted: list[int] = []
        self.pictures: list[tuple[str, ...]] = []
        self.fetched: list[str] = []
        self.key_refused, self.key_checks = False, 0
        self.lending, self.lend_on = asyncio.Event(), asyncio.Event()
        self.lend_on.set()
        self.lend_errors: deque[Exception] = deque()
        self.during_submit: Callable[[], Awaitable[object]] | None = None
        self.during_look: Callable[[], Awaitable[None]] | None = None

    async def lend(self, picture: Path) -> Lent:
        self.lending.set()
        await self.lend_on.wait()
        if self.lend_errors:
            raise self.lend_errors.popleft()
        return Lent(picture, f"https://provider.example/{picture.name}")

    async def submit(self, job: Job, picture: Lent | None, last: Lent | None = None) -> Accepted:
        self.submitted.append(job.id)
        self.pictures.append(tuple(lent.path.name for lent in (picture, last) if lent))
        if self.during_submit:
            await self.during_submit()
        answer = self.answers.popleft() if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer or Accepted(
            remote_id=f"r{job.id}", fetch_path="/v6/video/fetch", eta=100.0, model="wan2.2", seed=7
        )

    def fetch_path(self, recipe: Recipe) -> str:
        return "/v6/video/fetch"

    async def fetch(self, fetch_path: str, remote_id: str) -> Look:
        self.fetched.append(remote_id)
        if self.during_look:
            await self.during_look()
        look = self.looks.popleft() if self.looks else Working()
        if isinstance(look, Exception):
            raise look
        return look

    async def check_key(self) -> None:
        self.key_checks += 1
        if self.key_refused:
            raise ProviderLocked("401", key_refused=True)


class FakeDownloader:
    """Writes a few bytes, unless the test put an error in line, or `has_none` for good."""

    def __init__(self) -> None:
        self.errors: deque[Exception] = deque()
        self.has_none = False
        self.contents: deque[bytes] = deque()
        self.urls: list[str] = []

    async def picture(self, url: str, target: Path) -> None:
        self._fetch(url, target)

    async def clip(self, url: str, target: Path) -> None:
        self._fetch(url, target)

    def _fetch(self, url: str, target: Path) -> None:
        self.urls.append(url)
        if self.errors:
            raise self.errors.popleft()
        if self.has_none:
            raise DownloadFailed("HTTP 404", again=True, fault=DownloadFault.MISSING)
        target.write_bytes(self.contents.popleft() if self.contents else b"bytes")


_numbers = itertools.count()
BLACK = b"black"
"""A picture of one colour."""


class FakeStudio:
    """Finds every file good, unless the test put an error in line; cuts those that are too big.

    None in line lets one file pass. Files of the bytes in `broken` are no clips, those in `slow`
    take until `slow_on` is set. `seen` is what it finds out about those whose last frame it takes,
    which is black with `fades`.
    """

    def __init__(self) -> None:
        self.errors: deque[Exception | None] = deque()
        self.plays = True
        self.fades = False
        self.seen = Seen(3.0, 8.0, 512 * 512)
        self.broken: set[bytes] = set()
        self.slow: set[bytes] = set()
        self.slow_on = asyncio.Event()

    async def prepare(
        self,
        source: Path,
        target: Path,
        preview: Path | None,
        recipe: Recipe,
        *,
        may_be_blank: bool = False,
    ) -> Prepared:
        error = self.errors.popleft() if self.errors else None
        if error:
            raise error
        if source.read_bytes() == BLACK and not may_be_blank:
            raise MediaUnusable("blank", FailReason.PICTURE_BLANK)
        target.write_bytes(source.read_bytes())
        if preview:
            preview.write_bytes(b"small")
        return Prepared(recipe.shape or recipe.shapes[-1].name, cut=True)

    async def fit(
        self, source: Path, target: Path, recipe: Recipe, limit: int, mark: str
    ) -> Fitted:
        error = self.errors.popleft() if self.errors else None
        if error:
            raise error
        data = self._read(source)
        if data in self.slow:
            await self.slow_on.wait()
        made = target.with_name(f"{target.name}.{next(_numbers)}.part")
        made.write_bytes(data[:limit])
        made.replace(target)
        original = len(data) if len(data) > limit else None
        return Fitted(target, self.plays, original)

    async def last_frame(self, clip: Path, target: Path) -> Seen:
        error = self.errors.popleft() if self.errors else None
        if error:
            raise error
        data = self._read(clip)
        target.write_bytes(BLACK if self.fades else b"last of " + data)
        return self.seen

    async def join(self, first: Path, then: Path, target: Path, recipe: Recipe, limit: int) -> None:
        error = self.errors.popleft() if self.errors else None
        if error:
            raise error
        target.write_bytes(self._read(first) + self._read(then))

    def _read(self, clip: Path) -> bytes:
        data = clip.read_bytes()
        if data in self.broken:
            raise MediaUnusable("no clip", FailReason.RESULT_UNUSABLE)
        return data


class FakeMaker:
    """Makes files that say what they are, unless the test put an error in line."""

    def __init__(self) -> None:
        self.errors: deque[Exception] = deque()
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()
        self.worked: list[str] = []

    async def make(self, making: Making, source: Path, target: Path, limit: int, mark: str) -> None:
        self.worked.append(f"make {target.name}")
        await self._work(making, source, target, limit)

    async def shrink(
        self, making: Making, source: Path, target: Path, limit: int, mark: str
    ) -> None:
        self.worked.append(f"shrink {source.name}")
        await self._work(making, source, target, limit)

    async def _work(self, making: Making, source: Path, target: Path, limit: int) -> None:
        data = source.read_bytes()
        self.begun.set()
        await self.go_on.wait()
        if self.errors:
            raise self.errors.popleft()
        target.write_bytes((making.value.encode() + b" of " + data)[:limit])


class FakeCharts:
    """Draws the smallest picture, unless the test put an error in line."""

    def __init__(self) -> None:
        self.orders: list[ChartOrder] = []
        self.errors: deque[Exception] = deque()

    async def chart(self, order: ChartOrder) -> bytes:
        if self.errors:
            raise self.errors.popleft()
        self.orders.append(order)
        return PNG


class FakeStaff:
    """Log channels as lists of entries and requests, unless the test put an error in line."""

    def __init__(self) -> None:
        self.errors: deque[Exception] = deque()
        self.seen: dict[int, list[Entry]] = {}
        self.requests: dict[int, list[str]] = {}
        self.told: list[int] = []

    async def post_entry(self, entry: Entry, channel_id: int) -> None:
        if self.errors:
            raise self.errors.popleft()
        self.seen.setdefault(channel_id, []).append(entry)

    async def show_request(self, request: Request, channel_id: int) -> None:
        if self.errors:
            raise self.errors.popleft()
        self.requests.setdefault(channel_id, []).append(request.text)

    async def tell_not_shown(self, request: Request) -> None:
        self.told.append(request.account.user_id)


class FakePublisher:
    """A channel as a list of file names, and the cards' latest faces.

    A refusal that the test put in line holds in direct messages too. `told` are the failures that
    had a message, unless an error was in line in `untold`. `limits` are the bytes that
    the channel takes and, second, direct messages.
    """

    def __init__(self) -> None:
        self.results: dict[str, Posted] = {}
        self.posts: list[str] = []
        self.copies: list[tuple[str, bytes]] = []
        self.cards: dict[int, str] = {}
        self.places: dict[int, Place | None] = {}
        self.lost_cards: dict[int, int] = {}
        self.told: list[tuple[int, bool]] = []
        self.errors: deque[Exception] = deque()
        self.untold: deque[Exception] = deque()
        self.limits = [1 << 30, 1 << 30]
        self.offered: list[int] = []
        self.links: list[tuple[Link, bool]] = []
        self.lose_answer = False
        self.during_post: Callable[[Posted], Awaitable[None]] | None = None

    async def find_result(self, job: Job) -> Posted | None:
        return self.results.get(job.file_name)

    async def post_result(self, job: Job, clip: Fitted | Link, *, direct: bool) -> Posted:
        if self.errors:
            error = self.errors.popleft()
            if isinstance(error, PostRefused) and job.guild_id and not direct:
                self.errors.appendleft(error)
            raise error
        if isinstance(clip, Link):
            self.links.append((clip, direct))
        else:
            self.offered.append(clip.path.stat().st_size)
            if self.offered[-1] > self.limits[direct]:
                raise PostTooLarge(self.offered[-1])
        self.posts.append(job.file_name)
        posted = Posted(
            channel_id=job.channel_id,
            message_id=9000 + len(self.posts),
            linked=isinstance(clip, Link) and clip.ours,
        )
        self.results[job.file_name] = posted
        if self.during_post:
            await self.during_post(posted)
        if self.lose_answer:
            self.lose_answer = False
            raise ConnectionResetError
        return posted

    async def post_copy(self, job: Job, clip: bytes) -> None:
        if self.errors:
            raise self.errors.popleft()
        if len(clip) > self.limits[1]:
            raise PostTooLarge(len(clip))
        self.copies.append((job.file_name, clip))

    async def find_card(self, job: Job) -> int | None:
        return self.lost_cards.get(job.id)

    async def tell_end(self, job: Job, *, direct: bool) -> None:
        if self.untold:
            raise self.untold.popleft()
        self.told.append((job.id, direct))

    async def show_card(self, job: Job, place: Place | None, preview: Path | None) -> int:
        if self.errors:
            raise self.errors.popleft()
        self.cards[job.id] = job.face
        self.places[job.id] = place
        return job.card_message_id or 5000 + job.id
