"""What a run of the benchmarks tells, whatever it has measured."""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from benchmarks import __main__ as benchmarks
from benchmarks import table
from benchmarks.table import Row

SLOW = Row(
    name="answer", value=6.4, unit="ms", bar="≤ 2 × bare", met=False, yardstick=3.2,
    spread=(6.0, 7.25), note="p50 2.00 ms",
)  # fmt: skip
FAST = Row(name="jobs", value=1234.5, unit="1/s", bar="≥ 100/s", met=True)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows and one that cannot be measured, in place of the real ones."""

    async def fine(quick: bool) -> list[Row]:  # noqa: FBT001 - what every row is asked with
        return [SLOW] if quick else [SLOW, FAST]

    async def broken(quick: bool) -> list[Row]:  # noqa: FBT001 - what every row is asked with
        raise RuntimeError("no bot")

    for name, measure in (("fine", fine), ("broken", broken)):
        module = ModuleType(name)
        module.measure = measure
        monkeypatch.setitem(sys.modules, f"benchmarks.{name}", module)
    monkeypatch.setattr(benchmarks, "ROWS", ("broken", "fine"))


def test_people_read_a_table_with_notes() -> None:
    head, slow, fast, _, note = table.terminal([SLOW, FAST]).splitlines()
    assert head.split() == ["what", "value", "spread", "beside", "ratio", "aim"]
    assert slow.split(maxsplit=6)[:6] == ["1", "answer", "6.4", "ms", "6–7.25", "3.2"]
    assert slow.endswith("2      ≤ 2 × bare  NOT MET")
    assert "1,234 1/s" in fast
    assert fast.endswith(" met")
    assert note == " 1 p50 2.00 ms"


def test_machines_read_all_figures_even_if_one_is_lacking(
    measured: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [f"--json={tmp_path}/rows.json", f"--plot={tmp_path}/rows.png"]
    assert benchmarks.main(files) == 1
    assert "could not be measured: broken" in capsys.readouterr().err
    told = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert {"cores", "python", "sqlite", "load", "quick"} <= set(told["machine"])
    keys = ("name", "value", "yardstick", "ratio", "bar", "met")
    assert [tuple(row[key] for key in keys) for row in told["rows"]] == [
        ("answer", 6.4, 3.2, 2.0, "≤ 2 × bare", False),
        ("jobs", 1234.5, None, None, "≥ 100/s", True),
    ]
    assert Image.open(tmp_path / "rows.png").size[0] > 1000


def test_a_missed_aim_is_no_failure_of_the_run(
    measured: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmarks.main(["--quick", "--only", "fine"]) == 0
    assert "NOT MET" in capsys.readouterr().out


@pytest.mark.parametrize("name", benchmarks.ROWS)
def test_each_row_says_what_it_measures(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")
    assert len(module.__doc__ or "") > 200
    assert inspect.iscoroutinefunction(module.measure)
    assert list(inspect.signature(module.measure).parameters) == ["quick"]


def test_every_row_is_in_the_list() -> None:
    rows = Path(benchmarks.__file__).parent.glob("*.py")
    assert {path.stem for path in rows if "async def measure(" in path.read_text()} == set(
        benchmarks.ROWS
    )
