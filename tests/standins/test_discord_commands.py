"""Commands are checked when the bot syncs them and when a member uses them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.errors import MemberRefused
from sandbox.discord.model import UploadedFile
from sandbox.discord.permissions import Permission
from sandbox.discord.standin import DiscordStandIn
from tests.standins.discord_kit import PNG, RawBot, option, slash

MANAGE_GUILD = str(int(Permission.MANAGE_GUILD))
CHOICES = [{"name": str(n), "value": str(n)} for n in range(26)]


def group(name: str, *inner: dict[str, Any]) -> dict[str, Any]:
    return slash(name, options=list(inner))


REFUSED: list[tuple[str, list[dict[str, Any]]]] = [
    ("upper case", [slash("Video")]),
    ("space in the name", [slash("my video")]),
    ("long name", [slash("x" * 33)]),
    ("no description", [slash(description="")]),
    ("long description", [slash(description="x" * 101)]),
    ("26 options", [slash(options=[option(f"o{n}") for n in range(26)])]),
    ("26 choices", [slash(options=[option("o", choices=CHOICES)])]),
    ("option twice", [slash(options=[option("o"), option("o")])]),
    ("optional before required", [slash(options=[option("a"), option("b", required=True)])]),
    ("option name", [slash(options=[option("Big")])]),
    ("unknown option type", [slash(options=[option("o", 12)])]),
    ("min over max", [slash(options=[option("o", 4, min_value=5, max_value=1)])]),
    ("min on a string", [slash(options=[option("o", 3, min_value=5)])]),
    ("text over 6,000", [slash(options=[option("o", max_length=6001)])]),
    (
        "choices and autocomplete",
        [slash(options=[option("o", choices=CHOICES[:2], autocomplete=True)])],
    ),
    ("11 file types", [slash(options=[option("o", 11, file_types=[".png"] * 11)])]),
    ("a file type without a dot", [slash(options=[option("o", 11, file_types=["png"])])]),
    ("file types of a text", [slash(options=[option("o", 3, file_types=[".png"])])]),
    ("sub-command beside a value", [slash(options=[option("sub", 1), option("o")])]),
    ("three levels of groups", [slash(options=[option("a", 2, options=[option("b", 2)])])]),
    ("the same name twice", [slash(), slash()]),
    ("101 commands", [slash(f"c{n}") for n in range(101)]),
    ("16 menus", [{"name": f"m{n}", "type": 3} for n in range(16)]),
    ("a menu with a description", [{"name": "m", "type": 3, "description": "x"}]),
    (
        "over 8,000 characters",
        [
            slash(
                options=[
                    option(
                        f"o{n}",
                        choices=[{"name": "x" * 90 + str(c), "value": "y" * 90} for c in range(10)],
                    )
                    for n in range(5)
                ]
            )
        ],
    ),
]


@pytest.mark.parametrize("commands", [one[1] for one in REFUSED], ids=[one[0] for one in REFUSED])
async def test_a_sync_that_breaks_a_rule_is_refused_whole(
    discord_server: DiscordStandIn, raw: RawBot, commands: list[dict[str, Any]]
) -> None:
    assert (await raw.sync(slash("before")))[0] == 200
    status, body = await raw.sync(*commands)
    assert (status, body["code"]) == (400, 50035)
    assert body["errors"]
    assert discord_server.commands.names() == ["before"]
    discord_server.surprises.clear()


async def test_a_command_keeps_its_id_over_syncs(raw: RawBot) -> None:
    _, first = await raw.sync(slash(), slash("jobs"))
    _, second = await raw.sync(slash("jobs", description="Else"), slash("new"))
    assert second[0]["id"] == first[1]["id"]
    assert second[0]["version"] != first[1]["version"]
    assert second[0]["application_id"] == str(raw.app_id)


async def test_a_file_s_types_are_kept(raw: RawBot) -> None:
    types = ["image", ".heic"]
    _, synced = await raw.sync(slash(options=[option("picture", 11, file_types=types)]))
    assert synced[0]["options"][0]["file_types"] == types


async def test_only_what_was_synced_can_be_used(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    await raw.sync(slash())
    await raw.identify()
    with pytest.raises(MemberRefused, match="no command animate"):
        await discord_server.slash("mika", "general", "animate")
    with pytest.raises(MemberRefused, match="no sub-command"):
        await discord_server.slash("mika", "general", "video now")


async def test_a_command_for_admins_is_hidden_from_members(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    default = option("default", 1, options=[option("credits", 4, required=True, min_value=0)])
    await raw.sync(
        {**group("quota-admin", default), "default_member_permissions": MANAGE_GUILD},
        slash("owner", default_member_permissions="0"),
    )
    await raw.identify()
    for name in ("quota-admin default", "owner"):
        with pytest.raises(MemberRefused, match="lacks the permissions"):
            await discord_server.slash("mika", "general", name, {"credits": 6})
    received = await raw.interaction(
        discord_server.slash("sam", "general", "quota-admin default", {"credits": 6})
    )
    await received.answer(5)
    assert received.payload["data"]["options"] == [
        {
            "name": "default",
            "type": 1,
            "options": [{"name": "credits", "type": 4, "value": 6}],
        }
    ]
    with pytest.raises(MemberRefused, match="needs a sub-command"):
        await discord_server.slash("sam", "general", "quota-admin")


OPTIONS = [
    option("prompt", required=True, min_length=3, max_length=10),
    option("frames", 4, min_value=1, max_value=25),
    option("guidance", 10),
    option("spoiler", 5),
    option("who", 6),
    option("where", 7, channel_types=[0]),
    option("role", 8),
    option("image", 11),
    option("preset", choices=[{"name": "Quick 1", "value": "quick"}]),
]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"prompt": "ab"},
        {"prompt": "x" * 11},
        {"prompt": "    "},
        {"prompt": 5},
        {"frames": 0},
        {"frames": 26},
        {"frames": 1.5},
        {"frames": "16"},
        {"frames": True},
        {"spoiler": 1},
        {"who": "mika"},
        {"preset": "slow"},
        {"image": "a.png"},
        {"nothing": 1},
    ],
)
async def test_a_member_cannot_send_what_the_option_does_not_take(
    discord_server: DiscordStandIn, raw: RawBot, given: dict[str, Any]
) -> None:
    await raw.sync(slash(options=OPTIONS))
    await raw.identify()
    good = {} if not given else {"prompt": "a boat"}
    with pytest.raises(MemberRefused):
        await discord_server.slash("mika", "general", "video", {**good, **given})


async def test_ids_in_options_are_resolved(discord_server: DiscordStandIn, raw: RawBot) -> None:
    await raw.sync(slash(options=OPTIONS))
    await raw.identify()
    robin, role = discord_server.user("robin"), discord_server.role("Admin")
    channel = discord_server.channel("no-files")
    given = {"prompt": "boat", "who": robin, "role": role, "where": channel, "preset": "Quick 1"}
    file = UploadedFile("a.png", "image/png", PNG)
    received = await raw.interaction(
        discord_server.slash("mika", "general", "video", given, {"image": file})
    )
    await received.answer(5)
    data = received.payload["data"]
    values = {one["name"]: one["value"] for one in data["options"]}
    assert values["preset"] == "quick"
    resolved = data["resolved"]
    assert resolved["users"][values["who"]]["username"] == "robin"
    assert int(resolved["members"][values["who"]]["permissions"])
    assert resolved["roles"][values["role"]]["name"] == "Admin"
    assert resolved["channels"][values["where"]]["name"] == "no-files"
    assert resolved["attachments"][values["image"]]["content_type"] == "image/png"
    assert resolved["attachments"][values["image"]]["ephemeral"]


async def test_where_a_command_can_be_used(discord_server: DiscordStandIn, raw: RawBot) -> None:
    await raw.sync(
        slash("server", contexts=[0]),
        slash("old", dm_permission=False),
        slash("adult", nsfw=True),
        slash("dm", contexts=[1]),
    )
    await raw.identify()
    for name in ("server", "old"):
        with pytest.raises(MemberRefused, match="cannot be used here"):
            await discord_server.slash("mika", discord_server.dm("mika"), name)
    with pytest.raises(MemberRefused, match="cannot be used here"):
        await discord_server.slash("mika", "general", "dm")
    with pytest.raises(MemberRefused, match="age-restricted"):
        await discord_server.slash("mika", "general", "adult")
    received = await raw.interaction(discord_server.slash("mika", discord_server.dm("mika"), "dm"))
    await received.answer(5)
    assert received.payload["context"] == 1
    assert received.payload["user"]["username"] == "mika"
    assert not {"guild_id", "guild", "member"} & set(received.payload)


async def test_a_member_needs_to_see_the_channel(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    await raw.sync(slash())
    await raw.identify()
    general, mika = discord_server.channel("general"), discord_server.user("mika")
    discord_server.admin.overwrite(general, mika, deny=Permission.USE_APPLICATION_COMMANDS)
    with pytest.raises(MemberRefused, match="may not use commands"):
        await discord_server.slash("mika", "general", "video")
    discord_server.admin.overwrite(general, mika, deny=Permission.VIEW_CHANNEL)
    with pytest.raises(MemberRefused, match="does not see"):
        await discord_server.slash("mika", "general", "video")
    discord_server.admin.remove_bot()
    with pytest.raises(MemberRefused, match="not in this server"):
        await discord_server.slash("robin", "general", "video")


async def test_a_server_command_says_where_it_is_registered(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    guild_id = discord_server.guild.id
    path = f"/applications/{raw.app_id}/guilds/{guild_id}/commands"
    status, (command,) = await raw.call("PUT", path, [slash()])
    assert (status, command["guild_id"]) == (200, str(guild_id))
    await raw.identify()
    received = await raw.slash()
    await received.answer(5)
    assert received.payload["data"]["guild_id"] == str(guild_id)
    assert (await raw.call("PUT", path.replace(str(guild_id), "1"), []))[1]["code"] == 10004


ADMIN = slash("quota-admin", default_member_permissions=MANAGE_GUILD)


async def hidden(discord_server: DiscordStandIn, user: str, command: str) -> None:
    with pytest.raises(MemberRefused, match="lacks the permissions"):
        await discord_server.slash(user, "general", command)


async def test_an_integrations_page_shows_and_hides_commands(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    await raw.sync(ADMIN, slash())
    await raw.identify()
    mika, robin = discord_server.user("mika"), discord_server.user("robin")
    helpers = discord_server.admin.add_role("Helpers", Permission.NONE)
    discord_server.member("robin").role_ids.append(helpers.id)
    everyone = discord_server.guild.roles[discord_server.guild.id]
    let_use = discord_server.admin.let_use

    let_use("quota-admin", {mika: True, helpers: True, everyone: False})
    for name in ("mika", "robin", "sam"):
        await (await raw.slash("quota-admin", name)).answer(5)
    let_use("quota-admin", {helpers: True, robin: False})
    await hidden(discord_server, "robin", "quota-admin")
    await hidden(discord_server, "mika", "quota-admin")
    let_use("quota-admin", {mika: True}, every_channel=False)
    await hidden(discord_server, "mika", "quota-admin")
    let_use(None, {mika: True, everyone: False})
    let_use("quota-admin", {})
    await hidden(discord_server, "mika", "quota-admin")
    await hidden(discord_server, "robin", "video")
    await (await raw.slash("video", "mika")).answer(5)


async def test_an_integrations_page_is_told_and_can_be_read(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    _, (command,) = await raw.sync(ADMIN)
    await raw.identify()
    path = f"/applications/{raw.app_id}/guilds/{discord_server.guild.id}/commands"
    status, body = await raw.call("GET", f"{path}/{command['id']}/permissions")
    assert (status, body["code"]) == (404, 10066)
    status, body = await raw.call("GET", f"{path}/1/permissions")
    assert (status, body["code"]) == (404, 10063)

    mika, general = discord_server.user("mika"), discord_server.channel("general")
    discord_server.admin.let_use("quota-admin", {mika: True, general: False}, every_channel=True)
    told = await raw.event("APPLICATION_COMMAND_PERMISSIONS_UPDATE")
    assert await raw.call("GET", f"{path}/{command['id']}/permissions") == (200, told)
    assert told["id"] == command["id"]
    assert [(one["id"], one["type"], one["permission"]) for one in told["permissions"]] == [
        (str(mika.id), 2, True),
        (str(general.id), 3, False),
        (str(discord_server.guild.id - 1), 3, True),
    ]
