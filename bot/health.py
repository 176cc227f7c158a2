"""`python -m bot.health`: exit 0 if the bot in this container answers, else 1."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

from bot import settings
from bot.errors import SettingsError

PATIENCE = 4.0


def main() -> int:
    """Ask the running bot for its health."""
    try:
        port = settings.from_environment().http_port
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE):
            return 0
    except (SettingsError, OSError, urllib.error.URLError) as error:
        print(f"zoetrope: not healthy: {error}", file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main())
