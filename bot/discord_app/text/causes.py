"""Why an admin's change was made, in words."""

from __future__ import annotations

from bot.core.rules.cause import Cause
from bot.discord_app.text.wording import quote

WORDS = {
    Cause.REQUEST: "asked for more",
    Cause.DEMO: "setup demo",
    Cause.SETUP: "setup",
}
"""What is told of a cause where no admin has written a reason; of others, nothing."""


def why(cause: Cause | None, reason: str, most: int) -> str:
    """The admin's own reason, in at most so many characters; else what the cause says."""
    if reason or cause is None:
        return quote(reason, most)
    return WORDS.get(cause, "")
