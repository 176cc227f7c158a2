"""A bot with nothing to do does nothing."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.e2e.theatre import running
from tests.pace import eventually, pass_by

SETTLE_SECONDS, MEASURED_SECONDS = 1.0, 5.0


def cpu_seconds(pid):
    """User and system time of a process and of the children it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs the CPU times in /proc")
async def test_an_idle_bot_uses_less_than_a_hundredth_of_a_core():
    async with running() as theatre:
        pid = theatre.stage.bot.pid
        await eventually(lambda: "discord.ready" in theatre.log())
        await pass_by(SETTLE_SECONDS)
        before = cpu_seconds(pid)
        await asyncio.sleep(MEASURED_SECONDS)
        assert cpu_seconds(pid) - before < 0.01 * MEASURED_SECONDS
        assert children(pid) == [], "the helper for pictures and clips starts with the first job"
