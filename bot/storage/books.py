"""Everything that the core's units of work about jobs ask and write, over one transaction."""

from __future__ import annotations

from bot.storage.alerts import AlertRows
from bot.storage.drafts import DraftRows
from bot.storage.finding import FindingRows
from bot.storage.jobs import JobRows
from bot.storage.lanes import LaneRows
from bot.storage.ledger import LedgerRows
from bot.storage.preferences import PreferenceRows
from bot.storage.uploads import UploadRows


class SqliteBooks(
    JobRows,
    FindingRows,
    DraftRows,
    LaneRows,
    LedgerRows,
    AlertRows,
    UploadRows,
    PreferenceRows,
):
    """See `bot.core.jobs.books.Books`."""
