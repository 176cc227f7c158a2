"""Health, readiness and webhook hints over real HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from ipaddress import ip_network

import aiohttp
import pytest

from bot import health
from bot.web.door import CONNECTIONS_MOST, OF_ONE_ADDRESS_MOST, Door
from bot.web.server import PATIENCE, SHUTDOWN_SECONDS, WebServer, hook_address, seal
from sandbox.child import free_port

SECRET = "a-secret-of-the-tests"
WHILE = 5.0
"""Seconds after which a connection that should have ended has not."""


@dataclass
class Served:
    port: int
    session: aiohttp.ClientSession
    hints: list[tuple[int, str | None]] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    web: WebServer = field(init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def post(self, path: str, body: bytes = b"{}") -> int:
        async with self.session.post(self.url + path, data=body) as response:
            return response.status

    def hook(self, job_id: int) -> str:
        return hook_address("", SECRET, job_id)

    async def lacks(self) -> list[str]:
        return self.lacking

    async def hint(self, job_id: int, remote_id: str | None) -> None:
        self.hints.append((job_id, remote_id))


@contextlib.asynccontextmanager
async def open_web(patience: float = PATIENCE) -> AsyncIterator[Served]:
    async with aiohttp.ClientSession() as session:
        served = Served(free_port(), session)
        served.web = WebServer(
            host="127.0.0.1",
            port=served.port,
            secret=SECRET,
            lacks=served.lacks,
            hint=served.hint,
            patience=patience,
        )
        await served.web.start()
        yield served
        await served.web.close()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with open_web() as served:
        yield served


@pytest.fixture
async def impatient() -> AsyncIterator[Served]:
    async with open_web(patience=0.3) as served:
        yield served


async def test_health_says_alive_and_readiness_says_when(served: Served) -> None:
    async with served.session.get(served.url + "/healthz") as response:
        assert response.status == 200
    async with served.session.get(served.url + "/readyz") as response:
        assert (response.status, await response.json()) == (200, {"status": "ready"})
    served.lacking = ["database", "files"]
    async with served.session.get(served.url + "/readyz") as response:
        assert response.status == 503
        assert await response.json() == {"status": "not ready", "lacks": ["database", "files"]}


async def test_the_health_check_tells_a_bot_that_answers_from_one_that_does_not(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    needed = {"DISCORD_TOKEN": "t", "MODELSLAB_API_KEY": "k", "HTTP_HOST": "0.0.0.0"}
    for name, value in (needed | {"HTTP_PORT": str(served.port)}).items():
        monkeypatch.setenv(name, value)
    assert await asyncio.to_thread(health.main) == 0
    await served.web.close()
    assert await asyncio.to_thread(health.main) == 1
    assert "not healthy" in capsys.readouterr().err


async def test_a_sealed_call_is_a_hint_with_the_providers_id(served: Served) -> None:
    assert await served.post(served.hook(5), b'{"status":"success","id":155}') == 204
    assert await served.post(served.hook(5), b'{"id":"abc"}') == 204
    assert served.hints == [(5, "155"), (5, "abc")]


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[]", b'{"id":null}', b'{"id":true}', b'{"id":{}}', b"[" * 60_000]
)
async def test_a_sealed_call_with_any_body_is_still_a_hint(served: Served, body: bytes) -> None:
    assert await served.post(served.hook(5), body) == 204
    assert served.hints == [(5, None)]


async def test_a_forged_call_is_no_hint(served: Served) -> None:
    other = f"/hooks/modelslab/6/{seal(SECRET, 5)}"
    wrong = f"/hooks/modelslab/5/{'0' * 40}"
    for path in (other, wrong, "/hooks/modelslab/5/short", "/hooks/modelslab/x/" + "0" * 40):
        assert await served.post(path) == 404
    assert served.hints == []


async def test_a_huge_body_is_refused(served: Served) -> None:
    assert await served.post(served.hook(5), b"x" * 70_000) == 413
    assert served.hints == []


# --- strangers at the port -------------------------------------------------------------------


async def half(served: Served, sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that has sent only so much."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(sent)
    await writer.drain()
    return reader, writer


HOOK_HEAD = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [b"", b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 900],
    ids=["nothing", "a letter", "a line", "half a header"],
)
async def test_half_a_head_is_not_waited_for(impatient: Served, sent: bytes) -> None:
    reader, writer = await half(impatient, sent)
    async with asyncio.timeout(WHILE):
        assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize("begun", [b"", b"{", b'{"id": 5' + b" " * 100])
async def test_half_a_body_is_not_waited_for(impatient: Served, begun: bytes) -> None:
    reader, writer = await half(impatient, HOOK_HEAD % impatient.hook(5).encode() + begun)
    async with asyncio.timeout(WHILE):
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    assert impatient.hints == []
    writer.close()


async def test_a_dripping_head_ends_at_the_same_time(impatient: Served) -> None:
    """A timer that each byte would start anew never ends."""
    reader, writer = await half(impatient, b"GET /healthz HTTP/1.1\r\nX: ")
    async with asyncio.timeout(WHILE):
        while not reader.at_eof() and reader.exception() is None:
            writer.write(b"a")
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(0.02):
                    await reader.read()
    writer.close()


async def test_half_sent_requests_leave_room_for_the_health_check(served: Served) -> None:
    """Every address of loopback is one peer; 127.0.0.2 and on stand for others."""
    held = [await half(served, b"GET / HTTP/1.1\r\n") for _ in range(CONNECTIONS_MOST - 1)]
    async with served.session.get(served.url + "/healthz") as response:
        assert response.status == 200
    for _, writer in held:
        writer.close()


async def test_closing_does_not_wait_for_half_sent_requests() -> None:
    async with open_web() as served:
        for _ in range(5):
            await half(served, HOOK_HEAD % served.hook(5).encode() + b"{")
        begun = asyncio.get_running_loop().time()
        await served.web.close()
        assert asyncio.get_running_loop().time() - begun < 2 * SHUTDOWN_SECONDS + 1


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\n bad\r\n\r\n",
    ],
)
async def test_a_malformed_request_is_no_error_of_ours(
    served: Served, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reader, writer = await half(served, sent)
    async with asyncio.timeout(WHILE):
        assert b"400" in (await reader.read()).partition(b"\r\n")[0]
    writer.close()
    about = [record for record in caplog.records if record.name != "asyncio"]
    assert about
    assert {record.levelno for record in about} == {logging.DEBUG}
    assert not any(record.exc_info for record in about)


# --- the door --------------------------------------------------------------------------------


def come_in(door: Door, peer: str, times: int) -> int:
    """How many of so many connections are let in."""
    return sum(door.enter(peer) for _ in range(times))


@pytest.mark.parametrize("peer", ["203.0.113.5", "2001:db8::1"])
def test_one_address_has_a_few_connections(peer: str) -> None:
    door = Door()
    assert come_in(door, peer, 1200) == OF_ONE_ADDRESS_MOST
    door.leave(peer)
    assert come_in(door, peer, 3) == 1
    assert door.enter("198.51.100.1")


@pytest.mark.parametrize("peer", ["10.0.0.7", "127.0.0.1", "::1"])
def test_a_trusted_proxy_and_this_machine_have_all(peer: str) -> None:
    door = Door([ip_network("10.0.0.0/24")])
    assert come_in(door, peer, 1200) == CONNECTIONS_MOST


def test_many_addresses_together_leave_loopback_its_own_room() -> None:
    door = Door()
    outside = [f"203.0.{n}.{m}" for n in range(10) for m in range(200)]
    assert sum(door.enter(peer) for peer in outside) == CONNECTIONS_MOST
    assert door.enter("127.0.0.1")
