"""Links to clips: those that this bot signs, and how long others are good for."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.core.jobs.links import expiry
from bot.errors import StoreUnavailable
from bot.web.clips import ClipPages, address, secret_of
from bot.web.server import WebServer
from sandbox.child import free_port
from tests.fakes import FakeClock

AMAZON = "https://a.example/x.mp4?X-Amz-Date=20270115T080000Z&X-Amz-Signature=f00"
CODE, CLIP, SECRET = "K7Q4", bytes(range(256)) * 40, b"s" * 32


@pytest.mark.parametrize(
    ("url", "end"),
    [
        (f"{AMAZON}&X-Amz-Expires=3600", 1_800_003_600.0),
        (f"{AMAZON}&x-amz-expires=0", 1_800_000_000.0),
        ("https://a.example/x.mp4?Expires=1800000000&Signature=a", 1_800_000_000.0),
        ("https://a.example/x.mp4?se=2027-01-15T08%3A00%3A00Z&sig=a", 1_800_000_000.0),
        ("https://a.example/x.mp4?se=2027-01-15&sig=a", 1_799_971_200.0),
        ("https://a.example/x.mp4", None),
        (AMAZON, None),
        (f"{AMAZON}&X-Amz-Expires=soon", None),
        ("https://a.example/x.mp4?X-Amz-Date=2027&X-Amz-Expires=1", None),
        ("https://a.example/x.mp4?Expires=never", None),
        ("https://a.example/x.mp4?Expires=" + "9" * 400, None),
        ("https://a.example/x.mp4?se=tomorrow", None),
        ("https://a.example/x.mp4?expires", None),
    ],
)
def test_a_signed_link_tells_when_it_ends(url: str, end: float | None) -> None:
    assert expiry(url) == end


def test_the_secret_is_made_once_and_nobody_else_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "links.key"
    assert secret_of(path, SECRET) == SECRET
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret_of(path, b"x" * 32) == SECRET
    path.write_bytes(b"half")
    assert secret_of(path, b"x" * 32) == b"x" * 32
    assert [one.name for one in tmp_path.iterdir()] == ["links.key"]


class Site:
    """The web server with one clip behind it."""

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        self.clock = FakeClock()
        self.path = folder / "K7Q4.result"
        self.path.write_bytes(CLIP)
        (folder / "bot.sqlite3").write_bytes(b"secret")
        self.kind, self.away = "mp4", False
        self.session = session
        self.url = f"http://127.0.0.1:{free_port()}"
        self.until = int(self.clock.now()) + 100
        self.link = address(self.url, SECRET, CODE, self.until)

    async def find(self, code: str) -> tuple[Path, str] | None:
        if self.away:
            raise StoreUnavailable
        return (self.path, self.kind) if code == CODE else None

    async def get(self, link: str, method: str = "GET", **headers: str) -> aiohttp.ClientResponse:
        response = await self.session.request(method, link, headers=headers)
        await response.read()
        return response


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async def nothing(*_: object) -> list[str]:
        return []

    async with aiohttp.ClientSession() as session:
        site = Site(tmp_path, session)
        web = WebServer(
            host="127.0.0.1",
            port=int(site.url.rpartition(":")[2]),
            secret="",
            lacks=nothing,
            hint=nothing,
            clips=ClipPages(SECRET, site.find, site.clock),
        )
        await web.start()
        yield site
        await web.close()


@pytest.mark.parametrize(("kind", "type_"), [("mp4", "video/mp4"), ("gif", "image/gif")])
async def test_a_link_leads_to_the_whole_clip_and_to_parts_of_it(
    site: Site, kind: str, type_: str
) -> None:
    site.kind = kind
    whole = await site.get(site.link)
    assert (whole.status, await whole.read()) == (200, CLIP)
    assert whole.headers["Content-Type"] == type_
    assert whole.headers["Content-Disposition"] == f'inline; filename="K7Q4.{kind}"'
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    part = await site.get(site.link, Range="bytes=100-199")
    assert (part.status, await part.read()) == (206, CLIP[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(CLIP)}"
    beyond = await site.get(site.link, Range=f"bytes={len(CLIP)}-")
    assert beyond.status == 416
    head = await site.get(site.link, "HEAD")
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(CLIP)))
    assert (await site.get(site.link, "POST")).status == 405


async def test_a_link_is_good_until_its_end_and_not_longer(site: Site) -> None:
    site.clock.jump(99)
    assert (await site.get(site.link)).status == 200
    site.clock.jump(1)
    assert (await site.get(site.link)).status == 404


async def test_whatever_is_wrong_with_a_link_is_answered_alike(site: Site) -> None:
    signature = site.link.rpartition("/")[2]
    other = "0" if signature[0] != "0" else "1"
    wrong = [
        f"/clips/{CODE}/{site.until}/{other}{signature[1:]}",
        f"/clips/{CODE}/{site.until + 1}/{signature}",
        f"/clips/K7Q5/{site.until}/{signature}",
        f"/clips/{CODE}/{site.until}/{signature}0",
        f"/clips/{CODE}/{site.until}/",
        f"/clips/..%2Fbot.sqlite3/{site.until}/{signature}",
        "/clips/../bot.sqlite3",
        address("", SECRET, "NONE", site.until),
        address("", SECRET, CODE, int(site.clock.now()) - 1),
        address("", b"x" * 32, CODE, site.until),
        "/clips/",
    ]
    answers = [await site.get(site.url + path) for path in wrong]
    site.path.unlink()
    answers.append(await site.get(site.link))
    assert {(answer.status, await answer.text()) for answer in answers} == {(404, "404: Not Found")}


async def test_a_database_that_is_away_is_no_lost_clip(site: Site) -> None:
    site.away = True
    assert (await site.get(site.link)).status == 503
