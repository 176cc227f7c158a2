"""How a picture gets to the service, and what is tried when it does not arrive."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from bot.core.jobs.errors import (
    FailReason,
    OutcomeUnknown,
    ProviderBusy,
    ProviderLocked,
    ProviderRejected,
    ProviderTrouble,
)
from bot.core.jobs.ports import Lent
from bot.core.orders.models import FAMILIES
from bot.core.orders.recipe import Kind
from bot.modelslab.payloads import ENDPOINTS
from tests.contract.scripted_modelslab import (
    MODELS,
    PICTURE,
    PIXEL,
    UPLOAD,
    animate,
    animation,
    job,
    make,
    of_family,
)


async def test_a_picture_is_uploaded_and_its_link_sent(client, server, picture):
    server.put(PICTURE, "submit-processing")
    await animate(client, picture)
    assert server.bodies(UPLOAD)[0]["base64_string"].startswith("data:image/png;base64,")
    assert server.bodies(PICTURE)[0]["init_image"] == "https://files.example/temp/p.png"


async def test_an_upload_is_tried_again(client, server, picture):
    server.put(UPLOAD, "html-502", "drop", "upload")
    server.put(PICTURE, "submit-processing")
    assert (await animate(client, picture)).remote_id == "7001"
    assert len(server.bodies(UPLOAD)) == 3


@pytest.mark.parametrize("name", ["html-502", "drop", "empty", "unavailable", "submit-no-id"])
async def test_an_upload_that_never_works_leaves_nothing_open(client, server, picture, name):
    server.put(UPLOAD, name)
    with pytest.raises(ProviderTrouble):
        await animate(client, picture)
    assert not server.bodies(PICTURE)


@pytest.mark.parametrize("name", ["queue-full", "no-credits", "moderated"])
async def test_a_clear_refusal_of_an_upload_is_not_repeated(client, server, picture, name):
    server.put(UPLOAD, name)
    with pytest.raises((ProviderBusy, ProviderLocked, ProviderRejected)):
        await animate(client, picture)
    assert len(server.seen) == 1


def endpoint(family: str, kind: Kind) -> str:
    return "/api" + ENDPOINTS[family, kind].submit


@pytest.mark.parametrize("family", FAMILIES)
async def test_an_unreachable_picture_goes_another_way_once(server, session, picture, family):
    client = make(session, server.base_url, models=of_family(family))
    path = endpoint(family, Kind.ANIMATE)
    server.put(path, "picture-unreachable", "submit-processing")
    assert (await animate(client, picture)).remote_id == "7001"
    second = server.bodies(path)[1]
    if family in ("v6-ultra", "enterprise"):
        assert base64.b64decode(second["init_image"]) == PIXEL
        assert second.get("base64") is (True if family == "v6-ultra" else None)
    else:
        assert len(server.bodies(UPLOAD)) == 2


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_picture_refused_twice_is_given_up(server, session, picture, family):
    client = make(session, server.base_url, models=of_family(family))
    server.put(endpoint(family, Kind.ANIMATE), "picture-unreachable")
    with pytest.raises(ProviderRejected) as caught:
        await animate(client, picture)
    assert caught.value.reason == FailReason.PICTURE_UNUSABLE
    assert len(server.bodies(endpoint(family, Kind.ANIMATE))) == 2


async def test_v7_gets_a_list_where_it_does_not_take_a_text(server, session, picture):
    client = make(session, server.base_url, models=of_family("v7"))
    path = endpoint("v7", Kind.ANIMATE)
    server.put(path, "picture-field", "submit-processing")
    await animate(client, picture)
    sent = [body["init_image"] for body in server.bodies(path)]
    assert sent == ["https://files.example/temp/p.png", ["https://files.example/temp/p.png"]]


async def test_an_unclear_answer_ends_the_ways(server, session, picture):
    client = make(session, server.base_url, models=of_family("v6-ultra"))
    path = endpoint("v6-ultra", Kind.ANIMATE)
    server.put(path, "picture-unreachable", "html-502")
    with pytest.raises(OutcomeUnknown):
        await animate(client, picture)
    assert len(server.bodies(path)) == 2


async def test_a_picture_that_is_gone_is_a_refusal(client, server, tmp_path):
    with pytest.raises(ProviderRejected) as caught:
        await animate(client, tmp_path / "none")
    assert caught.value.reason == FailReason.PICTURE_GONE
    assert not server.seen


END = "https://files.example/temp/end.png"
HD_END = {"preset": "HD", "last_frame": "https://cdn.example/end.png"}
LAST_PATH = "/api/v6/video/img2video_ultra"


async def end_on(client, picture):
    order = animation(**HD_END)
    return await client.submit(order, await client.lend(picture), await client.lend(picture))


async def test_a_last_frame_is_lent_and_sent_like_the_first(client, server, picture):
    server.put(UPLOAD, "upload", {"status": 200, "body": {"status": "success", "output": [END]}})
    server.put(LAST_PATH, "submit-processing")
    await end_on(client, picture)
    (sent,) = server.bodies(LAST_PATH)
    assert sent["init_image"] == "https://files.example/temp/p.png"
    assert sent["end_image"] == END
    assert len(server.bodies(UPLOAD)) == 2


async def test_two_pictures_that_cannot_be_fetched_are_both_uploaded_anew(client, server, picture):
    server.put(LAST_PATH, "picture-unreachable", "submit-processing")
    assert (await end_on(client, picture)).remote_id == "7001"
    assert len(server.bodies(UPLOAD)) == 4
    first, second = server.bodies(LAST_PATH)
    assert {*first} == {*second}
    assert "base64" not in second


@pytest.mark.parametrize(
    ("order", "lacks"),
    [
        (animation(**HD_END), {"last_frame": ""}),
        (job(model="veo-3-fast"), {"seconds": None}),
        (job(model="veo-3-fast"), {"sound": None}),
    ],
)
async def test_what_the_presets_lost_meanwhile_is_refused_without_a_call(
    server, session, picture, order, lacks
):
    models = {name: replace(model, **lacks) for name, model in MODELS.items()}
    client = make(session, server.base_url, models=models)
    lent = Lent(picture, END) if order.recipe.last_frame else None
    with pytest.raises(ProviderRejected):
        await client.submit(order, lent, lent)
    assert not server.seen
