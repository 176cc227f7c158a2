"""What the log of changes says, in the log channel and in `/quota-admin log`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.admin.changes import (
    EVERYONE,
    Entry,
    is_ledger,
    split_key,
)
from bot.discord_app.admin.kit import item_texts
from bot.discord_app.text.wording import counted, moment, quote

BOT = "Zoetrope"
IMPORT = "import"
"""The reason of the changes that a file has made."""
ITEMS_SHOWN = 3
WHAT_IN_LIST = 230
REASON_IN_CHANNEL, REASON_IN_LIST = 200, 50
NOTHING = "Nothing has been changed on this server yet."


@dataclass(frozen=True, slots=True)
class Outlook:
    """How it goes on with a server's cap: used up at a moment, None if it lasts; then what."""

    used_up_at: float | None
    now: float
    ends_at: float
    stops: bool


def entry(found: Entry) -> str:
    """One change as a message: who, what became of what, why, and who took it back."""
    return _said(found, what(found), REASON_IN_CHANNEL)


def line(found: Entry) -> str:
    """One change in a list; of a very long one only what it is about."""
    all_ = what(found)
    short = all_ if len(all_) <= WHAT_IN_LIST else f"{kind(found)} …"
    return f"{moment(found.at)} {_said(found, short, REASON_IN_LIST)}"


def _said(found: Entry, changed: str, room: int) -> str:
    # What a row of the ledger becomes when it is undone says so itself.
    undid = "undid: " if found.undoes and not any(map(is_ledger, found.after)) else ""
    parts = [f"{who(found.by.admin_id)}: {undid}{changed}"]
    # A block tells its reason itself.
    if found.by.reason and found.by.reason != IMPORT and not _is_block(found):
        parts.append(f"reason: {quote(found.by.reason, room)}")
    if found.undoer is not None:
        parts.append(f"**undone** by {who(found.undoer)}")
    return " · ".join(parts)


def _is_block(found: Entry) -> bool:
    return any(split_key(key)[0] == "block" and value for key, value in found.after.items())


def who(admin_id: int) -> str:
    """Whoever made a change; the bot itself has no id there."""
    return f"<@{admin_id}>" if admin_id else BOT


def what(found: Entry) -> str:
    """All that a change has changed, or how much that is."""
    if len(found.after) > ITEMS_SHOWN:
        by_import = " by import" if found.by.reason == IMPORT else ""
        return f"{counted(len(found.after), 'setting')}{by_import}"
    changes = (
        item_texts.change(key, found.before.get(key), after) for key, after in found.after.items()
    )
    return "; ".join(changes)


def kind(found: Entry) -> str:
    """What sort of change it is, without names, for a menu."""
    if len(found.after) > ITEMS_SHOWN:
        return what(found)
    return ", ".join(dict.fromkeys(item_texts.kind(key) for key in found.after))


def alert(found: Entry, outlook: Outlook | None) -> str:
    """The server's credits run low, or are used up."""
    said = f"⚠️ {what(found)[0].upper()}{what(found)[1:]}."
    if outlook is None:
        return said
    if outlook.used_up_at is None:
        return f"{said} At this pace they last until new ones come {moment(outlook.ends_at)}."
    if outlook.used_up_at > outlook.now:
        then = "then orders stop" if outlook.stops else "orders go on then"
        return f"{said} At this pace they are used up {moment(outlook.used_up_at)}; {then}."
    then = "No orders are taken until then" if outlook.stops else "Orders go on"
    return f"{said} New ones come {moment(outlook.ends_at)}. {then}."


def undone(made: Entry, taken_back: int) -> str:
    """After an undo: what is so now. Of a grant, `taken_back` credits were left."""
    (key, before), *others = made.before.items()
    name, _ = split_key(key)
    if name == "grant":
        return _grant_undone(before or {}, taken_back)
    if name == "reset":
        return _reset_undone((before or {})["user"])
    if len(others) >= ITEMS_SHOWN:
        return f"Undone: {counted(len(made.after), 'setting')} are as they were before."
    now = "; ".join(item_texts.state(key, value) for key, value in made.after.items())
    return f"Undone. Now {now}."


def _grant_undone(value: dict[str, object], taken_back: int) -> str:
    whole = f"{counted(int(str(value['credits'])), 'bonus credit')} of <@{value['user']}>"
    if taken_back == value["credits"]:
        return f"Undone: the {whole} {'is' if taken_back == 1 else 'are'} taken back."
    if taken_back == 0:
        return f"Undone, but of the {whole} nothing was left to take back."
    were = "was" if taken_back == 1 else "were"
    rest = "the rest is used or on hold"
    return f"Undone: of the {whole}, {taken_back:,} {were} left and {were} taken back; {rest}."


def _reset_undone(user_id: int) -> str:
    has = "everyone has" if user_id == EVERYONE else f"<@{user_id}> has"
    return f"Undone: the credits that {has} used before the reset count again."
