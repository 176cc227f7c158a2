"""Logs to standard error: one line an event, as text or JSON, with known secrets removed."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

SHORTEST_SECRET = 8
OF_STRUCTLOG = frozenset({"_record", "_from_structlog"})
"""What structlog keeps in an event for itself, and takes out before it is written."""


def configure(level: str, style: str, secrets: Sequence[str]) -> None:
    """Set logging up for the whole process; `style` is "text" or "json"."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _Scrubber(secrets),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # These say something for each request or frame; an operator asked for events.
    # The last one writes the tokens of interactions, too.
    for noisy in (
        "discord.gateway",
        "discord.http",
        "discord.client",
        "aiohttp.access",
        "discord.webhook.async_",
    ):
        logging.getLogger(noisy).setLevel(max(logging.getLevelName(level), logging.WARNING))


class _Scrubber:
    """Takes secrets out of whatever is about to be written: keys and values, however nested."""

    def __init__(self, secrets: Sequence[str]) -> None:
        # A shorter one is no secret, and would blacken ordinary words.
        self._secrets = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        kept = {key: event.pop(key) for key in OF_STRUCTLOG & event.keys()}
        return {self._text(key): self._clean(value) for key, value in event.items()} | kept

    def _clean(self, value: Any) -> Any:
        """A value as it may be written; what is no plain value is written as its text."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {self._text(str(key)): self._clean(one) for key, one in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(one) for one in value]
        if isinstance(value, bytes | bytearray):
            return self._text(value.decode(errors="backslashreplace"))
        return self._text(value if isinstance(value, str) else repr(value))

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text
