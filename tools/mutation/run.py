"""See which small changes to a module no test of the unit and storage rings notices.

    python -m tools.mutation.run survey                 which test reaches which line, how quickly
    python -m tools.mutation.run bot/core/rules/*.py    the mutants of these modules, in any order

A mutant is never written to a file: a fork of this process imports it in place of its module and
runs the tests that reach the changed line until one fails. docs/testing.md tells more.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from importlib.machinery import SourceFileLoader
from itertools import chain
from pathlib import Path
from typing import Any

import coverage
import pytest

from tools.mutation.mutants import Mutant, mutants

RINGS = ["tests/unit", "tests/storage"]
QUIET = ["-x", "-p", "no:cacheprovider", "-p", "no:cov"]
FOUND = Path("out/mutation")
LINES, TIMES = FOUND / "lines", FOUND / "times.json"
FIRST = 12
"""So many tests, each of another file, are tried before the rest."""
SLOW, TOO_SLOW = 1.0, 5.0
"""Seconds of a test that is tried last, and of one that is not tried."""
MOST = 80
"""No more tests than these are tried; one that still survives is worth a look by hand."""
PATIENCE = 180.0
"""Seconds after which a mutant is given up."""


class Stopwatch:
    """A plugin of pytest that notes how long each test takes."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.times[report.nodeid] = self.times.get(report.nodeid, 0.0) + report.duration


def survey(tests: list[str]) -> None:
    """Run the tests once, and keep which lines each of them reaches."""
    FOUND.mkdir(parents=True, exist_ok=True)
    os.environ["COVERAGE_FILE"] = str(LINES)
    watch = Stopwatch()
    args = ["--cov=bot", "--cov-context=test", "--cov-report=", "-p", "no:cacheprovider"]
    pytest.main([*args, *tests], plugins=[watch])
    TIMES.write_text(json.dumps(watch.times))


class Survey:
    """What `survey` found."""

    def __init__(self) -> None:
        self._times: dict[str, float] = json.loads(TIMES.read_text())
        self._lines = coverage.CoverageData(str(LINES))
        self._lines.read()

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests that reach a mutant's line: those of its ring first, of each file in turn."""
        found = self._lines.contexts_by_lineno(str(Path(mutant.path).resolve()))
        reached = {name.rsplit("|", 1)[0] for name in chain(*map(found.get, _where(mutant, found)))}
        queues: dict[str, list[str]] = {}
        for test in sorted(reached & self._times.keys(), key=self._times.__getitem__):
            queues.setdefault(test.split("::")[0], []).append(test)
        ring = "tests/storage" if "/storage/" in mutant.path else "tests/unit"
        turns = [
            (self._times[test] > SLOW, not test.startswith(ring), turn, self._times[test], test)
            for queue in queues.values()
            for turn, test in enumerate(queue)
        ]
        return [test for *_, test in sorted(turns) if self._times[test] < TOO_SLOW][:MOST]


def _where(mutant: Mutant, found: dict[int, list[str]]) -> list[int]:
    """The lines to reach: for a constant, those that use it; if none of them tells, all."""
    lines = mutant.code.splitlines()
    if any(found.get(mutant.line, [])):
        return [mutant.line]
    names = (re.match(r"([A-Z_]+)\b.* = ", line) for line in reversed(lines[: mutant.line]))
    name = next((name[1] for name in names if name), "no name")
    used = [n for n in found if re.search(rf"\b{name}\b", lines[n - 1]) and any(found[n])]
    return used or list(found)


def start(mutant: Mutant, tests: list[str]) -> int:
    """Fork a process that runs tests against a mutant; its status is 0 if none of them fails."""
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        _put_in_place(mutant)
        first = pytest.main([*QUIET, *tests[:FIRST]])
        os._exit(first or (bool(tests[FIRST:]) and pytest.main([*QUIET, *tests[FIRST:]])))
    return child


def judge(
    made: list[Mutant], known: Survey, jobs: int, ends: float
) -> Iterator[tuple[Mutant, str]]:
    """Tell of each mutant whether and how it was noticed."""
    waiting, running = made[::-1], dict[int, tuple[Mutant, float]]()
    while waiting or running:
        if time.monotonic() > ends:
            waiting.clear()
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            if tests := known.tests(mutant):
                running[start(mutant, tests)] = mutant, time.monotonic() + PATIENCE
            else:
                yield mutant, "reached by no test"
        for child, (mutant, until) in list(running.items()):
            if time.monotonic() > until:
                os.kill(child, signal.SIGKILL)
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                del running[child]
                noticed = "never ended" if os.WIFSIGNALED(status) else "noticed"
                yield mutant, noticed if status else "SURVIVED"
        time.sleep(0.02)


def _put_in_place(mutant: Mutant) -> None:
    path, usual = str(Path(mutant.path).resolve()), SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> Any:
        if loader.path == path:
            return compile(mutant.code, path, "exec")
        return usual(loader, name)

    SourceFileLoader.get_code = get_code


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="+")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tests", nargs="*", default=RINGS)
    parser.add_argument("--minutes", type=float, default=60, help="start none after that")
    parser.add_argument("--control", action="store_true", help="unchanged: all must survive")
    args = parser.parse_args()
    os.environ["CI"] = "1"
    if args.what == ["survey"]:
        survey(args.tests)
        return
    for name in ("discord", "hypothesis", "pytest_asyncio"):
        import_module(name)  # once for all forks
    made = [mutant for path in args.what for mutant in mutants(Path(path))]
    if args.control:
        made = [replace(mutant, code=Path(mutant.path).read_text()) for mutant in made[::40]]
    random.Random(0).shuffle(made)
    began, counts = time.monotonic(), Counter[str]()
    for mutant, outcome in judge(made, Survey(), args.jobs, began + args.minutes * 60):
        counts[outcome] += 1
        if outcome != "noticed":
            print(f"{outcome}: {mutant.path}:{mutant.line} {mutant.what}", flush=True)
    minutes = (time.monotonic() - began) / 60
    print(f"{counts.total()} of {len(made)} mutants in {minutes:.0f} minutes: {dict(counts)}")


if __name__ == "__main__":
    main()
