"""The stand-in refuses what Discord refuses about messages, with the same codes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.model import User
from sandbox.discord.permissions import Permission
from sandbox.discord.standin import DiscordStandIn
from tests.standins.discord_kit import MovedClock, RawBot, button, row

MIB = 1024 * 1024


def path(server: DiscordStandIn, name: str = "general") -> str:
    return f"/channels/{server.channel(name).id}/messages"


def error_at(answer: Any, *steps: str) -> str:
    """The message of the first error at this place of the `errors` tree."""
    node = answer["errors"]
    for step in steps:
        node = node[step]
    text: str = node["_errors"][0]["message"]
    return text


def select(**fields: Any) -> dict[str, Any]:
    options = [{"label": "A", "value": "a"}]
    return {"type": 3, "custom_id": "s", "options": options, **fields}


def v2(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"flags": 1 << 15, "components": list(parts), **fields}


def display(text: str) -> dict[str, Any]:
    return {"type": 10, "content": text}


GALLERY = {"type": 12, "items": [{"media": {"url": "attachment://nope.mp4"}}]}

REFUSED: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("long content", {"content": "x" * 2001}, ("content",)),
    ("11 embeds", {"embeds": [{"title": "t"}] * 11}, ("embeds",)),
    ("embed title", {"embeds": [{"title": "x" * 257}]}, ("embeds", "0", "title")),
    ("description", {"embeds": [{"description": "x" * 4097}]}, ("embeds", "0", "description")),
    (
        "26 fields",
        {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]},
        ("embeds", "0", "fields"),
    ),
    (
        "field value",
        {"embeds": [{"fields": [{"name": "n", "value": "x" * 1025}]}]},
        ("embeds", "0", "fields", "0", "value"),
    ),
    (
        "empty field name",
        {"embeds": [{"fields": [{"name": "", "value": "v"}]}]},
        ("embeds", "0", "fields", "0", "name"),
    ),
    ("footer", {"embeds": [{"footer": {"text": "x" * 2049}}]}, ("embeds", "0", "footer", "text")),
    ("embeds in all", {"embeds": [{"description": "x" * 3001}] * 2}, ("embeds",)),
    (
        "embed of a missing file",
        {"embeds": [{"image": {"url": "attachment://a.png"}}]},
        ("embeds", "0", "image", "url"),
    ),
    ("6 rows", {"components": [row(button(str(n))) for n in range(6)]}, ("components",)),
    (
        "6 buttons",
        {"components": [row(*[button(str(n)) for n in range(6)])]},
        ("components", "0", "components"),
    ),
    ("two alike", {"components": [row(button("a"), button("a"))]}, ("components",)),
    (
        "long custom_id",
        {"components": [row(button("x" * 101))]},
        ("components", "0", "components", "0", "custom_id"),
    ),
    (
        "no custom_id",
        {"components": [row(button(""))]},
        ("components", "0", "components", "0", "custom_id"),
    ),
    (
        "long label",
        {"components": [row(button(label="x" * 81))]},
        ("components", "0", "components", "0", "label"),
    ),
    (
        "no label",
        {"components": [row(button(label=None))]},
        ("components", "0", "components", "0"),
    ),
    (
        "link with custom_id",
        {"components": [row(button(style=5, url="https://example.org"))]},
        ("components", "0", "components", "0", "custom_id"),
    ),
    (
        "26 options",
        {
            "components": [
                row(select(options=[{"label": str(n), "value": str(n)} for n in range(26)]))
            ]
        },
        ("components", "0", "components", "0", "options"),
    ),
    (
        "select beside a button",
        {"components": [row(select(), button())]},
        ("components", "0", "components"),
    ),
    ("button without a row", {"components": [button()]}, ("components", "0", "type")),
    ("text display without the flag", {"components": [display("x")]}, ("components", "0", "type")),
    ("v2 with content", v2(display("x"), content="y"), ("content",)),
    ("v2 with embeds", v2(display("x"), embeds=[{"title": "t"}]), ("embeds",)),
    ("v2, 41 parts", v2(*[display("x")] * 41), ("components",)),
    ("v2, 4,001 characters", v2(display("x" * 4000), display("y")), ("components",)),
    ("v2, missing file", v2(GALLERY), ("components",)),
    ("long nonce", {"content": "x", "nonce": "1" * 26}, ("nonce",)),
    ("unknown flag", {"content": "x", "flags": 1 << 6}, ("flags",)),
    (
        "mentions both ways",
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        ("allowed_mentions", "parse"),
    ),
    (
        "a file that was not sent",
        {"content": "x", "attachments": [{"id": 0, "filename": "a.mp4"}]},
        ("attachments", "0", "id"),
    ),
    (
        "reply to nothing",
        {"content": "x", "message_reference": {"message_id": "1"}},
        ("message_reference",),
    ),
]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"content": "🚤" * 2000}, 200),  # characters are code points
        ({"content": "🚤" * 2001}, 400),
        (v2(display("猫" * 3390)), 200),
        (v2(display("猫" * 3391)), 500),  # 10,173 bytes, of which Discord says nothing
        (v2(display("猫" * 1700), display("猫" * 1700)), 500),
    ],
)
async def test_how_characters_are_counted_and_what_the_service_breaks_at(
    discord_server: DiscordStandIn, raw: RawBot, body: dict[str, Any], status: int
) -> None:
    assert (await raw.call("POST", path(discord_server), body))[0] == status


@pytest.mark.parametrize(
    ("body", "where"), [one[1:] for one in REFUSED], ids=[r[0] for r in REFUSED]
)
async def test_a_form_over_the_limits_is_refused_by_name(
    discord_server: DiscordStandIn, raw: RawBot, body: dict[str, Any], where: tuple[str, ...]
) -> None:
    status, answer = await raw.call("POST", path(discord_server), body)
    assert (status, answer["code"]) == (400, 50035)
    assert error_at(answer, *where)
    assert discord_server.messages("general") == []


async def test_limits_are_reached_exactly(discord_server: DiscordStandIn, raw: RawBot) -> None:
    rows = [row(*[button(f"{r}-{n}", label="x" * 80) for n in range(5)]) for r in range(5)]
    body = {"content": "x" * 2000, "components": rows, "embeds": [{"title": "t" * 256}] * 10}
    status, answer = await raw.call("POST", path(discord_server), body)
    assert status == 200
    numbers = [part["id"] for one in answer["components"] for part in [one, *one["components"]]]
    assert sorted(numbers) == list(range(1, 31))
    options = [{"label": str(n), "value": str(n)} for n in range(25)]
    full = {"components": [row(select(options=options, max_values=25))]}
    assert (await raw.call("POST", path(discord_server), full))[0] == 200
    assert (await raw.call("POST", path(discord_server), v2(*[display("x" * 100)] * 40)))[0] == 200


@pytest.mark.parametrize("body", [{}, {"content": ""}, {"embeds": []}, {"tts": False}])
async def test_nothing_to_say_is_refused(
    discord_server: DiscordStandIn, raw: RawBot, body: dict[str, Any]
) -> None:
    assert (await raw.call("POST", path(discord_server), body))[1]["code"] == 50006


async def test_a_key_or_route_nobody_knows_is_refused_loudly(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    where = path(discord_server)
    _, answer = await raw.call("POST", where, {"content": "x", "colour": 1})
    assert answer["errors"]["colour"]["_errors"][0]["code"] == "UNKNOWN_KEY"
    assert (await raw.call("GET", "/channels/1/pins"))[0] == 404
    assert (await raw.call("GET", where, limits=5))[0] == 400
    api = f"/api/v10{where}"
    assert discord_server.surprises == [
        f"POST {api}: unknown key colour",
        "GET /api/v10/channels/1/pins: unknown route",
        f"GET {api}: unknown query parameter limits",
    ]
    discord_server.surprises.clear()


async def test_a_form_that_cannot_be_read_is_refused(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    url = discord_server.api_base + path(discord_server)
    headers = {"Authorization": "Bot sandbox-token", "Content-Type": "application/json"}
    async with raw.session.post(url, data=b"{", headers=headers) as answer:
        assert answer.status == 400
        assert answer.headers["Content-Type"] == "application/json"
        assert (await answer.json())["code"] == 50109
    status, body = await raw.call("POST", path(discord_server), ["x"])
    assert (status, body["code"]) == (400, 50035)


@pytest.mark.parametrize(("tier", "limit"), [(0, 20), (1, 20), (2, 50)])
async def test_a_file_over_the_boost_tiers_limit_is_refused(
    discord_server: DiscordStandIn, raw: RawBot, tier: int, limit: int
) -> None:
    discord_server.admin.boost(tier)
    where = path(discord_server)
    fits, over = b"x" * (limit * MIB), b"x" * (limit * MIB + 1)
    assert (await raw.upload("POST", where, {}, ("a.mp4", fits)))[0] == 200
    status, answer = await raw.upload("POST", where, {}, ("a.mp4", over))
    assert (status, answer["code"]) == (413, 40005)


async def test_at_most_ten_files(discord_server: DiscordStandIn, raw: RawBot) -> None:
    files = [(f"{number}.txt", b"x") for number in range(11)]
    assert (await raw.upload("POST", path(discord_server), {}, *files[:10]))[0] == 200
    assert (await raw.upload("POST", path(discord_server), {}, *files))[0] == 400


async def test_permissions_decide_what_the_bot_may_do(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    async def code(method: str, where: str, body: Any = None) -> Any:
        status, answer = await raw.call(method, where, body)
        return status if status < 300 else (status, answer["code"])

    say = {"content": "x"}
    missing = (403, 50013)
    general, admin = discord_server.channel("general"), discord_server.admin
    role = discord_server.world.bot_role(discord_server.guild)
    assert await code("POST", path(discord_server, "read-only"), say) == missing
    where = path(discord_server, "no-files")
    assert await code("POST", where, say) == 200
    assert (await raw.upload("POST", where, {}, ("a.txt", b"x")))[1]["code"] == 50013
    posted = discord_server.messages("no-files")[0]
    upload = await raw.upload("PATCH", f"{where}/{posted.id}", {}, ("a.txt", b"x"))
    assert upload[1]["code"] == 50013
    admin.overwrite(general, role, deny=Permission.EMBED_LINKS)
    assert await code("POST", path(discord_server), {"embeds": [{"title": "t"}]}) == missing
    theirs = discord_server.say("mika", "general", "hi")
    one = f"{path(discord_server)}/{theirs.id}"
    assert await code("PATCH", one, say) == (403, 50005)
    assert await code("DELETE", one) == missing
    admin.overwrite(general, role, allow=Permission.MANAGE_MESSAGES)
    assert await code("DELETE", one) == 204
    admin.overwrite(general, role, deny=Permission.READ_MESSAGE_HISTORY)
    await code("POST", path(discord_server), say)
    (mine,) = discord_server.messages("general")
    assert (await raw.call("GET", path(discord_server)))[1] == []
    assert await code("GET", f"{path(discord_server)}/{mine.id}") == (403, 50001)
    reply = {**say, "message_reference": {"message_id": str(mine.id)}}
    assert await code("POST", path(discord_server), reply) == (403, 160002)
    admin.overwrite(general, role, deny=Permission.VIEW_CHANNEL)
    assert await code("POST", path(discord_server), say) == (403, 50001)


async def test_a_members_overwrite_beats_the_role(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    bot: User = discord_server.world.bot
    channel = discord_server.channel("read-only")
    discord_server.admin.overwrite(channel, bot, allow=Permission.SEND_MESSAGES)
    where = path(discord_server, "read-only")
    assert (await raw.call("POST", where, {"content": "x"}))[0] == 200


async def test_what_is_gone_is_unknown(discord_server: DiscordStandIn, raw: RawBot) -> None:
    where = path(discord_server)
    _, posted = await raw.call("POST", where, {"content": "x"})
    one = f"{where}/{posted['id']}"
    discord_server.admin.delete_message(discord_server.messages("general")[0])
    for method, body in (("GET", None), ("PATCH", {"content": "y"}), ("DELETE", None)):
        status, answer = await raw.call(method, one, body)
        assert (status, answer["code"]) == (404, 10008)
    discord_server.admin.delete_channel(discord_server.channel("general"))
    status, answer = await raw.call("POST", where, {"content": "x"})
    assert (status, answer["code"]) == (404, 10003)
    discord_server.admin.remove_bot()
    where = path(discord_server, "no-files")
    assert (await raw.call("POST", where, {"content": "x"}))[1]["code"] == 50001


async def test_the_same_nonce_gives_the_first_message(
    discord_server: DiscordStandIn, raw: RawBot, clock: MovedClock
) -> None:
    where = path(discord_server)
    body = {"content": "x", "nonce": "K7Q4", "enforce_nonce": True}
    first = (await raw.call("POST", where, body))[1]
    again = (await raw.call("POST", where, {**body, "content": "y"}))[1]
    assert (again["id"], again["content"], again["nonce"]) == (first["id"], "x", "K7Q4")
    assert len(discord_server.messages("general")) == 1
    assert "nonce" not in (await raw.call("GET", f"{where}/{first['id']}"))[1]
    await raw.call("POST", where, {**body, "enforce_nonce": False})
    assert len(discord_server.messages("general")) == 2
    clock.move(600)
    await raw.call("POST", where, body)
    assert len(discord_server.messages("general")) == 3


async def test_only_allowed_mentions_notify(discord_server: DiscordStandIn, raw: RawBot) -> None:
    mika, robin = discord_server.user("mika"), discord_server.user("robin")
    text = f"<@{mika.id}> <@{robin.id}> @everyone"
    rule = {"parse": [], "users": [str(mika.id)]}
    await raw.call("POST", path(discord_server), {"content": text, "allowed_mentions": rule})
    await raw.call("POST", path(discord_server), {"content": text})
    quiet, loud = discord_server.messages("general")
    assert quiet.pinged_users == [mika]
    assert quiet.allowed_mentions == rule
    assert loud.pinged_users == [mika, robin]
    assert not loud.pinged_everyone


async def test_an_edit_that_is_refused_changes_nothing(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    where = path(discord_server)
    await raw.upload("POST", where, {"content": "x"}, ("a.txt", b"x"))
    (message,) = discord_server.messages("general")
    body = {"content": "y", "attachments": [], "embeds": [{"title": "x" * 300}]}
    assert (await raw.call("PATCH", f"{where}/{message.id}", body))[0] == 400
    assert (message.content, len(message.attachments), message.history) == ("x", 1, [])
    empty = {"content": None, "attachments": []}
    assert (await raw.call("PATCH", f"{where}/{message.id}", empty))[1]["code"] == 50006
    assert message.content == "x"


async def test_a_v2_message_stays_one(discord_server: DiscordStandIn, raw: RawBot) -> None:
    where = path(discord_server)
    _, old = await raw.call("POST", where, {"content": "x"})
    one = f"{where}/{old['id']}"
    assert (await raw.call("PATCH", one, v2(display("new"))))[0] == 400
    assert (await raw.call("PATCH", one, v2(display("new"), content=None)))[0] == 200
    assert (await raw.call("PATCH", one, {"content": "old"}))[0] == 400
    assert (await raw.call("PATCH", one, {"flags": 0}))[0] == 400
    assert (await raw.call("PATCH", one, {"components": [display("newer")]}))[0] == 200


async def test_an_uploaded_picture_shows_in_an_embed(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    body = {"embeds": [{"image": {"url": "attachment://a.png"}}]}
    status, answer = await raw.upload("POST", path(discord_server), body, ("a.png", b"x"))
    assert status == 200
    assert answer["embeds"][0]["image"]["url"] == answer["attachments"][0]["url"]
    film = {"embeds": [{"image": {"url": "attachment://a.mp4"}}]}
    status, _ = await raw.upload("POST", path(discord_server), film, ("a.mp4", b"x"))
    assert status == 400


@pytest.mark.parametrize("limit", ["0", "101", "x"])
async def test_a_page_has_one_to_a_hundred_messages(
    discord_server: DiscordStandIn, raw: RawBot, limit: str
) -> None:
    status, answer = await raw.call("GET", path(discord_server), limit=limit)
    assert (status, answer["code"]) == (400, 50035)


async def test_without_the_intent_others_messages_come_without_content(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    bot = discord_server.world.bot
    discord_server.say("mika", "general", "secret")
    discord_server.say("mika", "general", f"<@{bot.id}> hello")
    _, answer = await raw.call("GET", path(discord_server))
    assert [one["content"] for one in answer] == [f"<@{bot.id}> hello", ""]


async def test_a_wrong_token_is_unauthorised(discord_server: DiscordStandIn, raw: RawBot) -> None:
    for token in ("wrong", None):
        status, answer = await raw.call("GET", "/users/@me", token=token)
        assert (status, answer["message"]) == (401, "401: Unauthorized")
