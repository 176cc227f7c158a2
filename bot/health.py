"""`python -m bot.health`: exit 0 if the bot in this container answers, else 1."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

from bot import settings
from bot.errors import SettingsError

PATIENCE = 4.0
EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - only asked for
"""Where a bot is that listens on every address."""


def main() -> int:
    """Ask the running bot for its health, and no proxy on the way."""
    try:
        found = settings.from_environment()
        host = EVERYWHERE.get(found.http_host, found.http_host)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{host}:{found.http_port}/healthz", timeout=PATIENCE):
            return 0
    except (SettingsError, OSError, urllib.error.URLError) as error:
        print(f"zoetrope: not healthy: {error}", file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main())
