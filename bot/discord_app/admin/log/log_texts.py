"""What the log of changes says, in the log channel and in `/quota-admin log`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.admin.changes import EVERYONE, Entry
from bot.core.admin.configuration import LEDGER, CapAlert, Granted, Key, Kind, WindowReset, value_at
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Block
from bot.discord_app.admin.kit import item_texts
from bot.discord_app.admin.kit.wording import credits_per
from bot.discord_app.text.causes import why
from bot.discord_app.text.wording import counted, moment

BOT = "Zoetrope"
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


def entry(made: Entry) -> str:
    """One change as a message: who, what became of what, why, and who took it back."""
    return _said(made, what(made), REASON_IN_CHANNEL)


def line(made: Entry) -> str:
    """One change in a list; of a very long one only what it is about."""
    all_ = what(made)
    short = all_ if len(all_) <= WHAT_IN_LIST else f"{kind(made)} …"
    return f"{moment(made.at)} {_said(made, short, REASON_IN_LIST)}"


def _said(made: Entry, changed: str, room: int) -> str:
    # What a row of the ledger becomes when it is undone says so itself.
    undid = made.undoes is not None and all(key.kind not in LEDGER for key in made.after)
    author = who(made.by.admin_id)
    parts = [f"{author}: undid: {changed}" if undid else f"{author}: {changed}"]
    # A block tells its reason itself.
    because = why(made.by.cause, made.by.reason, room)
    if because and not _is_block(made):
        parts.append(f"reason: {because}")
    if made.undoer is not None:
        parts.append(f"**undone** by {who(made.undoer)}")
    return " · ".join(parts)


def _is_block(made: Entry) -> bool:
    return any(isinstance(value, Block) for value in made.after.values())


def who(admin_id: int) -> str:
    """Whoever made a change; the bot itself has no id there."""
    return f"<@{admin_id}>" if admin_id else BOT


def what(made: Entry) -> str:
    """All that a change has changed, or how much that is."""
    if len(made.after) > ITEMS_SHOWN:
        count = counted(len(made.after), "setting")
        return f"{count} by import" if made.by.cause is Cause.IMPORT else count
    changes = (
        item_texts.change(key, made.before.get(key), after) for key, after in made.after.items()
    )
    return "; ".join(changes)


def kind(made: Entry) -> str:
    """What sort of change it is, without names, for a menu."""
    if len(made.after) > ITEMS_SHOWN:
        return what(made)
    return ", ".join(dict.fromkeys(item_texts.kind(key) for key in made.after))


def alert(made: Entry, outlook: Outlook | None) -> str:
    """The server's credits run low, or are used up."""
    its = value_at(CapAlert, made.after, Key(Kind.ALERT))
    return f"{_reached(its)} {_outlook(outlook)}".strip() if its else ""


def _reached(its: CapAlert) -> str:
    whole, used = credits_per(its.credits, its.per), f"{its.used:,}"
    if its.level >= item_texts.USED_UP:
        return f"⚠️ The server has used up its {whole} ({used})."
    return f"⚠️ The server has used {its.level} % of its {whole} ({used})."


def _outlook(outlook: Outlook | None) -> str:
    if outlook is None:
        return ""
    end = moment(outlook.ends_at)
    if outlook.used_up_at is None:
        return f"At this pace they last until new ones come {end}."
    if outlook.used_up_at > outlook.now:
        when = moment(outlook.used_up_at)
        if outlook.stops:
            return f"At this pace they are used up {when}; then orders stop."
        return f"At this pace they are used up {when}; orders go on then."
    if outlook.stops:
        return f"New ones come {end}. No orders are taken until then."
    return f"New ones come {end}. Orders go on."


def undone(made: Entry, taken_back: int) -> str:
    """After an undo: what is so now. Of a grant, `taken_back` credits were left."""
    before = made.before[made.first]
    if isinstance(before, Granted):
        return _grant_undone(before, taken_back)
    if isinstance(before, WindowReset):
        return _reset_undone(before.user_id)
    if len(made.after) > ITEMS_SHOWN:
        return f"Undone: {counted(len(made.after), 'setting')} are as they were before."
    now = "; ".join(item_texts.state(key, value) for key, value in made.after.items())
    return f"Undone. Now {now}."


def _grant_undone(was: Granted, taken_back: int) -> str:
    member = f"<@{was.user_id}>"
    if was.credits == taken_back == 1:
        return f"Undone: the 1 bonus credit of {member} is taken back."
    whole = counted(was.credits, "bonus credit")
    if taken_back == was.credits:
        return f"Undone: the {whole} of {member} are taken back."
    if taken_back == 0:
        return f"Undone, but of the {whole} of {member} nothing was left to take back."
    if taken_back == 1:
        return (
            f"Undone: of the {whole} of {member}, 1 was left and was taken back; "
            "the rest is used or on hold."
        )
    return (
        f"Undone: of the {whole} of {member}, {taken_back:,} were left and were taken back; "
        "the rest is used or on hold."
    )


def _reset_undone(user_id: int) -> str:
    if user_id == EVERYONE:
        return "Undone: the credits that everyone has used before the reset count again."
    return f"Undone: the credits that <@{user_id}> has used before the reset count again."
