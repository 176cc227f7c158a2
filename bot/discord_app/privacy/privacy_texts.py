"""What `/privacy` says."""

from __future__ import annotations

from bot.core.admin.privacy import Forgettable
from bot.discord_app.text.wording import by_number, counted, joined, listed

EXPORTED = (
    "Your videos, credits and requests here, the rule or block that is yours alone, what staff has "
    "changed about you, and your `/settings`. Who of them it was, and messages in Discord's "
    "channels, are not in it."
)
NOTHING = (
    "I keep no prompts or pictures of finished videos of yours here. "
    "`/privacy export` shows what I keep."
)
KEPT = "Nothing was forgotten."


def ask(words: Forgettable) -> str:
    """Before anything is forgotten."""
    counts = (
        (words.finished, "finished video"),
        (words.requests, "answered request"),
    )
    what = listed(tuple(counted(count, thing) for count, thing in counts if count))
    if not what:
        return "Forget your `/settings`, which hold on every server?"
    return joined(
        f"Forget what you wrote and attached for {what}?",
        "Clips that I still keep for you go as well.",
        "So do your `/settings`, on every server." if words.settings else "",
        "What you made when, and your credits, stay.",
        "So do messages in channels, which you can delete with their buttons.",
        _unfetched(words),
        _on_the_way(words.on_the_way),
    )


def forgotten(count: int) -> str:
    """It is done."""
    if not count:
        return "Forgotten: what you wrote and attached."
    return f"Forgotten: what you wrote and attached for {counted(count, 'video')}."


def _unfetched(words: Forgettable) -> str:
    if not words.unfetched:
        return ""
    clips = by_number(
        words.unfetched,
        "The video that I keep for you goes for good",
        f"The {words.unfetched:,} videos that I keep for you go for good",
    )
    if not words.held:
        return f"{clips}."
    used = by_number(
        words.held,
        "and the 1 credit on hold is used",
        f"and the {words.held:,} credits on hold are used",
    )
    return f"{clips}, {used}."


def _on_the_way(count: int) -> str:
    if not count:
        return ""
    return by_number(
        count,
        "1 video on the way would not be forgotten; ask again once it is done.",
        f"{count:,} videos on the way would not be forgotten; ask again once they are done.",
    )
