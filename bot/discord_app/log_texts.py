"""What the log of changes says, in the log channel and in `/quota-admin log`."""

from __future__ import annotations

from bot.jobs.audit import Entry


def entry(found: Entry) -> str:
    """One change: who, what, before and after, why."""
    return f"<@{found.by.admin_id}>: {', '.join(found.after)}"
