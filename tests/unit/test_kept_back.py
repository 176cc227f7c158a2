"""A claim of fewer tasks than were asked for says that no other is due, or the loop is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.core.jobs.errors import ProviderLocked
from bot.core.jobs.loop import drain
from bot.core.jobs.ports import Ready
from bot.core.jobs.submitter import PROBE_EVERY
from tests.builders import Core, member
from tests.conftest import MakeCore

CLIP = Ready(urls=("https://files.example/a.mp4",))


async def submitted(core: Core) -> None:
    for user in (30, 31):
        await core.submit(who=member(user_id=user))
    core.clock.move(1000)


async def succeeded(core: Core) -> None:
    await submitted(core)
    core.api.looks += [CLIP, CLIP]
    await drain(core.poller)


async def locked(core: Core) -> None:
    """A single one goes out to try whether the provider takes any again."""
    for user in (30, 31):
        await core.order(member(user_id=user))
    core.submitter.pause(ProviderLocked("no credits"))
    core.clock.move(PROBE_EVERY)


@pytest.mark.parametrize(
    ("name", "due", "rate"),
    [("look", submitted, 1.0), ("deliver", succeeded, 9.0), ("submit", locked, 9.0)],
)
async def test_who_keeps_one_back_has_its_loop_ask_again(
    make_core: MakeCore, name: str, due: Callable[[Core], Awaitable[None]], rate: float
) -> None:
    core = await make_core(rate=rate, credits=None)
    await due(core)
    core.bells.bell(name).heard()
    assert len(await core.workers[name].claim(9)) == 1
    assert None in core.bells.bell(name).heard()
