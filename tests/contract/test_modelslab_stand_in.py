"""The client against the sandbox's stand-in: both must mean the same, in either dialect."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from bot.core.jobs.errors import (
    LookFailed,
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    ProviderLocked,
    ProviderRejected,
    ProviderTrouble,
)
from bot.core.jobs.ports import Broken, NotFound, Ready, Working
from bot.core.orders.models import FAMILIES
from bot.core.orders.recipe import Kind
from sandbox.clock import Clock
from sandbox.modelslab.server import ModelsLabStandIn
from tests.builders import presets, request
from tests.contract.scripted_modelslab import KEY, job, make, of_family


@pytest.fixture(params=["docs", "legacy"])
async def stand_in(request):
    made = ModelsLabStandIn(
        clock=Clock(speed=1000), rng=random.Random(1), key=KEY, dialect=request.param,
        slots=50,
    )  # fmt: skip
    await made.start()
    yield made
    await made.close()


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("family", FAMILIES)
async def test_every_family_is_taken_by_the_stand_in(stand_in, session, picture, family, kind):
    chosen = {"v6": "wan2.2", "v6-ultra": "wan2.2-hd", "enterprise": "wan2.2",
              "enterprise-ultra": "ltx-2.3", "v7": "seedance"}[family]  # fmt: skip
    if family == "v7" and kind is Kind.ANIMATE:
        chosen = "seedance-picture"
    client = make(session, stand_in.base_url, models=of_family(family))
    order = (
        job(kind=kind, shape="wide", model=chosen)
        if chosen != "wan2.2"
        else job(kind=kind, shape="wide")
    )
    stand_in.faults.outcome.always = "stuck"
    lent = await client.lend(picture) if kind is Kind.ANIMATE else None
    accepted = await client.submit(order, lent)
    assert [str(one.track_id) for one in stand_in.submits] == ["1741"]
    assert accepted.fetch_path == client.fetch_path(order.recipe)
    assert await client.fetch(accepted.fetch_path, accepted.remote_id) == Working()
    assert await client.fetch(accepted.fetch_path, "999") == NotFound()


@pytest.mark.parametrize("stand_in", ["docs"], indirect=True)
@pytest.mark.parametrize("name", presets().models)
async def test_every_model_of_the_catalogue_is_taken_as_it_is_ordered(
    stand_in, session, picture, name
):
    """By the fields that the stand-in knows of each model, whatever is chosen of what it offers."""
    client, model = make(session, stand_in.base_url), presets().models[name]
    stand_in.faults.outcome.always = "stuck"
    on = replace(presets(), models={name: replace(model, off="")})
    lengths = [*model.seconds.choices] if model.seconds else [None]
    for kind, shape, seconds in itertools.product(model.kinds, model.shapes, lengths):
        last = "https://x/end.png" if model.last_frame and kind is Kind.ANIMATE else None
        wanted = request(kind=kind, model=name, shape=shape, seconds=seconds, last_frame=last)
        order = replace(job(), recipe=on.resolve(wanted))
        lent = await client.lend(picture) if kind is Kind.ANIMATE else None
        await client.submit(order, lent, lent if last else None)
        taken = stand_in.submits[-1].order
        if seconds is not None:
            assert taken.shape.frames / taken.shape.fps == seconds
        assert (taken.last is not None, taken.sound) == (last is not None, bool(model.sound))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unauthorized", ProviderLocked),
        ("no_credits", ProviderLocked),
        ("forbidden", ProviderLocked),
        ("rate_limited", ProviderBusy),
        ("rate_limited_prose", ProviderBusy),
        ("moderated", ProviderRejected),
        ("server_error", ProviderTrouble),
        ("unavailable", ProviderTrouble),
        ("drop", OutcomeUnknown),
        ("accept_then_drop", OutcomeUnknown),
    ],
)
async def test_the_stand_in_s_refusals_read_the_same_in_both_dialects(
    stand_in, session, fault, error
):
    client = make(session, stand_in.base_url)
    stand_in.faults.submit.next.append(fault)
    with pytest.raises(ProviderError) as caught:
        await client.submit(job(), None)
    assert type(caught.value) is error
    assert len(stand_in.submits) == (fault == "accept_then_drop")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("not_found", NotFound), ("no_links", Ready), ("bare_string", Ready), ("failed", Broken),
        ("server_error", LookFailed), ("unavailable", LookFailed), ("rate_limited", ProviderBusy),
        ("unauthorized", ProviderLocked), ("drop", LookFailed),
    ],
)  # fmt: skip
async def test_the_stand_in_s_looks_read_the_same_in_both_dialects(
    stand_in, session, fault, expected
):
    client = make(session, stand_in.base_url)
    stand_in.faults.outcome.always = "stuck"
    accepted = await client.submit(job(), None)
    stand_in.faults.fetch.next.append(fault)
    try:
        found = await client.fetch(accepted.fetch_path, accepted.remote_id)
    except ProviderError as error:
        found = error
    assert type(found) is expected


async def test_the_stand_in_tells_a_wrong_key_from_a_right_one(stand_in, session):
    await make(session, stand_in.base_url).check_key()
    with pytest.raises(ProviderLocked) as caught:
        await make(session, stand_in.base_url, key="wrong-key").check_key()
    assert caught.value.key_refused


async def test_a_full_stand_in_is_busy(stand_in, session):
    client = make(session, stand_in.base_url)
    stand_in.faults.submit.next.append("rate_limited")
    with pytest.raises(ProviderBusy) as caught:
        await client.submit(job(), None)
    assert caught.value.retry_after == 30
