"""The free clip that ends the setup: one for a server and month."""

from __future__ import annotations

from bot.core.admin.changes import Entry
from bot.core.admin.errors import DemoGiven
from bot.core.admin.ports import AdminBooks
from bot.core.rules.calendar import Calendar
from bot.core.rules.quota import Grant


def again_at(books: AdminBooks, guild_id: int, now: float) -> float | None:
    """When a server that has had its free clip gets another (Unix seconds); None if it may now.

    Months are the operator's, in UTC: no server's clock can begin another.
    """
    month = Calendar().window("month", now)
    return month.end if books.had_demo(guild_id, month.start, now) else None


def give(books: AdminBooks, grant: Grant, now: float) -> Entry:
    """Give the credits for the free clip.

    Raises:
        DemoGiven: The server has had it.
    """
    again = again_at(books, grant.guild_id, now)
    if again is not None:
        raise DemoGiven(again)
    return books.grant(grant, now)
