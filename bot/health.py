"""`python -m bot.health`: exit 0 if the bot in this container answers, else 1."""

from __future__ import annotations

import socket
import sys

from bot import settings
from bot.errors import SettingsError

PATIENCE = 4.0
EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only asked for
"""Where a bot is that listens on every address."""
QUESTION = b"GET /healthz HTTP/1.0\r\n\r\n"


def main() -> int:
    """Ask the running bot for its health.

    Without an HTTP client, which takes long to load: this is done twice a minute.
    """
    try:
        found = settings.from_environment()
        host = EVERYWHERE.get(found.http_host, found.http_host)
        with socket.create_connection((host, found.http_port), PATIENCE) as bot:
            bot.sendall(QUESTION)
            answer = bot.makefile("rb").readline()
    except (SettingsError, OSError) as error:
        return _not_healthy(str(error))
    return 0 if b" 200 " in answer else _not_healthy(repr(answer))


def _not_healthy(why: str) -> int:
    print(f"zoetrope: not healthy: {why}", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
