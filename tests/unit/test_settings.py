"""What an operator may get wrong, and what is said about it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.rules.quota import Limit
from bot.errors import SettingsError
from bot.settings import read

GOOD = {"DISCORD_TOKEN": "a-token", "MODELSLAB_API_KEY": "a-key"}
ROOT = Path(__file__).parents[2]


class Asked(dict[str, str]):
    """An environment that remembers what was looked up in it."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def get(self, name: str, default: object = None) -> object:
        self.names.add(name)
        return super().get(name, default)


def test_two_values_are_enough() -> None:
    settings = read(GOOD)
    assert settings.modelslab_slots == 5
    assert settings.database_path == Path("data/bot.sqlite3")
    assert settings.operator.fallback == Limit(6, "day")


def test_an_empty_value_means_the_default() -> None:
    assert read(GOOD | {"MODELSLAB_SLOTS": "", "LOG_LEVEL": " "}).modelslab_slots == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODELSLAB_SLOTS", "many"),
        ("MODELSLAB_SLOTS", "0"),
        ("HTTP_PORT", "99999"),
        ("MODELSLAB_BASE_URL", "http://example.com/api"),
        ("PUBLIC_URL", "zoetrope.example"),
        ("DEFAULT_CREDITS", "lots"),
        ("CREDIT_PRICE", "2"),
        ("LOG_FORMAT", "xml"),
        ("DISCORD_API_BASE", "https://discord.example/api"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read(GOOD | {name: value})


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        read({"MODELSLAB_SLOTS": "x"})
    assert len(refused.value.problems) == 3


def test_webhooks_need_a_secret() -> None:
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET"):
        read(GOOD | {"PUBLIC_URL": "https://zoetrope.example"})


def test_secrets_never_print() -> None:
    assert not re.search("a-token|a-key", repr(read(GOOD)))


def test_the_example_file_lists_every_setting_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    asked = Asked(GOOD)
    read(asked)
    assert set(example) == asked.names
    assert read(example | GOOD) == read(GOOD)


def test_an_empty_environment_is_one_line_that_points_to_the_demo(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot"],
        cwd=tmp_path, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    for word in ("DISCORD_TOKEN", "MODELSLAB_API_KEY", "make demo"):
        assert word in done.stderr
