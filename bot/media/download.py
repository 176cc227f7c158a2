"""Files from outside onto our disk, with limits on where from, how much and how slowly."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections import deque
from collections.abc import Callable, Collection, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.clock import Clock
from bot.core.jobs import backoff
from bot.core.jobs.errors import DownloadFailed, DownloadFault, LocalTrouble
from bot.core.orders.limits import CLIP_BYTES, PICTURE_BYTES
from bot.media.addresses import AddressRefused, Origin, PublicResolver, is_disguised, is_public
from bot.media.part import Part

DISCORD_HOSTS = frozenset(
    {
        "cdn.discordapp.com",
        "media.discordapp.net",
        "images-ext-1.discordapp.net",
        "images-ext-2.discordapp.net",
    }
)
"""Where Discord keeps files, and through which it shows the pictures of other sites."""
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
OK, SERVER_ERRORS = 200, 500
BUSY = frozenset({408, 425, 429})
NO_SUCH_HOST = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
"""Against EAI_AGAIN, with which our own resolver says that it does not know."""
CONNECT_SECONDS = 10.0
TOTAL_SECONDS, WINDOW_SECONDS, STEP_SECONDS = 300, 20, 5
LEAST_RATE = 16 * 1024
OUR_OWN = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""What the system says of a connection that this machine has no means for."""


class HttpDownloader:
    """`Downloader` over HTTP; make it inside a running loop and use it as a context manager.

    `free_origins` ("127.0.0.1:8081") may be read although they are inside: the sandbox has its
    stand-ins there.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        free_origins: Collection[str] = (),
        resolver: AbstractResolver | None = None,
        picture_bytes: int = PICTURE_BYTES,
        clip_bytes: int = CLIP_BYTES,
    ) -> None:
        self._clock = clock
        self._free = frozenset(_origin(URL(f"http://{origin}")) for origin in free_origins)
        self._picture_bytes = picture_bytes
        self._clip_bytes = clip_bytes
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=PublicResolver(resolver or aiohttp.ThreadedResolver(), self._free)
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS),
        )

    async def __aenter__(self) -> Self:
        """Nothing to do: the first file opens the first connection."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._session.close()

    async def picture(self, url: str, target: Path) -> None:
        """See `Downloader.picture`; at most 25 MB.

        Raises:
            DownloadFailed, DownloadTooLarge, LocalTrouble
        """
        part = Part(target, self._picture_bytes)
        await self._save(url, part, self._is_from_discord)

    async def clip(self, url: str, target: Path) -> None:
        """See `Downloader.clip`; at most 200 MB.

        Raises:
            DownloadFailed, DownloadTooLarge, LocalTrouble
        """
        part = Part(target, self._clip_bytes, judged=True)
        await self._save(url, part, self._is_outside)

    async def _save(self, url: str, part: Part, allowed: Callable[[URL], bool]) -> None:
        """Download beside the target and rename at the end: what has its name is all that came."""
        try:
            await self._in_time(part, self._stream(url, part, allowed))
            await part.keep()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _failed(error) from None
        finally:
            await part.drop()

    async def _stream(self, url: str, part: Part, allowed: Callable[[URL], bool]) -> None:
        async with await self._open(url, allowed) as response:
            if response.status != OK:
                raise self._refused(response)
            try:
                async for chunk in response.content.iter_any():
                    await part.add(chunk)
            except aiohttp.ClientPayloadError:
                # Cut off, or longer than it was said to be: what came tells whether it is all.
                if not part.judged:
                    raise
        if part.size == 0 and not part.judged:
            raise DownloadFailed("empty body", again=True)
        if part.is_page and part.judged:
            raise DownloadFailed("a page, where a clip should be", again=True)

    def _refused(self, response: aiohttp.ClientResponse) -> DownloadFailed:
        status = response.status
        asked = backoff.told(response.headers.get("Retry-After", ""), self._clock.now())
        busy = status >= SERVER_ERRORS or status in BUSY
        fault = DownloadFault.OUTAGE if busy else DownloadFault.MISSING
        return DownloadFailed(f"HTTP {status}", again=True, fault=fault, retry_after=asked or 0.0)

    async def _open(self, url: str, allowed: Callable[[URL], bool]) -> aiohttp.ClientResponse:
        """Follow redirects by hand, as each may lead to a place that is not allowed."""
        place = _parse(url)
        for _ in range(MOST_REDIRECTS + 1):
            if not allowed(place):
                raise DownloadFailed(f"refused: {place.scheme}://{place.host}", again=False)
            response = await self._session.get(place, allow_redirects=False)
            if response.status not in REDIRECTS:
                return response
            response.close()
            leads_to = response.headers.get("Location")
            if not leads_to:
                break
            place = place.join(_parse(leads_to))
        fault = DownloadFault.MISSING
        raise DownloadFailed("redirects that lead to no file", again=True, fault=fault)

    async def _in_time(self, part: Part, work: Coroutine[Any, Any, None]) -> None:
        """Do the work, but give up when it lasts too long or hardly anything comes."""
        job = asyncio.ensure_future(work)
        watch = asyncio.ensure_future(self._watch(part))
        try:
            await asyncio.wait({job, watch}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not job.done():
                job.cancel()
            watch.cancel()
            await asyncio.gather(job, watch, return_exceptions=True)
        if job.cancelled():
            raise DownloadFailed(watch.result(), again=True)
        job.result()

    async def _watch(self, part: Part) -> str:
        """Say why to give up, once there is a reason. A wait for each read would not see a drip."""
        sizes = deque([0], maxlen=WINDOW_SECONDS // STEP_SECONDS + 1)
        for _ in range(TOTAL_SECONDS // STEP_SECONDS):
            await self._clock.sleep(STEP_SECONDS)
            sizes.append(part.size)
            if len(sizes) == sizes.maxlen and sizes[-1] - sizes[0] < LEAST_RATE * WINDOW_SECONDS:
                return f"less than {LEAST_RATE} bytes a second"
        return f"longer than {TOTAL_SECONDS} seconds"

    def _is_from_discord(self, url: URL) -> bool:
        if _origin(url) in self._free:
            return _is_plain_web(url)
        return (
            _is_plain_web(url)
            and url.scheme == "https"
            and url.is_default_port()
            and url.raw_host in DISCORD_HOSTS
        )

    def _is_outside(self, url: URL) -> bool:
        """Whether a clip may come from here; names are judged by the resolver."""
        host = url.host or ""
        inside = is_public(host) is False or is_disguised(host)
        return _is_plain_web(url) and (_origin(url) in self._free or not inside)


def _parse(url: str) -> URL:
    """Read an address without touching its escapes: its signature covers them.

    Raises:
        DownloadFailed: It is none.
    """
    if url and url.isprintable() and " " not in url and "\\" not in url:
        try:
            return URL(url, encoded=url.isascii())
        except ValueError:
            pass
    raise DownloadFailed("not an address", again=False)


def _is_plain_web(url: URL) -> bool:
    return (
        url.scheme in ("http", "https")
        and bool(url.raw_host)
        and url.user is None
        and url.password is None
    )


def _origin(url: URL) -> Origin:
    return url.host or "", url.port or 0


def _failed(error: Exception) -> DownloadFailed | LocalTrouble:
    """Our error for one of the network; a bad address will not get any better.

    Other texts are left out, as they may quote the address with its signature or what came.
    """
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    text = cause.strerror if isinstance(cause, OSError) else None
    if isinstance(cause, OSError) and _is_ours(cause):
        return LocalTrouble(f"{type(error).__name__}: {text}")
    return DownloadFailed(
        f"{type(error).__name__}: {text or 'no more is known'}",
        again=not isinstance(cause, (AddressRefused, ValueError)),
        fault=_fault(error, cause),
    )


def _fault(error: Exception, cause: Exception) -> DownloadFault:
    if isinstance(error, aiohttp.ClientResponseError):
        return DownloadFault.UNREADABLE
    if isinstance(cause, socket.gaierror) and cause.errno in NO_SUCH_HOST:
        return DownloadFault.UNRESOLVED
    if isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED:
        return DownloadFault.REFUSED
    return DownloadFault.OUTAGE


def _is_ours(error: OSError) -> bool:
    if isinstance(error, socket.gaierror):
        return error.errno in {socket.EAI_MEMORY, socket.EAI_SYSTEM}
    return error.errno in OUR_OWN
