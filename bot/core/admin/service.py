"""What a server's admins do. Commands call this and nothing deeper; each change is logged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from bot.clock import Clock
from bot.core.admin import blocking, changing, counting, demo, validation
from bot.core.admin.blocking import Jobs, Shut
from bot.core.admin.changes import By, Entry
from bot.core.admin.configuration import Configuration, Key, Kind, Setting, Wanted
from bot.core.admin.counting import Outcome
from bot.core.admin.errors import NoSuchEntry
from bot.core.admin.ports import AdminStore, Queue
from bot.core.admin.report import Period, Report, Tally, windows
from bot.core.admin.why import Why, explain
from bot.core.jobs.bells import Bells
from bot.core.jobs.moves import Mover
from bot.core.jobs.pace import Pace
from bot.core.jobs.store import JobStore
from bot.core.orders.presets import Presets
from bot.core.orders.recipe import VideoRequest
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Account, Block, Grant, Limit, Operator, Pot, Rule, Standing
from bot.core.rules.server_settings import Section, SectionName, ServerSettings
from bot.core.rules.standing import standing

Edit = Callable[[ServerSettings], Section | None]
"""From the settings as they are to what a section shall be; None unsets it."""

LOG_LENGTH = 50


class AdminService:
    """The admins' side of the product."""

    def __init__(
        self,
        *,
        store: AdminStore,
        jobs: JobStore,
        presets: Presets,
        mover: Mover,
        bells: Bells,
        clock: Clock,
        pace: Pace,
        operator: Operator,
        paused: Callable[[], bool],
    ) -> None:
        self.operator = operator
        self.presets = presets
        self.clock = clock
        self._store = store
        self._jobs = jobs
        self._mover = mover
        self._paused = paused
        self._pace = pace
        self._bells = bells

    # Looking

    async def config(self, guild_id: int) -> Configuration:
        """Everything that is set on a server."""
        now = self.clock.now()
        return await self._store.read(lambda books: books.config(guild_id, now))

    async def settings(self, guild_id: int) -> ServerSettings:
        """The server's sections, with defaults for what it has not set."""
        return (await self.config(guild_id)).settings

    async def standing(self, account: Account) -> Standing:
        """Where a member stands."""
        operator, now = self.operator, self.clock.now()
        return await self._jobs.read(lambda books: standing(books, account, operator, now))

    async def why(self, account: Account, request: VideoRequest) -> Why:
        """All that decides about an order of this member, made now in no particular channel.

        Raises:
            Refusal: There is no such order at all.
        """
        standing, closed = await self.standing(account), self._paused()
        jobs = await self._jobs.unfinished(account.guild_id, account.user_id)
        return explain(self.presets, request, standing, tuple(jobs), self._pace, closed=closed)

    async def cap(self, guild_id: int) -> Pot | None:
        """What the server has spent of its cap, if it has one."""
        its = await self.settings(guild_id)
        if its.cap is None:
            return None
        window = its.calendar.window(its.cap.per, self.clock.now())
        return await self._store.pot(guild_id, Limit(its.cap.credits, its.cap.per), window)

    async def spent_today(self, guild_id: int) -> Pot:
        """What the server has spent since its day began."""
        its = await self.settings(guild_id)
        window = its.calendar.window("day", self.clock.now())
        return await self._store.pot(guild_id, Limit(None), window)

    async def report(self, guild_id: int, period: Period) -> Report:
        """What the server has made in a period, and in the one before."""
        calendar = (await self.settings(guild_id)).calendar
        own, before = windows(calendar, period)
        made = Report(period, own[0].start)
        for day in own:
            tally = await self._store.tally(guild_id, period.by, day)
            made.add(calendar.date_of(day.start), tally)
        for day in before:
            made.add_before(await self._store.tally(guild_id, period.by, day))
        return made

    async def days(self, guild_id: int, period: Period) -> list[tuple[date, Tally]]:
        """What each subject has made on each day of a period."""
        calendar = (await self.settings(guild_id)).calendar
        return [
            (calendar.date_of(day.start), await self._store.tally(guild_id, period.by, day))
            for day in windows(calendar, period)[0]
        ]

    async def queue(self, guild_id: int) -> Queue:
        """What is on its way."""
        return await self._store.queue(guild_id)

    async def log(self, guild_id: int, limit: int = LOG_LENGTH) -> list[Entry]:
        """The newest changes, newest first."""
        return await self._store.read(lambda books: books.log(guild_id, limit))

    async def newest(self, guild_id: int) -> int:
        """The id of the newest change by an admin; 0 if there is none."""
        return await self._store.read(lambda books: books.newest(guild_id))

    async def entry(self, guild_id: int, entry_id: int) -> Entry:
        """One change.

        Raises:
            NoSuchEntry
        """
        found = await self._store.read(lambda books: books.entry(guild_id, entry_id))
        if found is None:
            raise NoSuchEntry
        return found

    async def taken_back(self, guild_id: int, grant_id: int) -> int:
        """How many credits were left of a grant when it was undone."""
        return await self._store.taken_back(guild_id, grant_id)

    async def just_before(self, entry: Entry | None) -> Entry | None:
        """A change by another admin, minutes ago, that `entry`, if there is one, has replaced."""
        if entry is None:
            return None
        return await self._store.read(lambda books: changing.just_before(books, entry))

    # Rules and members

    async def set_rule(self, guild_id: int, rule: Rule, by: By) -> Entry | None:
        """Set a rule; None if it was so already."""
        return await self.change(guild_id, {Key.of(rule): rule}, by)

    async def clear_rule(self, guild_id: int, key: Key, by: By) -> Entry | None:
        """Remove a rule; None if there was none."""
        return await self.change(guild_id, {key: None}, by)

    async def grant(self, grant: Grant) -> Entry:
        """Give bonus credits."""
        now = self.clock.now()
        return self._told(await self._store.write(lambda books: books.grant(grant, now)))

    async def grant_demo(self, grant: Grant) -> Entry:
        """Give the credits for the free clip.

        Raises:
            DemoGiven: The server has had it.
        """
        now = self.clock.now()
        return self._told(await self._store.write(lambda books: demo.give(books, grant, now)))

    async def demo_again_at(self, guild_id: int) -> float | None:
        """When the server gets another free clip (Unix seconds); None if it may have one now."""
        now = self.clock.now()
        return await self._store.read(lambda books: demo.again_at(books, guild_id, now))

    async def reset(self, guild_id: int, user_id: int, by: By, newest: int | None = None) -> Entry:
        """Let a member's window, or with EVERYONE all members' windows, start anew.

        Raises:
            ChangedSince: The newest change is not `newest`, where that is given.
        """
        now = self.clock.now()
        return self._told(
            await self._store.write(
                lambda books: changing.reset(books, guild_id, user_id, by, now, newest)
            )
        )

    async def outcome(self, guild_id: int, rule: Rule, entry: Entry | None) -> Outcome:
        """What has come of a change to a rule; without an entry it was none."""
        now = self.clock.now()
        return await self._store.read(
            lambda books: counting.outcome(books, guild_id, rule, entry, now)
        )

    async def spenders(self, guild_id: int) -> int:
        """How many members have used credits of their present windows."""
        config, fallback = await self.config(guild_id), self.operator.fallback
        return await counting.spenders(self._store, guild_id, config, fallback, self.clock.now())

    async def block(self, guild_id: int, user_id: int, block: Block, by: By) -> Shut:
        """Shut a member out and cancel what is not handed over yet; credits go back."""
        entry = await self.change(guild_id, {Key(Kind.BLOCK, user_id): block}, by)
        cancelled, running = await self._cancel_waiting(guild_id, user_id)
        return Shut(entry=entry, cancelled=cancelled, running=running)

    async def unblock(self, guild_id: int, user_id: int, by: By) -> Entry | None:
        """Let a member order again; None if they were not blocked."""
        return await self.change(guild_id, {Key(Kind.BLOCK, user_id): None}, by)

    # The server

    async def greet(self, guild_id: int) -> bool:
        """Whether the server is to be greeted, which is said of each server once."""
        now = self.clock.now()
        return await self._store.write(lambda books: books.greet(guild_id, now))

    async def edit(self, guild_id: int, name: SectionName, edit: Edit, by: By) -> Entry | None:
        """Change one section; see `edit_all`."""
        return await self.edit_all(guild_id, {name: edit}, by)

    async def edit_all(
        self, guild_id: int, edits: Mapping[SectionName, Edit], by: By
    ) -> Entry | None:
        """Change sections together, given the settings as they are; None if all stay so.

        The edits run where the store works, so that no other change comes between.

        Raises:
            BadSetting: The section may not hold that.
        """

        def wanted(config: Configuration) -> Wanted:
            settings = config.settings
            return {Key(Kind(name)): _checked(edit(settings)) for name, edit in edits.items()}

        now = self.clock.now()
        entry = await self._store.write(
            lambda books: changing.edit(books, guild_id, wanted, by, now)
        )
        return self._told(entry) if entry else None

    async def change(self, guild_id: int, items: Wanted, by: By) -> Entry | None:
        """Set or unset items; None if all were so already."""
        now = self.clock.now()
        entry = await self._store.write(
            lambda books: changing.change(books, guild_id, items, by, now)
        )
        return self._told(entry) if entry else None

    async def replace(
        self, guild_id: int, wanted: Configuration, was: Configuration, by: By
    ) -> Entry | None:
        """Bring the whole configuration to `wanted`, if it still is as it `was`.

        Raises:
            ChangedSince
        """
        now = self.clock.now()
        entry = await self._store.write(
            lambda books: changing.replace(books, guild_id, wanted, was, by, now)
        )
        if entry:
            await self._shut_out(entry)
        return self._told(entry) if entry else None

    async def undo(self, guild_id: int, entry_id: int, by: By) -> Entry:
        """Take a change back.

        Raises:
            NoSuchEntry, AlreadyUndone, ChangedSince
        """
        undoing, now = replace(by, cause=Cause.UNDO), self.clock.now()
        entry = await self._store.write(
            lambda books: changing.undo(books, guild_id, entry_id, undoing, now)
        )
        await self._shut_out(entry)
        return self._told(entry)

    async def _shut_out(self, entry: Entry) -> None:
        """Do for the blocks that a change has brought what `block` does."""
        for key, value in entry.after.items():
            if isinstance(value, Block):
                await self._cancel_waiting(entry.guild_id, key.subject)

    async def _cancel_waiting(self, guild_id: int, user_id: int) -> tuple[Jobs, Jobs]:
        now = self.clock.now()
        return await blocking.cancel_waiting(self._jobs, self._mover, guild_id, user_id, now)

    def _told(self, entry: Entry) -> Entry:
        """Wake whoever a change concerns: the log channel, and the line, whose caps may differ."""
        self._bells.ring("log", "submit")
        return entry


def _checked(section: Section | None) -> Setting | None:
    return None if section is None else validation.checked_section(section)
