"""A bot with nothing to do does nothing, stands still for nothing, and leaves without ado."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from pathlib import Path

import pytest

from sandbox.child import ROOT, BotProcess
from tests.e2e.theatre import running
from tests.pace import eventually, pass_by

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="needs the CPU times in /proc"
)

SETTLE_SECONDS, MEASURED_SECONDS = 1.0, 5.0
COLLECTOR = """
import gc, pathlib, signal, time

def collect(*_):
    began = time.thread_time()
    gc.collect()
    pathlib.Path("collected").write_text(str(time.thread_time() - began))

signal.signal(signal.SIGUSR1, collect)
"""


def cpu_seconds(pid):
    """User and system time of a process and of the children it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def cpu_seconds_of_the_dead():
    """The same of all processes that this one has waited for."""
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


async def settled(theatre):
    """The process id of the bot, once it has done all that a start brings along."""
    await eventually(lambda: "discord.ready" in theatre.log())
    await pass_by(SETTLE_SECONDS)
    return theatre.stage.bot.pid


async def test_an_idle_bot_does_next_to_nothing_stands_still_for_nothing_and_leaves_at_once(
    tmp_path,
):
    (tmp_path / "sitecustomize.py").write_text(COLLECTOR)
    async with running(
        settings={"PYTHONPATH": f"{tmp_path}:{ROOT}"}, process=BotProcess
    ) as theatre:
        pid = await settled(theatre)
        await _it_uses_less_than_a_hundredth_of_a_core(pid)
        await _a_full_collection_of_garbage_hardly_stops_it(pid, theatre.folder / "collected")
        await _leaving_takes_less_than_a_tenth_of_a_second_of_work(pid, theatre.stage.bot)


async def _it_uses_less_than_a_hundredth_of_a_core(pid):
    before = cpu_seconds(pid)
    await asyncio.sleep(MEASURED_SECONDS)
    assert cpu_seconds(pid) - before < 0.01 * MEASURED_SECONDS
    assert children(pid) == [], "the helper for pictures and clips starts with the first job"


async def _a_full_collection_of_garbage_hardly_stops_it(pid, collected):
    os.kill(pid, signal.SIGUSR1)
    await eventually(lambda: collected.exists() and collected.read_text())
    assert float(collected.read_text()) < 0.01


async def _leaving_takes_less_than_a_tenth_of_a_second_of_work(pid, bot):
    buried, lived = cpu_seconds_of_the_dead(), cpu_seconds(pid)
    assert await bot.stop() == 0
    assert cpu_seconds_of_the_dead() - buried - lived < 0.1
