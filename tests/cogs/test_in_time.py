"""Every interaction is answered in time, and what was said is what is in the database."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.core.admin.changes import By
from bot.core.jobs.loop import drain
from bot.core.jobs.ports import Ready
from bot.core.rules.server_settings import Log
from bot.discord_app.kit import in_time
from bot.discord_app.video.picture_menu import NAME as MENU
from sandbox.discord.invocation import CallbackType, Invocation
from sandbox.discord.model import Message
from tests.builders import Core, between_transactions
from tests.cogs.live import Live, live_bot
from tests.pace import eventually, slowness

NOT_STARTED = (
    "I cannot check your credits right now, so I did not start. Please try again in a minute."
)
PARTLY = "I did that, or a part of it, and then could not look it up again."
DEFERRED = CallbackType.DEFERRED_REPLY


@pytest.fixture
async def live(core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Live]:
    async with live_bot(core, tmp_path, monkeypatch) as it:
        yield it


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience as it is, but shorter."""
    monkeypatch.setattr(in_time, "WORK_BEGINS", 0.2)
    monkeypatch.setattr(in_time, "DEFERRED", 0.4)


def in_the_same_instant(live: Live, cards: list[Any]) -> list[Awaitable[Any]]:
    """Twenty things that members do, of every kind."""
    mika = live.discord.user("mika")
    orders = [live.video("mika", f"boat {number}") for number in range(5)]
    shows = [live.slash("robin", "quota show") for _ in range(5)]
    buttons = [live.press(mika, cards[0], "Cancel") for _ in range(5)]
    typed = [
        live.discord.autocomplete("mika", "general", "jobs show", {"id": ""}, "id")
        for _ in range(5)
    ]
    return [*orders, *buttons, *shows, *typed]


async def test_behind_a_lock_twenty_in_the_same_instant_are_answered_and_nothing_is_done(
    live: Live,
) -> None:
    cards = [await live.ordered()]
    live.seconds.clear()
    with live.locked():
        sent = await asyncio.gather(*in_the_same_instant(live, cards))
        assert max(live.seconds) < in_time.DEFERRED + 0.5 * slowness()
        said = Counter(await asyncio.gather(*map(live.told, sent[:10])))
    assert said == {NOT_STARTED: 10}
    for show in sent[10:15]:  # reading goes on behind a lock
        assert (await live.told(show)).startswith("Credits: 6 of 6 left today")
    assert [len(choices) for choices in sent[15:]] == [1] * 5
    await live.core.database.write(lambda _con: None)
    assert live.core.rows("SELECT state FROM jobs") == [("queued",)]
    assert live.core.rows("SELECT kind FROM ledger") == [("hold",)]


async def test_with_the_disk_full_orders_are_refused_at_once(live: Live) -> None:
    await between_transactions(
        live.core.database, lambda con: con.execute("PRAGMA max_page_count = 1") and None
    )
    sent = await asyncio.gather(
        *(live.video(live.newcomer(f"one{number}"), "x" * 900) for number in range(20))
    )
    said = [await live.told(one) for one in sent]
    taken = [one for one in said if one != NOT_STARTED]
    assert NOT_STARTED in said
    assert max(live.seconds) < in_time.DEFERRED + 0.5 * slowness()
    assert live.core.rows("SELECT count(*) FROM jobs") == [(len(taken),)]


@pytest.mark.usefixtures("short")
async def test_an_order_that_takes_long_to_commit_is_promised_and_then_told(live: Live) -> None:
    await live.slow("jobs", 1.0)
    sent = await live.video()
    assert (sent.callback, sent.ephemeral) == (DEFERRED, True)
    said = await live.told(sent)
    ((code, state, card_id),) = [
        (job.code, job.state.value, job.card_message_id)
        for job in [await live.core.store.job(1)]
        if job
    ]
    assert said == f"Video {code} is on its way; its card is below."
    card = await live.discord.wait_for_message("general", lambda _m: True, 20)
    assert card.content.startswith(f"🎬 Video {code} · waiting")
    assert (state, card.ephemeral_for) == ("queued", None)
    assert card_id in (None, card.id)  # noted a moment later


@pytest.mark.usefixtures("short")
async def test_of_twenty_orders_behind_a_slow_commit_those_are_stored_that_are_told_so(
    live: Live,
) -> None:
    await live.slow("jobs", 1.0)
    sent = await asyncio.gather(*(live.video("mika", f"boat {n}") for n in range(20)))
    assert max(live.seconds) < 0.4 + 0.5 * slowness()
    said = await asyncio.gather(*map(live.told, sent))
    taken = [one for one in said if one.endswith("its card is below.")]
    assert said.count(NOT_STARTED) == 20 - len(taken)
    assert len(taken) == 1
    assert live.core.rows("SELECT count(*) FROM jobs") == [(1,)]
    assert live.core.rows("SELECT kind FROM ledger") == [("hold",)]


@pytest.mark.usefixtures("short")
async def test_a_slow_button_changes_its_message_once_it_is_done(live: Live) -> None:
    card = await live.ordered()
    await drain(live.core.submitter)
    await drain(live.core.cards)
    question = await live.press("mika", card, "Stop waiting")
    assert question.message is not None
    await live.slow("moves", 1.0)
    sent = await live.press("mika", question.message, "Stop")
    assert sent.callback is CallbackType.DEFERRED_UPDATE
    await live.discord.wait_for_more(sent, 20 * slowness())
    assert question.message.content.startswith("I stopped waiting for video")
    assert not question.message.components
    assert live.core.rows("SELECT state FROM jobs") == [("cancelled",)]


@pytest.mark.usefixtures("short")
async def test_a_disk_that_does_not_answer_costs_no_answer(live: Live) -> None:
    await live.ordered()
    live.seconds.clear()
    begun, go_on = threading.Event(), threading.Event()
    held = live.core.database.read(lambda _con: begun.set() or go_on.wait(60))
    reading = asyncio.create_task(held)
    await asyncio.to_thread(begun.wait, 60)
    shown = [live.slash("robin", "quota show") for _ in range(10)]
    typed = [
        live.discord.autocomplete("mika", "general", "jobs show", {"id": ""}, "id")
        for _ in range(10)
    ]
    sent = await asyncio.gather(*shown, *typed)
    assert max(live.seconds) < 0.4 + 0.5 * slowness()
    assert {await live.told(one) for one in sent[:10]} == {NOT_STARTED}
    assert sent[10:] == [[]] * 10
    go_on.set()
    await reading


def slowly(live: Live, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let each read take so long, once begun."""
    read = live.core.database.read

    def late(work: Callable[[Any], Any]) -> Awaitable[Any]:
        return read(lambda con: (time.sleep(seconds), work(con))[1])

    monkeypatch.setattr(live.core.database, "read", late)


@pytest.mark.usefixtures("short")
async def test_suggestions_that_take_long_are_none_in_time(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.ordered()
    slowly(live, monkeypatch, 1.0)
    began = time.monotonic()
    found = await live.discord.autocomplete("mika", "general", "jobs show", {"id": ""}, "id")
    assert found == []
    assert time.monotonic() - began < 0.9


@pytest.mark.usefixtures("short")
async def test_no_form_can_follow_a_promise_but_a_button_that_shows_it(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = live.discord.channel("staff")
    section = Log(staff.id)
    await live.core.admin.edit(live.discord.guild.id, "log", lambda _: section, By(1))
    result = await posted(live)
    live.seconds.clear()
    used = live.discord.context_menu("mika", "general", MENU, result)
    with monkeypatch.context() as late:
        slowly(live, late, 0.5)
        said = {
            "Ask": await last_word(await live.slash("mika", "quota ask")),
            "Edit": await last_word(await live.press("mika", result, "✏️ Edit")),
            "Extend": await last_word(await live.press("mika", result, "⏩ Extend")),
            "Animate": await last_word(await live.timed(used)),
        }
        more = await last_word(await live.press("mika", result, "✨ More…"))
        assert max(live.seconds) < in_time.DEFERRED + 0.5 * slowness()
    assert more.content.startswith("More for video ")
    for label, message in said.items():
        assert message.content.startswith("That took me a while."), label
        assert (await live.press("mika", message, label)).modal is not None


async def last_word(sent: Invocation) -> Message:
    """What follows a promise: of a button, which leaves its message as it is, a new one."""
    assert sent.callback in {DEFERRED, CallbackType.DEFERRED_UPDATE}
    if sent.callback is CallbackType.DEFERRED_UPDATE:
        await eventually(lambda: sent.followups)
    await eventually(lambda: sent.messages and not sent.messages[-1].is_loading)
    return sent.messages[-1]


async def posted(live: Live) -> Message:
    """A result."""
    await live.ordered()
    await drain(live.core.submitter)
    live.core.api.looks.append(Ready(urls=("https://clips.example/1.mp4",)))
    live.core.clock.move(252)
    await drain(live.core.poller)
    await drain(live.core.delivery)
    return live.cards[-1]


async def test_what_an_admin_has_changed_is_never_denied(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The block is kept, then another program locks, and the waiting video is not cancelled."""
    await live.ordered("mika")
    write, locks = live.core.database.write, []

    async def then_locked(work: Callable[[Any], Any]) -> Any:
        if not locks:
            done = await write(work)
            locks.append(live.locked())
            locks[0].__enter__()
            return done
        return await write(work)

    with monkeypatch.context() as once:
        once.setattr(live.core.database, "write", then_locked)
        sent = await live.slash("sam", "quota-admin block", member=live.discord.user("mika"))
        assert (await live.told(sent)).startswith(PARTLY)
    locks[0].__exit__(None, None, None)
    assert max(live.seconds) < in_time.DEFERRED + 0.5 * slowness()
    assert live.core.rows("SELECT user_id FROM blocks") == [(live.discord.user("mika").id,)]


@pytest.mark.usefixtures("short")
async def test_an_answer_that_discord_takes_slowly_is_not_deferred_as_well(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = discord.InteractionResponse.send_message

    async def slowly_sent(*args: Any, **options: Any) -> Any:
        await asyncio.sleep(1.0)
        return await send(*args, **options)

    monkeypatch.setattr(discord.InteractionResponse, "send_message", slowly_sent)
    sent = await live.video()
    assert (sent.callback, sent.ephemeral) == (CallbackType.REPLY, False)


@pytest.mark.usefixtures("short")
async def test_an_answer_that_discord_does_not_take_is_not_promised_again(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A promise that nobody keeps would stand there for ever; the card comes by its loop."""

    async def broken(*_args: Any, **_options: Any) -> None:
        await asyncio.sleep(1.0)
        raise ConnectionResetError

    monkeypatch.setattr(discord.InteractionResponse, "send_message", broken)
    sent = await live.video()
    assert sent.callback is None
    assert live.core.rows("SELECT state FROM jobs") == [("queued",)]


@pytest.mark.usefixtures("short")
async def test_a_handler_that_answers_while_the_promise_is_made_waits_for_it(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    defer = discord.InteractionResponse.defer

    async def slowly_deferred(*args: Any, **options: Any) -> Any:
        await asyncio.sleep(1.0)
        return await defer(*args, **options)

    monkeypatch.setattr(discord.InteractionResponse, "defer", slowly_deferred)
    await live.slow("jobs", 0.8)
    sent = await live.video()
    assert sent.callback is DEFERRED
    assert (await live.told(sent)).endswith("its card is below.")
    assert live.core.rows("SELECT count(*) FROM jobs") == [(1,)]


async def test_a_loop_that_was_held_up_still_promises_in_time(live: Live) -> None:
    await live.slow("jobs", 3.0)
    ordering = asyncio.create_task(live.video())
    await asyncio.sleep(1.2)
    time.sleep(0.9)  # noqa: ASYNC251 - the point
    sent: Invocation = await ordering
    assert sent.callback is DEFERRED
    assert max(live.seconds) < in_time.DEFERRED + 0.5 * slowness()
    assert (await live.told(sent)).endswith("its card is below.")


async def test_an_order_that_comes_twice_while_it_is_slow_is_promised_and_told_once(
    live: Live,
) -> None:
    await live.slow("jobs", 3.0)
    live.discord.faults.deliver_twice = 1
    sent = await live.video()
    assert sent.callback is DEFERRED
    assert (await live.told(sent)).endswith("its card is below.")
    assert live.core.rows("SELECT count(*) FROM jobs") == [(1,)]
    assert len(sent.messages) == 1


@pytest.mark.usefixtures("short")
async def test_a_direct_channel_that_discord_is_slow_to_open_costs_no_answer(live: Live) -> None:
    dana = live.discord.world.add_user("dana", has_app=True)
    group = live.discord.world.add_group(dana, live.discord.user("robin"))
    live.discord.faults.delay("POST", "/users/@me/channels", 2.0)
    sent = await live.timed(live.discord.slash(dana, group, "video", {"prompt": "a paper boat"}))
    assert max(live.seconds) < 0.4 + 0.5 * slowness()
    assert (await live.told(sent)).startswith("I cannot send you direct messages")
    assert live.core.rows("SELECT count(*) FROM jobs") == [(0,)]
