"""`python -m bot`: read the settings, run, and end with a code that tells how it went."""

from __future__ import annotations

import argparse
import gc
import os
import sys

# First, for some of what follows can be imported on Linux and macOS only.
if sys.platform == "win32":
    sys.exit("zoetrope: The bot needs Linux or macOS. On Windows, run it in WSL or in Docker.")

from bot import settings
from bot.errors import DiscordLost, SettingsError
from bot.undumpable import make_undumpable

FOR_THE_OWNER_ALONE = 0o077
LOST, WRONG_SETTING = 1, 2
ABOUT = (
    "The Discord bot. It takes no options: its settings are environment variables, or lines of a "
    "file .env in this folder; .env.example explains each. Without any account, run `make demo`."
)


def main() -> int:
    """Run the bot; each wrong setting is one clear line, and the exit code 2."""
    argparse.ArgumentParser(prog="python -m bot", description=ABOUT).parse_args()
    # Our environment holds the secrets, our files what members wrote and sent.
    make_undumpable()
    os.umask(FOR_THE_OWNER_ALONE)
    try:
        found = settings.from_environment()
        # All the rest takes half a second to load, for which no wrong setting should wait; and
        # longer, if garbage is looked for in it before it is there, of which there is none.
        gc.disable()
        from bot import log, starting  # noqa: PLC0415

        secrets = (found.discord_token, found.modelslab_api_key, found.webhook_secret)
        log.configure(found.log_level, found.log_format, secrets)
        starting.run(found)
    except SettingsError as error:
        _say(*error.problems, "see .env.example, or run `make demo` without any account")
        return WRONG_SETTING
    except DiscordLost as error:
        _say(f"Discord is out of reach: {error}")
        return LOST
    except KeyboardInterrupt:
        return 0
    return 0


def _say(*lines: str) -> None:
    for line in lines:
        print(f"zoetrope: {line}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is closed. To take the interpreter apart would take longer than leaving did.
    os._exit(code)
