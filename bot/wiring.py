"""What commands and buttons may use, put together."""

from __future__ import annotations

from bot.core.admin.privacy import PrivacyService
from bot.core.admin.requests import AskingService
from bot.core.admin.service import AdminService
from bot.core.jobs.drafting import DraftService
from bot.core.jobs.kept import KeptClips
from bot.core.jobs.makings import Makings
from bot.core.jobs.preferring import PreferenceService
from bot.core.jobs.service import JobService
from bot.core.jobs.submitter import Submitter
from bot.core.jobs.tools import Tools
from bot.core.orders.presets import Presets
from bot.discord_app.kit.services import Services
from bot.media.charts import ChartStudio
from bot.settings import Settings
from bot.storage.admin_store import SqliteAdminStore
from bot.storage.database import Database
from bot.storage.privacy import SqlitePrivacyStore
from bot.storage.requests import SqliteRequestStore


def services_for(
    settings: Settings,
    presets: Presets,
    tools: Tools,
    database: Database,
    submitter: Submitter,
    clips: KeptClips,
    makings: Makings,
) -> Services:
    """The services, each with the store that it needs."""
    service = JobService(
        store=tools.store,
        presets=presets,
        mover=tools.mover,
        bells=tools.bells,
        disk=tools.disk,
        clock=tools.clock,
        pace=tools.pace,
        operator=settings.operator,
        paused=lambda: submitter.paused,
    )
    admin = AdminService(
        store=SqliteAdminStore(database),
        jobs=tools.store,
        presets=presets,
        mover=tools.mover,
        bells=tools.bells,
        clock=tools.clock,
        pace=tools.pace,
        operator=settings.operator,
        paused=lambda: submitter.paused,
    )
    return Services(
        jobs=service,
        drafts=DraftService(store=tools.store, clock=tools.clock),
        preferences=PreferenceService(store=tools.store, presets=presets, clock=tools.clock),
        admin=admin,
        asking=AskingService(
            store=SqliteRequestStore(database),
            bells=tools.bells,
            clock=tools.clock,
            operator=settings.operator,
        ),
        privacy=PrivacyService(store=SqlitePrivacyStore(database), clips=clips, clock=tools.clock),
        clips=clips,
        makings=makings,
        clock=tools.clock,
        slots=settings.modelslab_slots,
        charts=ChartStudio(),
        price=settings.credit_price,
    )
