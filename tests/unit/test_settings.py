"""What an operator may get wrong, and what is said about it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.rules.quota import Limit
from bot.errors import SettingsError
from bot.settings import PRESETS, read
from bot.storage.database import open_database

FORK = multiprocessing.get_context("fork")
NOBODY = 65534
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


def test_nobody_spends_without_end_unless_the_operator_says_so() -> None:
    operator = read(GOOD).operator
    assert operator.ceiling == Limit(1000, "month")
    assert operator.allowance == Limit(100, "day")
    assert operator.outside == Limit(20, "day")
    assert operator.serves_outside
    assert (operator.servers, operator.blocks) == (frozenset(), frozenset())
    free = read(GOOD | {"CEILING_CREDITS": "unlimited", "SERVER_CREDITS": "none"}).operator
    assert (free.ceiling.credits, free.allowance.credits) == (None, 0)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("", 86_400), ("0", 0), ("12 hours", 43_200), ("2w", 14 * 86_400), ("30 Days", 2_592_000)],
)
def test_how_long_clips_stay_is_a_length_of_time(written: str, seconds: int) -> None:
    settings = read(GOOD | {"KEEP_CLIPS": written, "KEEP_CLIPS_MB": "3"})
    assert (settings.keep_clips, settings.keep_clips_bytes) == (seconds, 3_000_000)


@pytest.mark.parametrize("written", ["31 days", "24", "-1", "days", "2 m"])
def test_what_is_no_length_of_time_is_said(written: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(GOOD | {"KEEP_CLIPS": written})
    assert refused.value.problems == (
        "KEEP_CLIPS must be a length of time of up to 30 days, such as 12 hours; or 0",
    )


def test_servers_and_blocks_are_ids() -> None:
    found = read(
        GOOD | {"SERVERS": "11, 12 13,", "OPERATOR_BLOCKS": "30", "DIRECT_MESSAGES": "OFF"}
    )
    assert found.operator.servers == {11, 12, 13}
    assert found.operator.blocks == {30}
    assert not found.operator.serves_outside


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
        ("SERVER_CREDITS", "-1"),
        ("SERVER_PER", "hour"),
        ("DIRECT_CREDITS", "x"),
        ("DIRECT_MESSAGES", "perhaps"),
        ("SERVERS", "my server"),
        ("OPERATOR_BLOCKS", "@spammer"),
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


def test_they_need_it_however_wrong_their_address_is() -> None:
    with pytest.raises(SettingsError) as refused:
        read(GOOD | {"PUBLIC_URL": "zoetrope.example"})
    assert [problem.split()[0] for problem in refused.value.problems] == [
        "PUBLIC_URL",
        "WEBHOOK_SECRET",
    ]


def test_a_folder_that_cannot_be_is_named_with_all_else(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    for name in ("taken", "taken/data", "taken/data/deeper"):
        with pytest.raises(SettingsError) as refused:
            read({"MODELSLAB_API_KEY": "k", "DATA_DIR": str(tmp_path / name)})
        assert refused.value.problems == (
            f"DATA_DIR {tmp_path / name} cannot be used: Not a directory",
            "DISCORD_TOKEN is missing",
        )
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
    read(GOOD | {"DATA_DIR": str(tmp_path / "a" / "new" / "folder")})


def test_secrets_never_print() -> None:
    assert not re.search("a-token|a-key", repr(read(GOOD)))


def test_the_example_file_lists_every_setting_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    asked = Asked(GOOD)
    read(asked)
    assert set(example) == asked.names
    assert read(example | GOOD) == read(GOOD)


def run(folder: Path, *options: str, **env: str) -> tuple[int, str]:
    """Start the bot in a folder; its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot", *options],
        cwd=folder, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | env,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_an_empty_environment_is_a_line_a_setting_and_the_way_to_the_demo(tmp_path: Path) -> None:
    code, said = run(tmp_path)
    assert code == 2
    assert said.splitlines() == [
        "zoetrope: DISCORD_TOKEN is missing",
        "zoetrope: MODELSLAB_API_KEY is missing",
        "zoetrope: see .env.example, or run `make demo` without any account",
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("DISCRD_TOKN", "DISCORD_TOKEN"),
        ("MODELSLAB_KEY", "MODELSLAB_API_KEY"),
        ("DEFAULT_CREDIT", "DEFAULT_CREDITS"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("PRESET_FILE", "PRESETS_FILE"),
    ],
)
def test_a_slip_in_a_name_is_told_with_the_right_one(wrong: str, right: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(GOOD | {wrong: "x"})
    assert refused.value.problems == (f"{wrong} is no setting; did you mean {right}?",)


def test_names_of_other_programs_are_left_alone() -> None:
    others = ("PATH", "HTTP_PROXY", "no_proxy", "DATABASE_URL", "LOG_DIR", "TZ", "HOST", "TOKEN")
    assert read(GOOD | dict.fromkeys(others, "x")) == read(GOOD)


def test_what_stands_in_the_file_must_be_a_setting(tmp_path: Path) -> None:
    lines = ["DISCORD_TOKEN=t", "MODELSLAB_API_KEY=k", "COMPOSE_PROJECT_NAME=z", "TZ=UTC", "MOOD=x"]
    lines += ["", "HTTP PORT=8080", "= 5", "LOG_FORMAT='json"]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8-sig")
    code, said = run(tmp_path)
    assert code == 2
    assert said.splitlines()[:-1] == [
        "zoetrope: .env, line 7, is not NAME=value",
        "zoetrope: .env, line 8, is not NAME=value",
        "zoetrope: .env, line 9, is not NAME=value",
        "zoetrope: MOOD in .env is no setting; .env.example lists all",
    ]


def test_settings_and_presets_are_told_together(tmp_path: Path) -> None:
    presets = tmp_path / "presets.toml"
    shipped = PRESETS.read_text().replace("frames = 16", "frames = 16\nstep = 12", 1)
    presets.write_text(shipped.replace("credits = 5", 'credits = "5"'))
    with pytest.raises(SettingsError) as refused:
        read({"DISCRD_TOKN": "x", "HTTP_PORT": "x", "PRESETS_FILE": str(presets)})
    told = "\n".join(refused.value.problems)
    for part in ("DISCORD_TOKEN", "MODELSLAB_API_KEY", "HTTP_PORT", "mean steps", "whole number"):
        assert part in told


def test_help_is_help(tmp_path: Path) -> None:
    code, said = run(tmp_path, "--help")
    assert code == 0
    assert ".env.example" in said
    assert run(tmp_path, "--verbose")[0] == 2


def as_another_user(work: Callable[[], object]) -> str:
    """Do something as somebody who owns nothing; what the refusal says."""

    def child() -> None:
        os.setuid(NOBODY)
        try:
            work()
        except SettingsError as error:
            sending.send(str(error))
        else:
            sending.send("no refusal")

    receiving, sending = FORK.Pipe(duplex=False)
    process = FORK.Process(target=child)
    process.start()
    assert receiving.poll(20)
    process.join()
    return str(receiving.recv())


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_data_of_another_owner_says_what_to_do() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        files = as_another_user(lambda: read(GOOD | {"DATA_DIR": str(folder / "data")}))
        database = folder / "bot.sqlite3"
        in_a_folder = as_another_user(lambda: asyncio.run(open_database(database)))
        database.touch(0o644)
        folder.chmod(0o777)
        in_a_file = as_another_user(lambda: asyncio.run(open_database(database)))
    assert files.startswith(f"DATA_DIR {folder / 'data'} may not be written by this user")
    for said in (in_a_folder, in_a_file):
        assert said.startswith(f"DATABASE_PATH {database} may not be written by this user")
        assert f"chown -R {NOBODY} {database}" in said
