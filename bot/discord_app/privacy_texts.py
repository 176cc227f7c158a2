"""What `/privacy` says."""

from __future__ import annotations

from bot.discord_app.wording import counted
from bot.jobs.privacy import Words

EXPORTED = "All that I keep about you here. Messages in Discord's channels are not in it."
NOTHING = "I keep no words or pictures of yours here. `/privacy export` shows all that I keep."
KEPT = "Nothing was forgotten."


def ask(words: Words) -> str:
    """Before anything is forgotten."""
    return (
        f"Forget the words and pictures of {counted(words.finished, 'finished video')}, and your "
        "answered requests? What you made when, and your credits, stay. So do messages in "
        f"channels, which you can delete with their buttons.{_on_the_way(words.on_the_way)}"
    )


def forgotten(count: int) -> str:
    """It is done."""
    return f"Forgotten: the words and pictures of {counted(count, 'video')}."


def _on_the_way(count: int) -> str:
    if not count:
        return ""
    return f" {counted(count, 'video')} on the way would not be forgotten; ask again once done."
