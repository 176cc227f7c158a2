"""The only reader of the environment and of `.env`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot.core.admin.report import Price, parse_price
from bot.core.orders.errors import OptionOutOfRange
from bot.core.rules.calendar import PERIODS
from bot.core.rules.errors import NotANumber
from bot.core.rules.quota import Limit, Operator
from bot.core.rules.typed import CREDITS_MOST, parse_credits
from bot.errors import SettingsError

T = TypeVar("T")
Choice = TypeVar("Choice", bound=str)
PRESETS = Path(__file__).parent / "presets.toml"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
SECRET_LEAST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator may set; `.env.example` explains each. Secrets never print."""

    discord_token: str = field(repr=False)
    modelslab_api_key: str = field(repr=False)
    modelslab_base_url: str
    modelslab_slots: int
    database_path: Path
    data_dir: Path
    presets_file: Path
    operator: Operator
    credit_price: Price | None
    http_host: str
    http_port: int
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
    try:
        file = {name: value or "" for name, value in dotenv_values(".env").items()}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env cannot be read: {error}") from error
    return read(file | dict(os.environ))


def read(env: Mapping[str, str]) -> Settings:
    """Turn names and texts into settings.

    Raises:
        SettingsError: Every problem at once, each with what to do.
    """
    asked = _Asked(env)
    take = asked.take
    data_dir = take("DATA_DIR", "data", Path)
    settings = Settings(
        discord_token=take("DISCORD_TOKEN", None, str),
        modelslab_api_key=take("MODELSLAB_API_KEY", None, str),
        modelslab_base_url=take("MODELSLAB_BASE_URL", "https://modelslab.com/api", _https),
        modelslab_slots=take("MODELSLAB_SLOTS", "5", _between(1, 100)),
        database_path=take("DATABASE_PATH", str(data_dir / "bot.sqlite3"), Path),
        data_dir=data_dir,
        presets_file=take("PRESETS_FILE", str(PRESETS), Path),
        operator=_operator(asked),
        credit_price=take("CREDIT_PRICE", "", _price),
        http_host=take("HTTP_HOST", "127.0.0.1", str),
        http_port=take("HTTP_PORT", "8080", _between(0, 65535)),
        public_url=take("PUBLIC_URL", "", _https_or_empty),
        webhook_secret=take("WEBHOOK_SECRET", "", str),
        log_level=take("LOG_LEVEL", "INFO", _one_of("DEBUG", "INFO", "WARNING", "ERROR")),
        log_format=take("LOG_FORMAT", "text", _one_of("text", "json")),
        discord_api_base=take("DISCORD_API_BASE", "", _loopback_or_empty),
        discord_gateway_url=take("DISCORD_GATEWAY_URL", "", _loopback_or_empty),
    )
    if settings.public_url and len(settings.webhook_secret) < SECRET_LEAST:
        asked.problems.append(f"WEBHOOK_SECRET must have {SECRET_LEAST} characters for PUBLIC_URL")
    if bool(settings.discord_api_base) != bool(settings.discord_gateway_url):
        asked.problems.append("DISCORD_API_BASE and DISCORD_GATEWAY_URL must be set together")
    if asked.problems:
        raise SettingsError(*asked.problems)
    return settings


def _operator(asked: _Asked) -> Operator:
    take = asked.take
    return Operator(
        fallback=Limit(take("DEFAULT_CREDITS", "6", parse_credits)),
        ceiling=Limit(
            take("CEILING_CREDITS", "unlimited", _ceiling),
            take("CEILING_PER", "month", _one_of(*PERIODS)),
        ),
        member_running=take("MEMBER_RUNNING", "1", _between(1, 100)),
        member_waiting=take("MEMBER_WAITING", "2", _between(0, 1000)),
        server_running=take("SERVER_RUNNING", "100", _between(1, 100)),
        server_waiting=take("SERVER_WAITING", "200", _between(0, 10_000)),
        waiting=take("WAITING_MOST", "5000", _between(1, 100_000)),
    )


class _Asked:
    """The environment as it is read, one name after the other, and all that is wrong with it."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def take(self, name: str, default: str | None, parse: Callable[[str], T]) -> T:
        """Read one setting; one without a default must be given."""
        text = self._env.get(name, "").strip() or default
        if text is None:
            self.problems.append(f"{name} is missing")
            return parse("")
        try:
            return parse(text)
        except (ValueError, OptionOutOfRange, NotANumber) as error:
            self.problems.append(f"{name} {_reason(error)}")
            return parse(default or "")


def _reason(error: Exception) -> str:
    if isinstance(error, NotANumber):
        return f"must be a number or one of: {', '.join(error.choices)}"
    if isinstance(error, OptionOutOfRange):
        return f"must be {error.low:g} to {error.high:g}"
    return str(error)


def _between(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"must be a number from {low} to {high}")
        return int(text)

    return parse


def _ceiling(text: str) -> int | None:
    """A ceiling may be higher than any rule: it is the sum of all servers."""
    if text.isdecimal() and CREDITS_MOST < int(text) <= CREDITS_MOST * 1000:
        return int(text)
    return parse_credits(text)


def _price(text: str) -> Price | None:
    try:
        return parse_price(text)
    except ValueError as error:
        raise ValueError(
            "must be an amount and a currency for one credit, such as 0.02 USD"
        ) from error


def _one_of(*choices: Choice) -> Callable[[str], Choice]:
    def parse(text: str) -> Choice:
        for choice in choices:
            if choice.casefold() == text.casefold():
                return choice
        raise ValueError(f"must be one of: {', '.join(choices)}")

    return parse


def _https(text: str) -> str:
    url = urlsplit(text)
    _ = url.port  # raises what is wrong with it
    if url.scheme == "https" and url.hostname:
        return text.rstrip("/")
    if url.scheme == "http" and url.hostname in LOOPBACK:
        return text.rstrip("/")
    raise ValueError("must be an https address")


def _https_or_empty(text: str) -> str:
    return _https(text) if text else ""


def _loopback_or_empty(text: str) -> str:
    if text and urlsplit(text).hostname not in LOOPBACK:
        raise ValueError("must be an address on this machine; leave it empty for Discord itself")
    return text.rstrip("/")
