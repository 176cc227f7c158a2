"""Orders that are not taken: one sentence for the asker alone, and nothing stored."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.discord.errors import MemberRefused
from sandbox.discord.permissions import Permission
from tests.e2e.theatre import QUICK, Ordered, button
from tests.pace import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


def stored(theatre):
    """Every row that an order could leave behind."""
    return tuple(theatre.rows(f"SELECT count(*) FROM {name}")[0][0] for name in ("jobs", "ledger"))


async def refused(theatre, member, said, channel="general", **options):
    before = stored(theatre)
    sent = await theatre.slash(member, "video", channel, **({"prompt": "a paper boat"} | options))
    assert sent.error is None
    assert sent.ephemeral
    assert said in sent.message.content
    assert stored(theatre) == before
    return sent


async def quota(theatre, member, **options):
    sent = await theatre.slash("sam", "quota-admin user", member=member, **options)
    assert sent.ephemeral, "every answer to an admin is for the admin alone"


@pytest.mark.parametrize("prompt", ["", "no", "  a    ", "x" * 1001])
async def test_discords_client_refuses_prompts_too_short_or_too_long(theatre, prompt):
    before = stored(theatre)
    with pytest.raises(MemberRefused):
        await theatre.slash(theatre.newcomer(), "video", prompt=prompt)
    assert stored(theatre) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"preset": "Standard", "frames": 500}, "`frames` takes 8 to 25 with the model wan2.2."),
        ({"preset": "Standard", "frames": 7}, "`frames` takes 8 to 25 with the model wan2.2."),
        ({"fps": 17}, "`fps` takes 1 to 16 with the model wan2.2."),
        ({"steps": -1}, "`steps` takes 1 to 50 with the model wan2.2."),
        ({"guidance": 8.5}, "`guidance` takes 0 to 8 with the model wan2.2."),
        ({"preset": "HD", "shape": "square"}, "`shape` can be wide or tall here."),
        ({"model": "sora"}, "`model` can be"),
    ],
)
async def test_options_outside_the_presets_limits(theatre, options, said):
    await refused(theatre, theatre.newcomer(), said, **options)


async def test_a_used_up_quota_says_when_the_next_credits_come(theatre):
    member = theatre.newcomer()
    await quota(theatre, member, credits="1")
    await (await theatre.order(member=member)).settled_once()
    sent = await refused(theatre, member, "You have used your 1 credit for today. Next ones: <t:")
    assert button(sent.message, "My usage")
    await quota(theatre, member, credits="2")
    await (await theatre.order(member=member)).settled_once()


async def test_too_few_credits_offer_what_would_fit(theatre):
    member = theatre.newcomer()
    await quota(theatre, member, credits="1")
    sent = await refused(
        theatre, member, "Standard costs 2 credits, you have 1 left. Quick would fit."
    )
    used = await theatre.discord.press(member, sent.message, button(sent.message, "Use Quick"))
    await Ordered(theatre, used).settled_once()


async def test_a_limit_of_none_takes_no_order(theatre):
    member = theatre.newcomer()
    await quota(theatre, member, credits="none")
    await refused(theatre, member, "Your limit here is no credits.")


@pytest.mark.parametrize(
    ("credits_", "preset", "cost", "fit"), [("6", "Quick", 1, 3), ("5", "Standard", 2, 2)]
)
async def test_twenty_orders_in_the_same_instant_take_exactly_what_is_allowed(
    theatre, credits_, preset, cost, fit
):
    """Three at a time is the cap, so either the cap or the quota is what stops the rest."""
    member = theatre.newcomer()
    await quota(theatre, member, credits=credits_)
    orders = [
        theatre.slash(member, "video", prompt=f"boat {n} [slow]", **(QUICK | {"preset": preset}))
        for n in range(20)
    ]
    sent = await asyncio.gather(*orders)
    taken = [Ordered(theatre, one) for one in sent if one.message and not one.ephemeral]
    said = {one.message.content for one in sent if one.ephemeral}
    assert (len(taken), sum(one.ephemeral for one in sent)) == (fit, 20 - fit)
    assert len(said) == 1, said
    for ordered in taken:
        await ordered.settled_once()
    sums = theatre.rows(
        "SELECT kind, sum(credits) FROM ledger WHERE user_id = ? GROUP BY kind", member.id
    )
    assert dict(map(tuple, sums)) == {"hold": fit * cost, "settle": fit * cost}


async def test_channels_where_the_bot_may_not_post_or_attach(theatre):
    member = theatre.newcomer()
    await refused(theatre, member, "I am not allowed to send messages or", "read-only")
    await refused(theatre, member, "I am not allowed to attach files in this channel.", "no-files")


async def test_orders_pause_while_the_provider_is_not_paid_and_go_on_after_a_restart(theatre):
    """A running bot tries again every three minutes; one that starts anew tries at once."""
    told = theatre.log().count("provider.locked")
    theatre.modelslab.jobs.credits_left = 0
    try:
        first = await theatre.order()
        await eventually(lambda: theatre.log().count("provider.locked") > told)
        await refused(theatre, theatre.newcomer(), "Videos are paused at the moment. Nothing was")
        assert (first.title.endswith("waiting"), first.ledger) == (True, ["hold"])
    finally:
        theatre.modelslab.jobs.credits_left = None
    assert await theatre.stage.bot.stop() == 0
    await theatre.start()
    await first.settled_once()
    await (await theatre.order()).settled_once()
    assert theatre.log().count("provider.locked") == told + 1


async def test_a_role_that_the_server_lets_in_may_administer(theatre):
    helper, member = theatre.newcomer(), theatre.newcomer()
    admin = theatre.discord.admin
    role = admin.add_role("Helpers", Permission.NONE)
    theatre.discord.member(helper.name).role_ids.append(role.id)
    admin.let_use("quota-admin", {role: True})
    sent = await theatre.slash(helper, "quota-admin user", member=member, credits="none")
    assert f"<@{member.id}>: none" in sent.message.content
    await refused(theatre, member, "no credits")
    admin.let_use("quota-admin", {})
    with pytest.raises(MemberRefused):
        await theatre.slash(helper, "quota-admin user", member=member, credits="5")


async def test_a_role_is_refused_while_discord_is_too_slow_to_say_what_it_may(theatre):
    helper = theatre.newcomer()
    admin, faults = theatre.discord.admin, theatre.discord.faults
    before = theatre.rows("SELECT count(*) FROM rules")[0][0]
    admin.let_use("quota-admin", {helper: True})
    faults.delay("GET", r"/permissions$", 2.8)
    sent = await theatre.slash(helper, "quota-admin user", member=helper, credits="50")
    assert sent.message.content == "Only members who may manage this server can do that."
    assert theatre.rows("SELECT count(*) FROM rules")[0][0] == before
    admin.let_use("quota-admin", {})
