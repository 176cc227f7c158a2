"""How a configuration changes, and how a change is taken back: units of work over the books."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.admin.changes import By, Entry
from bot.core.admin.configuration import Configuration, Items, Key, Kind, Value, Wanted, by_rank
from bot.core.admin.errors import AlreadyUndone, ChangedSince, NoSuchEntry
from bot.core.admin.ports import AdminBooks
from bot.core.rules.quota import Block, Rule

JUST_NOW = 300.0
"""Seconds within which two admins probably do not know of each other's change."""
LOOKED_BACK = 20
"""The newest changes among which an admin's is looked for that was replaced."""


def change(books: AdminBooks, guild_id: int, wanted: Wanted, by: By, now: float) -> Entry | None:
    """Bring items to their wanted values; None, and no entry, if all were so already."""
    before = {key: current(books, guild_id, key, now) for key in wanted}
    after: Items = {key: value for key, value in wanted.items() if before[key] != value}
    if not after:
        return None
    for key, value in after.items():
        books.put(guild_id, key, value, by, now)
    return books.add(guild_id, {key: before[key] for key in after}, after, by, now)


def edit(
    books: AdminBooks,
    guild_id: int,
    made: Callable[[Configuration], Wanted],
    by: By,
    now: float,
) -> Entry | None:
    """As `change`, to what `made` makes of the configuration as it is."""
    return change(books, guild_id, made(books.config(guild_id, now)), by, now)


def replace(
    books: AdminBooks,
    guild_id: int,
    wanted: Configuration,
    was: Configuration,
    by: By,
    now: float,
) -> Entry | None:
    """Bring the whole configuration to `wanted`, if it still is as it `was`.

    Raises:
        ChangedSince: Some item is not, or there is one more.
    """
    more = books.config(guild_id, now).items.keys() - was.items.keys()
    if more:
        raise ChangedSince(tuple(sorted(more, key=by_rank)))
    _expect(books, guild_id, was.items, now)
    gone: Wanted = {key: None for key, _ in was if key not in wanted}
    return change(books, guild_id, {**gone, **wanted.items}, by, now)


def reset(
    books: AdminBooks, guild_id: int, user_id: int, by: By, now: float, newest: int | None
) -> Entry:
    """Let a member's window, or with EVERYONE all members' windows, start anew.

    `newest` is the id of the newest entry that the admin knows of (0: there was none).

    Raises:
        ChangedSince: There is a newer one.
    """
    if newest is not None and books.newest(guild_id) != newest:
        raise ChangedSince((Key(Kind.RESET),))
    return books.reset(guild_id, user_id, by, now)


def undo(books: AdminBooks, guild_id: int, entry_id: int, by: By, now: float) -> Entry:
    """Take an entry back, if what it changed is still as it left it.

    Raises:
        NoSuchEntry, AlreadyUndone, ChangedSince
    """
    entry = books.entry(guild_id, entry_id)
    if entry is None:
        raise NoSuchEntry
    if entry.undone_by is not None:
        raise AlreadyUndone
    if not entry.can_undo:
        raise NoSuchEntry
    _expect(books, guild_id, entry.after, now)
    back = {key: lasting(entry.before.get(key), now) for key in entry.after}
    for key, value in back.items():
        books.put(guild_id, key, value, by, now)
    return books.add(guild_id, entry.after, back, by, now, undoes=entry_id)


def just_before(books: AdminBooks, entry: Entry) -> Entry | None:
    """A change by another admin, minutes ago, that `entry` has replaced."""
    for older in books.log(entry.guild_id, LOOKED_BACK):
        same = not older.after.keys().isdisjoint(entry.after)
        if older.id < entry.id and same and entry.at - older.at < JUST_NOW:
            return older if older.by.admin_id != entry.by.admin_id else None
    return None


def current(books: AdminBooks, guild_id: int, key: Key, now: float) -> Value | None:
    """An item as it is now; None if it is unset, or a rule or block whose time is over."""
    return lasting(books.item(guild_id, key), now)


def lasting(value: Value | None, now: float) -> Value | None:
    """An item as it was, or None if it has ended by itself meanwhile."""
    ends = value.until if isinstance(value, Rule | Block) else None
    return None if ends is not None and ends <= now else value


def _expect(books: AdminBooks, guild_id: int, items: Items, now: float) -> None:
    """See that items are as given; what has ended meanwhile by itself counts as unset.

    Raises:
        ChangedSince: Some are not.
    """
    moved = [
        key
        for key, value in items.items()
        if current(books, guild_id, key, now) != lasting(value, now)
    ]
    if moved:
        raise ChangedSince(tuple(moved))
