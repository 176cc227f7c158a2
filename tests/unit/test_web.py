"""Health, readiness and webhook hints over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest

from bot.web.server import WebServer, hook_address, seal
from sandbox.child import free_port

SECRET = "a-secret-of-the-tests"


@dataclass
class Served:
    url: str
    session: aiohttp.ClientSession
    hints: list[tuple[int, str | None]] = field(default_factory=list)
    is_ready: bool = True

    async def post(self, path: str, body: bytes = b"{}") -> int:
        async with self.session.post(self.url + path, data=body) as response:
            return response.status

    def hook(self, job_id: int) -> str:
        return hook_address("", SECRET, job_id)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    port = free_port()
    async with aiohttp.ClientSession() as session:
        served = Served(f"http://127.0.0.1:{port}", session)

        async def ready() -> bool:
            return served.is_ready

        async def hint(job_id: int, remote_id: str | None) -> None:
            served.hints.append((job_id, remote_id))

        web = WebServer(host="127.0.0.1", port=port, secret=SECRET, ready=ready, hint=hint)
        await web.start()
        yield served
        await web.close()


async def test_health_says_alive_and_readiness_says_when(served: Served) -> None:
    async with served.session.get(served.url + "/healthz") as response:
        assert response.status == 200
    async with served.session.get(served.url + "/readyz") as response:
        assert response.status == 200
    served.is_ready = False
    async with served.session.get(served.url + "/readyz") as response:
        assert response.status == 503


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
