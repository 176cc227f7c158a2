"""What each button and form gives to whom: a table, and nothing is spent but where it says so."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.admin.changes import By
from bot.core.jobs.model import Job
from bot.core.rules.quota import Block, Limit, Operator
from bot.discord_app.buttons import ACTIONS
from bot.discord_app.video import job_list, member_buttons, picture_menu
from tests.builders import Core
from tests.cogs.conftest import World
from tests.cogs.filling import data
from tests.conftest import MakeCore

ORDER, FORM, FILE, TABLE = "an order", "a form", "a file", "a table"
NOT_YOURS = " is not yours: only whoever ordered it can do that."
MAY_NOT = " can be deleted by whoever ordered it, and by members who may manage messages here."
NO_WORDS = "The prompt of that video was forgotten, so I cannot make it again."
GONE = " was deleted, so nothing can be done with its clip any more."
FORGOT = " was forgotten at its member's wish, so I have no copy of it."
NO_ORDER = "I no longer remember that order. Please type the command again."
BLOCKED = "You cannot make videos on this server. Reason: spam."
OLD = "its `preset` Old is not offered any more. `preset` can be Quick, Standard or HD here."
NO_PRESET = "`preset` can be Quick"
MORE, SENT, DELETED = "More for video ", "It is in our direct messages: ", " is deleted."
CANCELLED, ALREADY = " is cancelled. Your 2 credits are back.", " is cancelled already."
ASKED, STOPPED = "so the 2 credits stay used. Stop anyway?", "I stopped waiting for video "
ON_ITS_WAY = "is on its way to you already"
ELSEWHERE = "This message is not the one that belongs to video "

PNG = b"\x89PNG\r\n\x1a\n"
HOW = ("owner", "twice", "stranger", "deleted", "forgotten", "blocked", "preset gone")
# fmt: off
GIVES: dict[str, tuple[str, ...]] = {
    "again":    (ORDER, ORDER, ORDER, ORDER, NO_WORDS, BLOCKED, OLD),
    "edit":     (FORM, FORM, FORM, FORM, NO_WORDS, BLOCKED, FORM),
    "edited":   (ORDER, ON_ITS_WAY, ORDER, ORDER, NO_WORDS, BLOCKED, NO_PRESET),
    "extend":   (FORM, FORM, FORM, GONE, FORGOT, BLOCKED, FORM),
    "extended": (ORDER, ORDER, ORDER, GONE, FORGOT, BLOCKED, NO_PRESET),
    "more":     (MORE, MORE, MORE, GONE, FORGOT, MORE, MORE),
    "hd":       (ORDER, ON_ITS_WAY, ORDER, ORDER, NO_WORDS, BLOCKED, ORDER),
    "gif":      (FILE, FILE, FILE, GONE, FORGOT, BLOCKED, FILE),
    "smoother": (FILE, FILE, FILE, GONE, FORGOT, BLOCKED, FILE),
    "loop":     (FILE, FILE, FILE, GONE, FORGOT, BLOCKED, FILE),
    "silent":   (FILE, FILE, FILE, GONE, FORGOT, BLOCKED, FILE),
    "send":     (SENT, SENT, SENT, GONE, FORGOT, SENT, SENT),
    "details":  (TABLE, TABLE, TABLE, GONE, FORGOT, TABLE, TABLE),
    "fetch":    (FILE, FILE, NOT_YOURS, GONE, FORGOT, FILE, FILE),
    "drop":     (ELSEWHERE,) * 7,
    "cancel":   (CANCELLED, ALREADY, NOT_YOURS, CANCELLED, CANCELLED, ALREADY, CANCELLED),
    "stop":     (ASKED, ASKED, NOT_YOURS, ASKED, ASKED, ASKED, ASKED),
    "halt":     (STOPPED, ALREADY, NOT_YOURS, STOPPED, STOPPED, STOPPED, STOPPED),
    "use":      (ORDER, NO_ORDER, NO_ORDER, ORDER, NO_ORDER, BLOCKED, NO_PRESET),
    "picture":  (FORM, FORM, NO_ORDER, FORM, NO_ORDER, BLOCKED, FORM),
    "animated": (ORDER, NO_ORDER, NO_ORDER, ORDER, NO_ORDER, BLOCKED, NO_PRESET),
    "delete":   (DELETED, DELETED, MAY_NOT, DELETED, DELETED, DELETED, DELETED),
}
# fmt: on


@pytest.fixture
async def core(make_core: MakeCore) -> Core:
    busy = {"member_running": 100, "member_waiting": 100, "server_waiting": 100}
    return await make_core(operator=Operator(fallback=Limit(100), **busy))


def test_the_table_has_every_button_of_members() -> None:
    theirs = {*member_buttons.OWN, *member_buttons.ORDERS, *picture_menu.ACTIONS}
    assert set(GIVES) == theirs
    assert theirs < set(ACTIONS)
    assert not theirs & set(job_list.ACTIONS)


class Stage:
    """A posted clip, one at the service, one in line, and everything that was opened before."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def open(self, who: Any) -> None:
        world = self.world
        result, self.job = await world.delivered(shape="wide")
        more = await who.click(result, label="✨ More…")
        (self.hd, *_) = ids(more)
        message = await world.stranger.send(world.channel, "", attachments=[("boat.png", PNG)])
        self.menu = await world.mika.context_menu(world.channel, picture_menu.NAME, message)
        self.use = ids(await world.video(prompt="a boat", steps=50))[0]
        self.forms = {
            "edited": await world.press_id(f"vb1:edit:{self.job.code}", who),
            "extended": await world.press_id(f"vb1:extend:{self.job.code}", who),
            "animated": self.menu,
        }
        _, self.running = await world.submitted(prompt="a boat at the service")
        await world.video(prompt="a boat in line")
        self.queued = await world.newest()

    async def press(self, action: str, who: Any, preset: str | None) -> Any:
        """Press the button, or send the form."""
        if action in self.forms:
            typed = {"prompt": "it sinks"} | ({"preset": preset} if preset else {})
            return await self.world.send(data(self.forms[action], **typed), who, kind=5)
        key = self.menu.modal["custom_id"].rsplit(":", 1)[1]
        own = {"hd": self.hd, "use": self.use, "picture": f"vb1:picture:{key}"}
        job = {"cancel": self.queued, "stop": self.running, "halt": self.running}
        code = job.get(action, self.job).code
        return await self.world.press_id(own.get(action, f"vb1:{action}:{code}"), who)


def ids(answer: Any) -> list[str]:
    return [item["custom_id"] for row in answer.response.components for item in row["components"]]


def given(answer: Any) -> str:
    """What came: an order's card, a form, a file, a table, or words for the presser alone."""
    if answer.modal is not None:
        return FORM
    said = answer.followups[0] if answer.followups else answer.response
    if said.attachments:
        return FILE
    if said.embeds:
        return TABLE
    return ORDER if "· waiting" in said.content or "· preparing" in said.content else said.content


async def becomes(world: World, job: Job, how: str) -> None:
    """Let something happen after the buttons were posted and the forms were opened."""
    if how == "deleted":
        await world.press_id(f"vb1:delete:{job.code}")
    if how == "forgotten":
        asked = (await world.mika.slash(world.channel, "privacy forget")).response
        await world.mika.click(asked, label="Yes, forget")
    if how == "blocked":
        await world.core.admin.block(world.guild.id, world.mika.id, Block(None, "spam"), By(1))
    if how == "preset gone":
        for update in (
            "UPDATE jobs SET recipe = json_set(recipe, '$.preset', 'Old')",
            "UPDATE drafts SET draft = json_set(draft, '$.request.preset', 'Old')",
        ):
            await world.core.database.write(lambda con, update=update: con.execute(update))


@pytest.mark.parametrize(("column", "how"), list(enumerate(HOW)), ids=HOW)
async def test_every_button(world: World, column: int, how: str) -> None:
    who = world.stranger if how == "stranger" else world.mika
    stage = Stage(world)
    await stage.open(who)
    await becomes(world, stage.job, how)
    preset = "Old" if how == "preset gone" else None
    found, wanted = {}, {action: cells[column] for action, cells in GIVES.items()}
    for action in GIVES:
        if how == "twice":
            await stage.press(action, who, preset)
        before = world.count()
        found[action] = given(await stage.press(action, who, preset))
        assert world.count() - before == (wanted[action] == ORDER), (action, found[action])
    assert {a: found[a] for a in GIVES if wanted[a] not in found[a]} == {}
    holds = world.core.rows("SELECT count(*) FROM ledger WHERE kind = 'hold' GROUP BY job_id")
    assert holds == [(1,)] * world.count()
