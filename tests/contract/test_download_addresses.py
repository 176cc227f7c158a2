"""Where a download may not lead, by link, by redirect or by name."""

from __future__ import annotations

import socket

import pytest
from yarl import URL

from bot.clock import SystemClock
from bot.core.jobs.errors import DownloadFailed, DownloadFault
from bot.media.addresses import AddressRefused, PublicResolver, is_disguised, is_public
from bot.media.download import HttpDownloader
from tests.contract.file_site import CLIP, Names, left
from tests.fakes import FakeClock

# --- redirects -------------------------------------------------------------------------------


async def test_redirects_are_followed_a_few_times(loader, site, target):
    url = site.url("/clip")
    for _ in range(5):
        url = str(URL(site.url("/to")).with_query(url=url))
    await loader.clip(url, target)
    assert target.read_bytes() == CLIP


async def test_redirects_without_end_are_not(loader, site, target):
    with pytest.raises(DownloadFailed, match="redirects"):
        await loader.clip(site.url("/around"), target)
    assert len(site.hits) == 6


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1:1/", "http://169.254.169.254/latest/", "http://[::1]/", "file:///etc/passwd",
        "http://localhost:22/", "//10.0.0.1/x", "ftp://files.example/x", "http://a:b@127.0.0.1/",
        "https://user@files.example/", "http://2130706433/", "gopher://x", "http://[::ffff:10.0.0.1]/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["picture", "clip"])
async def test_no_redirect_leads_inside(loader, site, target, kind, place):
    with pytest.raises(DownloadFailed) as caught:
        await getattr(loader, kind)(str(URL(site.url("/to")).with_query(url=place)), target)
    assert not caught.value.again
    assert len(site.hits) == 1


async def test_a_redirect_to_nowhere_is_refused(loader, site, target):
    with pytest.raises(DownloadFailed) as caught:
        await loader.clip(site.url("/nowhere"), target)
    assert (caught.value.again, caught.value.fault) == (True, DownloadFault.MISSING)


async def test_a_picture_is_not_followed_to_another_host(loader, site, target):
    url = str(URL(site.url("/to")).with_query(url="https://files.example/p.png"))
    with pytest.raises(DownloadFailed) as caught:
        await loader.picture(url, target)
    assert not caught.value.again


# --- addresses -------------------------------------------------------------------------------

INSIDE = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "192.88.99.1", "::1", "::", "fe80::1", "fe80::1%1", "fc00::1", "fd12::1", "ff02::1",
    "fec0::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "100::1",
    "3fff::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside(address):
    assert is_public(address) is False


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "172.32.0.1"])
def test_addresses_outside(address):
    assert is_public(address) is True


HOSTILE = [
    *[f"http://[{a}]/x" if ":" in a else f"http://{a}/x" for a in INSIDE if "%" not in a],
    "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/",
    "http://0177.0.0.1/", "http://127.0.0.1./", "http://localhost/", "http://localhost./",
    "http://LOCALHOST/", "http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:0:0:1]/", "http://[::1%25lo]/",
    "http://user@127.0.0.1/", "http://user:pw@files.example/", "http://@files.example/",
    "http://files.example@127.0.0.1/", "http://127.0.0.1\\@files.example/",
    "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "data:text/plain,hi",
    "javascript:alert(1)", "//127.0.0.1/", "/etc/passwd", "", " ", "http://", "http:///x",
    "http://[", "http://[::1", "http://files.example:99999/", "http://files.example:x/",
    "http://127.0.0.1:80\r\nX: y/", "http://files.example/a b", "http://127。0。0。1/",
    "http://①②⑦.⓪.⓪.①/", "http://%31%32%37.0.0.1/", f"http://{'a' * 70}.example/",
]  # fmt: skip


DISGUISED = [
    "134744072",
    "0x8080808",
    "8.8",
    "8.8.2056",
    "010.8.8.8",
    "0x8.0x8.0x8.0x8",
    "8.8.8.8.",
]


class Asked(Names):
    """A resolver that reads such names as the system does, and tells that it was asked."""

    async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
        raise AssertionError(f"asked for {host}")


@pytest.mark.parametrize("host", DISGUISED)
async def test_a_number_for_a_host_is_refused_before_any_request(target, host):
    async with HttpDownloader(clock=FakeClock(), resolver=Asked([])) as loader:
        with pytest.raises(DownloadFailed, match="refused"):
            await loader.clip(f"http://{host}/x", target)


@pytest.mark.parametrize("host", ["8.8.8.example", "0x.example", "1e100.net", "xn--p1ai", "a.0x7f"])
def test_a_name_with_numbers_is_a_name(host):
    assert not is_disguised(host)


@pytest.mark.parametrize("url", HOSTILE)
async def test_hostile_links_lead_nowhere(target, url):
    async with HttpDownloader(clock=FakeClock(), resolver=Names(["127.0.0.1"])) as loader:
        for call in (loader.clip, loader.picture):
            with pytest.raises(DownloadFailed) as caught:
                await call(url, target)
            assert not caught.value.again
    assert left(target) == []


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "localhost", "0"]
)
async def test_what_the_system_reads_as_loopback_is_refused(site, target, host):
    async with HttpDownloader(clock=FakeClock()) as loader:
        with pytest.raises(DownloadFailed) as caught:
            await loader.clip(f"http://{host}:{site.server.port}/clip", target)
    assert not caught.value.again
    assert site.hits == []


NOT_DISCORD = [
    "http://cdn.discordapp.com/x", "https://cdn.discordapp.com:8443/x",
    "https://cdn.discordapp.com./x", "https://cdn.discordapp.com.evil.example/x",
    "https://evil.example/cdn.discordapp.com", "https://cdn.discordapp.com@evil.example/x",
    "https://evil.example#cdn.discordapp.com", "https://evil.example?cdn.discordapp.com",
    "https://x@cdn.discordapp.com/x", "https://xcdn.discordapp.com/x", "https://discordapp.com/x",
    "https://images.cdn.discordapp.com/x", "https://cdn.dіscordapp.com/x",
    "https://cdn.discordapp.com\\.evil.example/x", "https://evil.example\\@cdn.discordapp.com/",
    "https://cdn.discordapp.com%2eevil.example/x", "https://cdn.discordapp.com\t/x",
]  # fmt: skip


@pytest.mark.parametrize("url", NOT_DISCORD)
async def test_pictures_come_from_discord_only(target, url):
    names = Names(["8.8.8.8"])
    async with HttpDownloader(clock=FakeClock(), resolver=names) as loader:
        with pytest.raises(DownloadFailed) as caught:
            await loader.picture(url, target)
    assert not caught.value.again
    assert names.asked == []


@pytest.mark.parametrize(
    "host",
    [
        "cdn.discordapp.com",
        "media.discordapp.net",
        "images-ext-1.discordapp.net",
        "images-ext-2.discordapp.net",
    ],
)
@pytest.mark.parametrize("port", ["", ":443"])
async def test_discord_s_hosts_are_asked_for(target, host, port):
    names = Names(["127.0.0.1"])
    async with HttpDownloader(clock=FakeClock(), resolver=names) as loader:
        with pytest.raises(DownloadFailed) as caught:
            await loader.picture(f"https://{host}{port}/attachments/1/2/p.png?ex=1", target)
    assert names.asked == [host]
    assert not caught.value.again


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["10.0.0.1", "::1"], ["169.254.169.254"]])
async def test_a_name_that_leads_inside_is_refused(site, target, addresses):
    async with HttpDownloader(clock=FakeClock(), resolver=Names(addresses)) as loader:
        with pytest.raises(DownloadFailed) as caught:
            await loader.clip(f"http://files.example:{site.server.port}/clip", target)
    assert not caught.value.again
    assert site.hits == []


async def test_a_name_that_changes_its_answer_gains_nothing():
    """Each look-up is judged by itself, and what it gives is what gets connected to."""
    names = Names(["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1"])
    port = 8080
    resolver = PublicResolver(names, {("free.example", port)})
    assert len(await resolver.resolve("free.example", port)) == 1
    assert [found["host"] for found in await resolver.resolve("x.example", port)] == ["8.8.8.8"]
    with pytest.raises(AddressRefused):
        await resolver.resolve("x.example", port)


async def test_a_redirect_is_resolved_through_the_same_sieve(site, target):
    """The free origin may be read; the name it points to leads to the same address and may not."""
    names = Names(["127.0.0.1"])
    free = f"free.example:{site.server.port}"
    url = URL(f"http://{free}/to").with_query(url=f"http://other.example:{site.server.port}/clip")
    async with HttpDownloader(clock=SystemClock(), free_origins=[free], resolver=names) as loader:
        with pytest.raises(DownloadFailed) as caught:
            await loader.clip(str(url), target)
    assert not caught.value.again
    assert names.asked == ["free.example", "other.example"]
    assert len(site.hits) == 1


async def test_only_the_named_origin_inside_is_free(site, target):
    async with HttpDownloader(clock=SystemClock(), free_origins=["127.0.0.1:1"]) as loader:
        for call in (loader.clip, loader.picture):
            with pytest.raises(DownloadFailed) as caught:
                await call(site.url("/clip"), target)
            assert not caught.value.again
    assert site.hits == []


async def test_a_closed_port_may_be_tried_again(target):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        origin = f"127.0.0.1:{closed.getsockname()[1]}"
    async with HttpDownloader(clock=SystemClock(), free_origins=[origin]) as loader:
        with pytest.raises(DownloadFailed) as caught:
            await loader.clip(f"http://{origin}/x", target)
    assert (caught.value.again, caught.value.fault) == (True, DownloadFault.REFUSED)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (socket.EAI_NONAME, DownloadFault.UNRESOLVED),
        (socket.EAI_AGAIN, DownloadFault.OUTAGE),
        (socket.EAI_FAIL, DownloadFault.OUTAGE),
    ],
)
async def test_a_host_that_is_not_there_is_told_from_a_resolver_that_is_not(target, error, fault):
    class Lost(Names):
        async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
            raise socket.gaierror(error, "no answer")

    async with HttpDownloader(clock=SystemClock(), resolver=Lost([])) as loader:
        with pytest.raises(DownloadFailed) as caught:
            await loader.clip("http://files.example/x", target)
    assert (caught.value.again, caught.value.fault) == (True, fault)
