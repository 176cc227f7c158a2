"""The only reader of the environment and of `.env`."""

from __future__ import annotations

import errno
import logging
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Protocol, TypeVar

from dotenv import dotenv_values
from dotenv.parser import Original, parse_stream

from bot.core.admin.report import Price
from bot.core.orders.errors import OptionOutOfRange
from bot.core.orders.presets import Presets
from bot.core.orders.presets_file import load
from bot.core.orders.tables import nearest
from bot.core.rules.calendar import PERIODS
from bot.core.rules.errors import NotANumber
from bot.core.rules.quota import Limit, Operator
from bot.core.rules.typed import parse_credits
from bot.errors import SettingsError
from bot.setting_values import (
    Network,
    between,
    ceiling,
    https,
    https_or_empty,
    ids,
    keeping,
    loopback_or_empty,
    networks,
    one_of,
    price,
)

T = TypeVar("T")
ENV_FILE = Path(".env")
PRESETS = Path(__file__).parent / "presets.toml"
SECRET_LEAST = 16

OF_OTHERS = re.compile(r"(COMPOSE|DOCKER|PYTHON|LC)_?|TZ$|LANG$|(HTTP|HTTPS|NO|ALL)_PROXY$")
"""Names that may stand in `.env` for other programs that read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator may set; `.env.example` explains each. Secrets never print."""

    discord_token: str = field(repr=False)
    modelslab_api_key: str = field(repr=False)
    modelslab_base_url: str
    modelslab_slots: int
    looks_per_second: int
    discord_calls_per_second: int
    database_path: Path
    data_dir: Path
    presets: Presets
    operator: Operator
    keep_clips: float
    keep_clips_bytes: int
    credit_price: Price | None
    http_host: str
    http_port: int
    trusted_proxies: tuple[Network, ...]
    public_url: str
    webhook_secret: str = field(repr=False)
    log_level: str
    log_format: str
    discord_api_base: str
    discord_gateway_url: str


def from_environment() -> Settings:
    """Read `.env`, overridden by the process's own environment.

    Raises:
        SettingsError: Every problem at once.
    """
    file, problems = _read_file(ENV_FILE)
    return read(file | dict(os.environ), file, problems)


def _read_file(path: Path) -> tuple[dict[str, str], list[str]]:
    """What stands in the file, and what is wrong with how it is written."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeDecodeError) as error:
        return {}, [f"{path} cannot be read: {error}"]
    wrong = [_line(found.original) for found in parse_stream(StringIO(text)) if found.error]
    problems = [f"{path}, line {line}, is not NAME=value" for line in wrong]
    # It would say the same once more, before there is a log.
    logging.getLogger("dotenv").setLevel(logging.ERROR)
    values = dotenv_values(stream=StringIO(text))
    return {name: value or "" for name, value in values.items()}, problems


def _line(statement: Original) -> int:
    """Where a statement begins: the parser counts from the empty lines before it."""
    text = statement.string
    return statement.line + text.count("\n", 0, len(text) - len(text.lstrip()))


def read(
    env: Mapping[str, str], file: Collection[str] = (), problems: Iterable[str] = ()
) -> Settings:
    """Turn names and texts into settings.

    `file` are the names that `.env` has, `problems` what is already known to be wrong.

    Raises:
        SettingsError: Every problem at once, each with what to do.
    """
    reader = _Reader(env, problems)
    settings = _read(reader)
    problems = reader.problems
    if reader.has("PUBLIC_URL") and len(settings.webhook_secret) < SECRET_LEAST:
        problems.append(f"WEBHOOK_SECRET must have {SECRET_LEAST} characters for PUBLIC_URL")
    if bool(settings.discord_api_base) != bool(settings.discord_gateway_url):
        problems.append("DISCORD_API_BASE and DISCORD_GATEWAY_URL must be set together")
    problems += reader.strangers(file)
    if problems:
        raise SettingsError(*problems)
    return settings


class Take(Protocol):
    """See `_Reader.take`."""

    def __call__(self, name: str, default: str | None, parse: Callable[[str], T], /) -> T: ...


class _Reader:
    """Takes settings by their names and notes what is wrong with them."""

    def __init__(self, env: Mapping[str, str], problems: Iterable[str]) -> None:
        self.problems = list(problems)
        self._env = env
        self._known: list[str] = []

    def has(self, name: str) -> bool:
        """Whether it is set, rightly or not."""
        return bool(self._env.get(name, "").strip())

    def take(self, name: str, default: str | None, parse: Callable[[str], T]) -> T:
        """A setting; without a default it is one that must be there."""
        self._known.append(name)
        text = self._env.get(name, "").strip() or default
        if text is None:
            self.problems.append(f"{name} is missing")
            return parse("")
        try:
            return parse(text)
        except (ValueError, OptionOutOfRange, NotANumber) as error:
            self.problems.append(f"{name} {_reason(error)}")
            return parse(default or "")

    def presets(self) -> Presets:
        """The presets, from the operator's file or our own."""
        path = self.take("PRESETS_FILE", str(PRESETS), Path)
        try:
            return load(path)
        except SettingsError as error:
            self.problems += error.problems
            return load(PRESETS)

    def folder(self, name: str, default: str) -> Path:
        """A folder that is there or can be made, as far as that can be told without writing."""
        path = self.take(name, default, Path)
        try:
            _check_folder(path)
        except OSError as error:
            self.problems += SettingsError.of_path(name, path, error).problems
        return path

    def strangers(self, file: Collection[str]) -> Iterator[str]:
        """Names that are none of ours: all that stand in `.env`, elsewhere those like ours."""
        for name in self._env:
            if name in self._known:
                continue
            near = nearest(name, self._known)
            if near:
                yield f"{name} is no setting; did you mean {near}?"
            elif name in file and not OF_OTHERS.match(name):
                yield f"{name} in .env is no setting; .env.example lists all"


def _read(reader: _Reader) -> Settings:
    take = reader.take
    data_dir, presets = reader.folder("DATA_DIR", "data"), reader.presets()
    return Settings(
        discord_token=take("DISCORD_TOKEN", None, str),
        modelslab_api_key=take("MODELSLAB_API_KEY", None, str),
        modelslab_base_url=take("MODELSLAB_BASE_URL", "https://modelslab.com/api", https),
        modelslab_slots=take("MODELSLAB_SLOTS", "5", between(1, 100)),
        looks_per_second=take("LOOKS_PER_SECOND", "10", between(1, 1000)),
        discord_calls_per_second=take("DISCORD_CALLS_PER_SECOND", "48", between(1, 10_000)),
        database_path=take("DATABASE_PATH", str(data_dir / "bot.sqlite3"), Path),
        data_dir=data_dir,
        presets=presets,
        operator=_operator(take, presets),
        keep_clips=take("KEEP_CLIPS", "1 day", keeping),
        keep_clips_bytes=take("KEEP_CLIPS_MB", "2000", between(0, 10**7)) * 10**6,
        credit_price=take("CREDIT_PRICE", "", price),
        http_host=take("HTTP_HOST", "127.0.0.1", str),
        http_port=take("HTTP_PORT", "8080", between(0, 65535)),
        trusted_proxies=take("TRUSTED_PROXIES", "", networks),
        public_url=take("PUBLIC_URL", "", https_or_empty),
        webhook_secret=take("WEBHOOK_SECRET", "", str),
        log_level=take("LOG_LEVEL", "INFO", one_of("DEBUG", "INFO", "WARNING", "ERROR")),
        log_format=take("LOG_FORMAT", "text", one_of("text", "json")),
        discord_api_base=take("DISCORD_API_BASE", "", loopback_or_empty),
        discord_gateway_url=take("DISCORD_GATEWAY_URL", "", loopback_or_empty),
    )


def _operator(take: Take, presets: Presets) -> Operator:
    return Operator(
        fallback=Limit(take("DEFAULT_CREDITS", "6", parse_credits)),
        ceiling=Limit(
            take("CEILING_CREDITS", "1000", ceiling),
            take("CEILING_PER", "month", one_of(*PERIODS)),
        ),
        allowance=Limit(
            take("SERVER_CREDITS", "100", ceiling),
            take("SERVER_PER", "day", one_of(*PERIODS)),
        ),
        outside=Limit(take("DIRECT_CREDITS", "20", ceiling)),
        servers=take("SERVERS", "", ids),
        serves_outside=take("DIRECT_MESSAGES", "on", one_of("on", "off")) == "on",
        blocks=take("OPERATOR_BLOCKS", "", ids),
        member_running=take("MEMBER_RUNNING", "1", between(1, 100)),
        member_waiting=take("MEMBER_WAITING", "2", between(0, 1000)),
        server_running=take("SERVER_RUNNING", "100", between(1, 100)),
        server_waiting=take("SERVER_WAITING", "200", between(0, 10_000)),
        waiting=take("WAITING_MOST", "5000", between(1, 100_000)),
        prices=presets.prices,
    )


def _reason(error: Exception) -> str:
    if isinstance(error, NotANumber):
        return f"must be a whole number or one of: {', '.join(error.choices)}"
    if isinstance(error, OptionOutOfRange):
        return f"must be {error.low:g} to {error.high:g}"
    return str(error)


def _check_folder(path: Path) -> None:
    """See whether this user may write there, or make it where it is not yet.

    Raises:
        OSError
    """
    there = path.absolute()
    while not there.exists():
        there = there.parent
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
