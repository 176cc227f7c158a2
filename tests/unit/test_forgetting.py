"""What a member has had forgotten is nowhere on this machine; what is kept is handed over whole."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.admin.changes import By
from bot.core.jobs.errors import FailReason, LookFailed, OutcomeUnknown, PostRefused
from bot.core.jobs.loop import drain
from bot.core.jobs.model import LATE_FIRST
from bot.core.jobs.ports import Broken, Ready, Working
from bot.core.jobs.states import JobState
from bot.core.jobs.sweep import sweep
from bot.core.orders.drafts import KEPT_FOR, Draft
from bot.core.orders.recipe import Kind, VideoRequest
from bot.core.rules.quota import Block, Grant, Limit, Rule
from bot.core.rules.server_settings import Log
from bot.storage import database as storage
from bot.storage.database import open_database
from tests.builders import MEMBER, Core, member
from tests.pace import eventually

CANARY, NEIGHBOUR = b"canary", b"neighbour"
OTHER = member(user_id=31)
ADMIN = By(1)
CLIP = Ready(urls=("https://clips.example/late.mp4",))
BROKEN = Broken(reason=FailReason.SERVICE_PROBLEM, detail="Failed, Try Again")

MOST = 1 << 30

EXCUSED = {
    "server_lanes": "counts a server's orders",
    "settings": "what a server has set",
    "clock": "how long the bot has run",
    "channel_lanes": "when a channel's next clip is due",
    "greetings": "where the bot has said hello",
    "alerts": "what a server's cap has come to",
    "notices": "entries that a channel has not seen yet; the entries are told",
    "refused_uploads": "what servers take",
    "sqlite_sequence": "SQLite's own",
}
"""Tables of which no row is a member's."""


def found(folder: Path, what: bytes = CANARY) -> list[str]:
    """The files that hold these bytes, in their names or in themselves."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if what in path.read_bytes() + path.name.encode()]


async def made(core: Core, who: Any, word: str, **order: Any) -> Any:
    """A video that came out, with a link that has the word in it."""
    job = await core.order(who, prompt=f"{word} drifts by", avoid=f"no {word}", **order)
    await drain(core.preparer)
    await drain(core.submitter)
    core.api.looks.append(Ready(urls=(f"https://clips.example/{word}.mp4",), seed=1))
    core.clock.move(252)
    await drain(core.poller)
    await drain(core.delivery)
    await drain(core.cards)
    return await core.job(job)


async def test_no_byte_of_what_was_forgotten_is_left(make_core: Any, tmp_path: Path) -> None:
    core = await make_core(credits=1000)
    for number in range(10):
        await made(core, MEMBER, f"canary{number}")
        await made(core, OTHER, f"neighbour{number}")
    picture = "https://cdn.discordapp.com/canary.png"
    await made(core, MEMBER, "canary", picture=picture)
    assert found(tmp_path)
    assert await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id) == 11
    await eventually(lambda: not found(tmp_path))
    assert found(tmp_path, NEIGHBOUR)
    ids = core.rows("SELECT user_id, count(remote_id) FROM jobs GROUP BY 1")
    assert ids == [(MEMBER.user_id, 0), (OTHER.user_id, 10)]


async def test_answered_requests_leave_no_byte_either(core: Core, tmp_path: Path) -> None:
    log = Log(5)
    await core.admin.edit(MEMBER.guild_id, "log", lambda _: log, ADMIN)
    request = await core.asking.ask(MEMBER.account, "the canary needs it")
    await core.asking.answer(request, 0, ADMIN)
    assert found(tmp_path)
    await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id)
    await eventually(lambda: not found(tmp_path))


async def test_what_was_not_ordered_yet_leaves_no_byte_either(core: Core, tmp_path: Path) -> None:
    request = VideoRequest(kind=Kind.VIDEO, prompt="a canary drifts by")
    for who in (MEMBER, OTHER):
        draft = Draft(guild_id=who.guild_id, user_id=who.user_id, request=request)
        await core.drafts.keep(who.user_id, draft)
    assert found(tmp_path)
    await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id)
    assert core.rows("SELECT user_id FROM drafts") == [(OTHER.user_id,)]
    await core.privacy.forget(OTHER.guild_id, OTHER.user_id)
    await eventually(lambda: not found(tmp_path))


async def test_what_was_never_ordered_leaves_no_byte_once_it_is_too_old(
    core: Core, tmp_path: Path
) -> None:
    request = VideoRequest(kind=Kind.VIDEO, prompt="a canary drifts by")
    draft = Draft(guild_id=MEMBER.guild_id, user_id=MEMBER.user_id, request=request)
    await core.drafts.keep(1, draft)
    core.clock.move(KEPT_FOR + 1)
    assert found(tmp_path)
    await core.store.drop_drafts(core.clock.now())
    await eventually(lambda: not found(tmp_path))


async def test_a_kept_clip_goes_from_the_disk_as_well(core: Core, tmp_path: Path) -> None:
    core.publisher.errors.append(PostRefused("closed"))
    job = await made(core, MEMBER, "boat")
    assert job.state.value == "kept"
    core.files.clip(job).write_bytes(CANARY)
    core.files.result(job).write_bytes(CANARY)
    await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id)
    assert found(tmp_path) == []


async def test_a_kept_clip_whose_process_died_is_swept(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    core.publisher.errors.append(PostRefused("closed"))
    job = await made(core, MEMBER, "boat")
    core.files.clip(job).write_bytes(CANARY)
    await sweep(core.files, core.store, core.clock.steady())
    assert found(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(core.files, "drop", lambda _job: None)
        await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id)
    await sweep(core.files, core.store, core.clock.steady())
    assert found(tmp_path) == []


async def test_while_somebody_reads_it_is_tried_again(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "CHECKPOINT_AGAIN", 0.1)
    with closing(sqlite3.connect(core.path, isolation_level=None)) as reader:
        await made(core, MEMBER, "canary")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM jobs").fetchone()
        await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id)
        await core.database.write(lambda _con: None)
        assert "bot.sqlite3-wal" in found(tmp_path)
        reader.execute("COMMIT")
        await eventually(lambda: not found(tmp_path))


async def test_whoever_dies_before_it_is_done_leaves_it_to_the_next(
    core: Core, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(core.path, isolation_level=None)) as reader:
        await made(core, MEMBER, "canary")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM jobs").fetchone()
        await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id)
        dead = tmp_path / "dead"
        dead.mkdir()
        for end in ("", "-wal"):
            shutil.copy(f"{core.path}{end}", dead)
    assert "bot.sqlite3-wal" in found(dead)
    database = await open_database(dead / "bot.sqlite3")
    await eventually(lambda: not found(dead))
    await database.close()


# Nothing comes back


async def test_a_late_look_under_way_does_not_undo_it(core: Core) -> None:
    for found in (CLIP, Working(), LookFailed("HTTP 500")):
        job = await core.submit()
        core.api.looks += [BROKEN, found]
        core.clock.move(252)
        await drain(core.poller)
        forgotten = core.privacy.forget(MEMBER.guild_id, MEMBER.user_id)
        core.api.during_look = lambda forgotten=forgotten: forgotten
        core.clock.move(LATE_FIRST)
        await drain(core.poller)
        core.api.during_look = None
        await drain(core.delivery)
        job = await core.job(job)
        assert (job.state, job.due_at) == (JobState.FAILED, None)
        assert (job.remote_id, job.fetch_path, job.result_url) == (None, None, None)
    assert core.publisher.posts == []


@pytest.mark.parametrize("picture", [None, "https://cdn.discordapp.com/x.png"])
async def test_an_order_without_a_clear_answer_does_not_come_back_once_it_is_forgotten(
    core: Core, picture: str | None
) -> None:
    core.api.answers.append(OutcomeUnknown("timeout"))
    job = await core.order(picture=picture)
    await drain(core.preparer)
    await drain(core.submitter)
    assert await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id) == 0
    core.clock.move(2 * job.recipe.usual + 1)
    await drain(core.poller)
    assert await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id) == 1
    await core.poller.hint(job.id, "r77")
    await drain(core.poller)
    job = await core.job(job)
    assert (job.state, job.slot, job.remote_id) == (JobState.UNSURE, False, None)
    assert core.api.fetched == []


async def test_a_clip_that_is_kept_only_just_now_goes_too(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    core.publisher.errors.append(PostRefused("closed"))
    job = await core.submit()
    core.api.looks.append(CLIP)
    core.clock.move(252)
    await drain(core.poller)
    discard_all = core.clips.discard_all

    async def late(guild_id: int, user_id: int) -> None:
        await discard_all(guild_id, user_id)
        await drain(core.delivery)

    monkeypatch.setattr(core.clips, "discard_all", late)
    await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id)
    job = await core.job(job)
    assert (job.state, job.can_be_fetched, job.recipe.prompt) == (JobState.FETCHED, False, "")
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]


# What is handed over


async def full(core: Core) -> None:
    """A row of the member's in every table that may have one."""
    guild, user = MEMBER.guild_id, MEMBER.user_id
    log = Log(5)
    await core.admin.edit(guild, "log", lambda _: log, ADMIN)
    await made(core, MEMBER, "boat")
    await core.admin.grant(
        Grant(guild_id=guild, user_id=user, credits=3, admin_id=1, reason="contest")
    )
    rule = Rule(scope="user", subject_id=user, limit=Limit(50))
    await core.admin.set_rule(guild, rule, ADMIN)
    await made(core, MEMBER, "boat")
    await core.asking.ask(MEMBER.account, "one last try")
    await core.admin.block(guild, user, Block(None, "spam"), ADMIN)
    request = VideoRequest(kind=Kind.VIDEO, prompt="a boat")
    await core.drafts.keep(1, Draft(guild_id=guild, user_id=user, request=request))
    await core.preferences.change(user, spoiler=True)


async def test_every_column_with_something_of_a_member_is_handed_over(core: Core) -> None:
    """Whoever adds a table either hands its rows over or says above why none is a member's."""
    await full(core)
    whole = json.loads(await core.privacy.export(MEMBER.guild_id, MEMBER.user_id, MOST))
    parts = {
        "jobs": whole["videos"],
        "moves": whole["videos"][0]["moves"],
        "ledger": whole["credits"],
        "bonuses": whole["bonuses"],
        "spent": whole["sums"],
        "member_lanes": whole["turns"],
        "requests": whole["requests"],
        "rules": whole["rules"],
        "blocks": whole["blocks"],
        "drafts": whole["drafts"],
        "preferences": whole["settings"],
        "audit": whole["changes"],
    }
    tables = [name for (name,) in core.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    assert set(tables) == parts.keys() | EXCUSED.keys()
    for table, rows in parts.items():
        columns = {row[1] for row in core.rows(f"SELECT * FROM pragma_table_info('{table}')")}
        of_staff = {"admin_id", "answered_by"}  # somebody else's
        spread = {"recipe"} if table == "jobs" else set()
        assert rows, table
        assert columns - of_staff - spread <= rows[0].keys(), table
    (recipe,) = core.rows("SELECT recipe FROM jobs")[0]
    assert json.loads(recipe).items() <= whole["videos"][0].items()


async def test_changes_of_others_are_not_handed_over(core: Core) -> None:
    """One change may concern several members, and digits may be part of longer ones."""
    await full(core)
    blocks = {Block(None, "secret of 31"): 31, Block(None, "secret of 301"): 301}
    for block, user_id in blocks.items():
        await core.admin.block(MEMBER.guild_id, user_id, block, ADMIN)
    text = (await core.privacy.export(MEMBER.guild_id, MEMBER.user_id, MOST)).decode()
    assert "secret" not in text
    assert "spam" in text


async def test_times_are_handed_over_as_people_saw_them(core: Core) -> None:
    """Most of a video's times are kept on a clock that nobody sees."""
    job = await made(core, MEMBER, "boat")
    whole = json.loads(await core.privacy.export(MEMBER.guild_id, MEMBER.user_id, MOST))
    (video,) = whole["videos"]
    ordered = datetime.fromtimestamp(job.created_at, UTC)
    for name in ("submitted_at", "looked_at", "ready_at"):
        passed = datetime.fromisoformat(video[name]) - ordered
        assert timedelta(0) <= passed <= timedelta(minutes=10), (name, passed)
