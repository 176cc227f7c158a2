"""What a refusal offers is taken: nobody is sent from one no to the next."""

from __future__ import annotations

import random
from typing import Any

import pytest

from bot.core.admin.changes import By
from bot.core.orders.errors import OptionNotOffered
from bot.core.orders.recipe import Kind
from bot.core.rules.admission import staff_channel
from bot.core.rules.errors import (
    CreditRefusal,
    ModelOff,
    NotEnoughCredits,
    Offers,
    PresetOff,
    PromptRule,
    ServerUsedUp,
)
from bot.core.rules.quota import Block, Grant, Limit, Operator, Rule
from bot.core.rules.server_settings import Cap, Log, PresetsOff, Words
from bot.errors import Refusal
from tests.builders import Core, member, recipe
from tests.conftest import MakeCore

ADMIN, STAFF = By(1), 77
PRICES = {"Quick": 1, "Standard": 2, "HD": 5}


async def section(core: Core, name: Any, value: Any) -> None:
    await core.admin.edit(10, name, lambda _: value, ADMIN)


async def limit(core: Core, credits_: int | None) -> None:
    rule = Rule(scope="default", subject_id=0, limit=Limit(credits_))
    await core.admin.set_rule(10, rule, ADMIN)


async def refused(core: Core, preset: str) -> CreditRefusal:
    with pytest.raises(CreditRefusal) as refusal:
        await core.place(preset=preset)
    return refusal.value


async def test_a_preset_that_is_switched_off_is_not_offered(core: Core) -> None:
    await section(core, "presets", PresetsOff(("standard",)))
    await limit(core, 4)
    refusal = await refused(core, "HD")
    assert isinstance(refusal, NotEnoughCredits)
    assert refusal.offers.preset == "Quick"


async def test_a_cap_with_room_for_a_cheaper_preset_offers_it(core: Core) -> None:
    await section(core, "cap", Cap(3))
    refusal = await refused(core, "HD")
    assert isinstance(refusal, ServerUsedUp)
    assert refusal.offers.preset == "Standard"
    await core.place(preset=refusal.offers.preset)
    assert (await refused(core, "HD")).offers.preset == "Quick"


@pytest.mark.parametrize(
    "changes", [{"ceiling": Limit(3)}, {"allowance": Limit(3)}], ids=["ceiling", "allowance"]
)
async def test_what_the_operator_leaves_is_offered_too(
    make_core: MakeCore, changes: dict[str, Limit]
) -> None:
    core = await make_core(operator=Operator(fallback=Limit(None), **changes))
    assert (await refused(core, "HD")).offers.preset == "Standard"


async def test_more_is_asked_for_only_where_own_credits_lack(core: Core) -> None:
    await section(core, "log", Log(STAFF))
    await section(core, "cap", Cap(3))
    await limit(core, 10)
    assert (await refused(core, "HD")).offers.staff_channel is None
    await limit(core, 1)
    assert (await refused(core, "Standard")).offers.staff_channel == STAFF
    await section(core, "log", None)
    assert (await refused(core, "Standard")).offers.staff_channel is None


async def test_other_presets_are_named_where_they_would_be_taken(core: Core) -> None:
    await section(core, "presets", PresetsOff(("HD",)))
    with pytest.raises(PresetOff) as refusal:
        await core.place(preset="HD")
    assert refusal.value.others == ("Quick", "Standard")
    await limit(core, 1)
    with pytest.raises(PresetOff) as refusal:
        await core.place(preset="HD")
    assert refusal.value.others == ("Quick",)
    await section(core, "presets", PresetsOff(("HD", "Quick")))
    refusal = await refused(core, "HD")
    assert refusal == NotEnoughCredits("Standard", 2, 1, offers=Offers())


async def test_a_preset_that_the_bot_no_longer_has_leads_to_one_that_is_on(core: Core) -> None:
    await section(core, "presets", PresetsOff(("Standard",)))
    with pytest.raises(OptionNotOffered) as refusal:
        await core.place(preset="Retro")
    assert refusal.value.choices == ("Quick", "HD")


async def test_where_no_preset_can_make_it_none_is_named(core: Core) -> None:
    await section(core, "presets", PresetsOff(("HD",)))
    with pytest.raises(PresetOff) as refusal:
        await core.place(preset="HD", frames=100)
    assert refusal.value.others == ()


@pytest.mark.parametrize("kind", ["video", "animate"])
@pytest.mark.parametrize(
    ("off", "preset", "model", "owners"),
    [
        (("hd",), "Quick", "wan2.2-hd", ("HD",)),
        (("HD",), "Standard", " WAN2.2-HD", ("HD",)),
        (("HD",), "HD", "wan2.2-hd", ("HD",)),
        (("Quick", "Standard"), "HD", "wan2.2", ("Quick", "Standard")),
        (("Quick",), "HD", "wan2.2", None),
        (("HD",), "Quick", "ltx-2.3", None),
        (("Quick",), "HD", "wan2.2-hd", None),
    ],
)
async def test_a_preset_that_is_off_takes_its_model_with_it(
    core: Core, kind: Kind, off: tuple[str, ...], preset: str, model: str, owners: Any
) -> None:
    await section(core, "presets", PresetsOff(off))
    order = {"kind": kind, "preset": preset, "model": model, "agreed": 9}
    if owners is None:
        assert (await core.place(**order)).job.recipe.model == model
        return
    await limit(core, 0)
    with pytest.raises(ModelOff) as refusal:
        await core.place(**order)
    assert refusal.value.presets == owners


async def test_nor_is_it_offered_in_place_of_a_preset_that_is_gone(core: Core) -> None:
    await section(core, "presets", PresetsOff(("HD",)))
    with pytest.raises(OptionNotOffered) as refusal:
        await core.place(preset="Retro", model="wan2.2-hd")
    assert refusal.value.choices == ()


async def test_whatever_is_offered_is_taken(make_core: MakeCore) -> None:
    """Random servers, members and orders, all over one database: a server a round."""
    core = await make_core(
        operator=Operator(fallback=Limit(3), ceiling=Limit(400), allowance=Limit(9), prices=PRICES)
    )
    rng, taken = random.Random(7), {"preset": 0, "choice": 0, "ask": 0}
    for guild in range(100, 260):
        where = member(guild_id=guild)
        await set_up(core, guild, rng)
        for _ in range(4):
            order = {"prompt": rng.choice(["a boat", "a knife"]), "agreed": 9}
            order["model"] = rng.choice([None, None, None, "wan2.2", "wan2.2-hd"])
            try:
                await core.place(where, preset=rng.choice(list(PRICES)), **order)
                continue
            except PresetOff as refusal:
                name = rng.choice(refusal.others)
                taken["choice"] += 1
            except CreditRefusal as refusal:
                if refusal.offers.staff_channel:
                    await core.asking.check(where.account)
                name = refusal.offers.preset
                taken["preset"] += name is not None
            except Refusal:
                name = None
            if name:
                await core.place(where, preset=name, **order)
            if staff_channel(await core.service.standing(where)):
                await core.asking.ask(where.account, "please")
                taken["ask"] += 1
    assert min(taken.values()) > 10, taken


async def set_up(core: Core, guild: int, rng: random.Random) -> None:
    """Set each thing that may be set, or leave it."""
    sections = {
        "presets": PresetsOff(tuple(rng.sample(list(PRICES), rng.randint(1, 2)))),
        "cap": Cap(rng.randint(0, 8), when_empty=rng.choice(["stop", "warn"])),
        "log": Log(STAFF),
    }
    for name, value in sections.items():
        if rng.random() < 0.6:
            await core.admin.edit(guild, name, lambda _, value=value: value, ADMIN)
    if rng.random() < 0.7:
        rule = Rule(scope="default", subject_id=0, limit=Limit(rng.choice([None, 0, 1, 2, 6])))
        await core.admin.set_rule(guild, rule, ADMIN)
    if rng.random() < 0.3:
        given = {"guild_id": guild, "user_id": 30, "admin_id": 1, "reason": ""}
        await core.admin.grant(Grant(credits=rng.randint(1, 4), **given))
    if rng.random() < 0.1:
        await core.admin.block(guild, 30, Block(None), ADMIN)


async def test_a_picture_without_words_is_not_refused_for_words_that_nobody_wrote(
    core: Core,
) -> None:
    neutral = recipe(kind=Kind.ANIMATE, prompt="").prompt
    await section(core, "words", Words((neutral.split()[0],)))
    picture = "https://cdn.example/a.png"
    await core.place(picture=picture, prompt="")
    with pytest.raises(PromptRule):
        await core.place(picture=picture, prompt=neutral)
