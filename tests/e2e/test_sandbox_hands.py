"""What people do at an open sandbox from a second terminal."""

from __future__ import annotations

import pytest

from sandbox import photo
from sandbox.discord.errors import MemberRefused
from sandbox.discord.model import UploadedFile
from sandbox.hands import Hands
from tests.pace import eventually, pass_by, within

SLASH = {"command": "/"}
MENU = "Animate this picture"

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def hands(theatre):
    """In a channel where nothing is said yet."""
    return Hands(theatre.discord, theatre.room().name)


async def test_an_admin_sets_and_a_member_sees_orders_and_cancels(theatre, hands) -> None:
    member = theatre.newcomer().name
    said = await hands.act(
        "sam", {"command": f"/quota-admin user member:@{member} credits:9"}, None
    )
    assert said[0] == "(only you see this)"
    assert said[1].startswith(f"@{member}: 9 a day")
    said = await hands.act("sam", {"command": "/quota-admin log"}, None)
    assert any(f"@{member}: no rule → 9 a day" in line for line in said)
    said = await hands.act("sam", {"choose": ["1"]}, None)
    assert any("Undone" in line or "undone" in line for line in said)
    await hands.act("sam", {"command": f"/quota-admin user member:@{member} credits:9"}, None)
    said = await hands.act(member, {"command": "/quota show", "place": "boats"}, None)
    assert said[1].startswith("Credits: 9 of 9 left today")
    said = await hands.act(
        member, {"command": "/video prompt:a fox [slow] runs preset:Quick"}, None
    )
    assert said[1] == r"> a fox \[slow\] runs"
    assert {"[ Cancel ]", "[ Stop waiting ]", "Next in line"} & set(said)
    for words in ("the second", "the third"):
        order = f"/video prompt:{words} boat preset:Quick"
        newest = (await hands.act(member, {"command": order}, None))[0].split()[2]
    said = await hands.act(member, {"press": "Cancel"}, None)
    assert newest in said[1]  # cancelled, or asked about if its turn has come
    with pytest.raises(MemberRefused, match="nothing to press or choose: wait"):
        await hands.act(member, {"press": "wait"}, None)
    assert "/quota-admin grant member: amount:" in " ".join(await hands.act("sam", SLASH, None))
    shown = " ".join(await hands.act(member, SLASH, None))
    assert "/quota-admin" not in shown
    assert f"--menu '{MENU}'" in shown
    said = await hands.act(member, {"command": "/quota show", "place": "dm"}, None)
    assert said[1].startswith("Credits: ")
    with pytest.raises(MemberRefused, match="nothing to press or choose: History"):
        await hands.act(member, {"press": "History", "place": "#no-files"}, None)
    said = await hands.act(member, {"press": "History", "place": "dm"}, None)
    assert said[0] == "(only you see this)"


async def test_a_mention_brings_the_bot_into_a_private_thread(hands) -> None:
    order = {"command": "/video prompt:a fox who can't wait preset:Quick", "place": "backstage"}
    assert "Mention me here once" in " ".join(await hands.act("mika", order, None))
    await hands.act("mika", {"say": "@Zoetrope", "place": "backstage"}, None)
    async with within(30):  # it learns of that a moment later
        while "> a fox who can't wait" not in await hands.act("mika", order, None):
            await pass_by(0.1)


async def test_a_posted_picture_becomes_a_clip_and_all_its_buttons_can_be_pressed(
    theatre, tmp_path
) -> None:
    room, member = theatre.room(), theatre.newcomer().name
    hands = Hands(theatre.discord, room.name)
    photo.draw(tmp_path / "boat.jpg")
    boat = UploadedFile("boat.jpg", "image/jpeg", (tmp_path / "boat.jpg").read_bytes())
    assert (await hands.act(member, {"say": ""}, boat))[-1] == "[file boat.jpg]"
    await hands.act(member, {"say": "how nice"}, None)
    form = await hands.act(member, {"menu": MENU, "on": "boat.jpg"}, None)
    assert form[:3] == [
        f"Form: {MENU}", "  What should move:", "  Preset: Standard · 2 credits"
    ]  # fmt: skip
    wrong = {"fill": ["Preset:Quick", "Colour:red"]}
    with pytest.raises(MemberRefused, match=r"LABEL:TEXT. There are What should move, Preset, "):
        await hands.act(member, wrong, None)
    with pytest.raises(MemberRefused, match="frame does not offer 'bars'"):
        await hands.act(member, {"fill": ["frame:bars"]}, None)
    filled = {"fill": ["what:it rocks", "preset:quick"]}
    card = await hands.act(member, filled, None)
    assert card[1] == "> it rocks"
    assert card[2].startswith("Quick · ")
    with pytest.raises(MemberRefused, match="No form is open"):
        await hands.act(member, {"fill": []}, None)

    await eventually(lambda: any(m.content.startswith("✅") for m in room.messages.values()))
    await hands.act(member, {"look": room.name}, None)
    names = {name for name, _ in hands.files()}
    assert "boat.jpg" in names
    assert any(name.endswith(".mp4") for name in names)
    more = await hands.act(member, {"press": "more"}, None)
    assert "[ Smoother ]" in more
    assert "**Preset** Quick" in "\n".join(await hands.act(member, {"press": "details"}, None))
    assert hands.files() == []
    silent = await hands.act(member, {"press": "Sound off", "on": "More for video"}, None)
    assert silent[-1] == "This video has no sound."
    mine = await hands.act(member, {"command": "/privacy export"}, None)
    assert [f"[file {name}]" for name, _ in hands.files()] == mine[-1:]
    form = await hands.act(member, {"press": "Edit"}, None)
    assert form[1] == "  What should move: it rocks"
    edited = await hands.act(member, {"fill": ["avoid:", "seconds:1"]}, None)
    assert edited[2].startswith("Quick · wide · about 1 s ·")
    longer = await hands.act(member, {"press": "Extend", "fill": ["what:it sinks"]}, None)
    assert longer[1] == "> it sinks"


async def test_what_a_client_would_not_do_is_said(hands) -> None:
    refused = {
        "lacks the permissions": ("mika", {"command": "/quota-admin reset"}),
        "nothing": ("mika", {"command": "/nothing"}),
        "There is no user nobody here.": ("nobody", {"command": "/quota show"}),
        "There is no user ghost": ("sam", {"command": "/quota-admin grant member:@ghost"}),
        "There is nothing to press or choose: Undo.": ("mika", {"press": "Undo"}),
        "needs a sub-command.\n/quota-admin default credits:": ("sam", {"command": "/quota-admin"}),
        "has no sub-command gift.\n/quota-admin": ("sam", {"command": "/quota-admin gift"}),
        "grant needs member and amount.\n  member:": ("sam", {"command": "/quota-admin grant"}),
        "video has no hat.\n  prompt:": ("mika", {"command": "/video prompt:boat hat:1"}),
        r"video needs prompt\.\n.*\n  \[preset:\]  .*; Quick · from": (
            "mika",
            {"command": "/video"},
        ),
        "mika does not see #staff": ("mika", {"command": "/quota show", "place": "#staff"}),
        "robin does not see": ("robin", {"command": "/quota show", "place": "backstage"}),
        "There is nothing to press or choose.": ("mika", {"choose": ["HD"]}),
        "no Draw, but Animate this picture": ("mika", {"menu": "Draw"}),
        "There is no message with a hat": ("mika", {"menu": MENU, "on": "a hat"}),
        "An empty message": ("mika", {"say": ""}),
    }
    for sentence, (who, asked) in refused.items():
        with pytest.raises(MemberRefused, match=sentence):
            await hands.act(who, asked, None)


async def test_what_the_bot_says_a_moment_later_is_read_too(theatre, hands) -> None:
    member = theatre.newcomer().name
    await hands.act(member, {"command": "/video prompt:a fox runs preset:Quick"}, None)
    asked = await hands.act("sam", {"command": "/quota-admin reset everyone:True"}, None)
    assert any(line.endswith("full credits now?") for line in asked)
    said = await hands.act("sam", {"press": "Yes"}, None)
    assert "full credits again." in said[1]
    grant = f"/quota-admin grant member:@{member} amount:3 tell:True"
    assert (await hands.act("sam", {"command": grant}, None))[1].endswith("I told them.")
    said = await hands.act(member, {"look": "dm"}, None)
    assert said[0].startswith("You got 3 credits on Zoetrope Sandbox.")


async def test_the_staff_reads_requests_and_members_the_answer(theatre, hands) -> None:
    member = theatre.newcomer()
    assert await hands.act("sam", {"look": theatre.room().name}, None) == ["There are no messages."]
    await hands.act("sam", {"command": "/video-admin log-channel channel:#staff"}, None)
    await hands.act(member.name, {"command": "/quota ask", "fill": ["one last try"]}, None)
    staff = theatre.discord.channel("staff").messages.values
    await eventually(lambda: any(f"<@{member.id}> asks" in m.content for m in staff()))
    card = (await hands.act("sam", {"look": "#staff"}, None))[-6:]
    assert card[0] == f'@{member.name} asks for more: "one last try"'
    assert card[2:] == ["[ +2 ]", "[ +5 ]", "[ +10 ]", "[ No ]"]
    with pytest.raises(MemberRefused, match="nothing to press or choose: \\+5"):
        await hands.act("sam", {"press": "+5"}, None)
    await hands.act("sam", {"press": "+5", "place": "#staff"}, None)
    said = await hands.act(member.name, {"look": "dm"}, None)
    assert "The staff gave you 5 credits" in said[-1]
    with pytest.raises(MemberRefused, match="does not see"):
        await hands.act(member.name, {"look": "#staff"}, None)


async def test_a_refused_option_says_what_it_takes(hands) -> None:
    refused = {
        "/video-admin channels start:only": "start does not take 'only', but everywhere, nowhere.",
        "/quota-admin grant member:@mika amount:0": "does not take 0, but at least 1 and at most",
        "/video prompt:a": "does not take 'a', but at least 3 letters and at most 1000 letters.",
    }
    for command, sentence in refused.items():
        with pytest.raises(MemberRefused, match=sentence):
            await hands.act("sam", {"command": command}, None)
