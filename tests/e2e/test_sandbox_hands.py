"""What people do at an open sandbox from a second terminal."""

from __future__ import annotations

import pytest

from sandbox.discord.errors import MemberRefused
from sandbox.hands import Hands
from tests.e2e.theatre import running


async def test_an_admin_sets_and_a_member_sees_orders_and_cancels() -> None:
    async with running() as theatre:
        hands = Hands(theatre.stage.discord, "general")
        said = await hands.act("sam", {"command": "/quota-admin user member:@mika credits:9"}, None)
        assert said[0] == "(only you see this)"
        assert said[1].startswith("@mika: 9 a day")
        said = await hands.act("sam", {"command": "/quota-admin log"}, None)
        assert any("@mika: no rule → 9 a day" in line for line in said)
        said = await hands.act("sam", {"choose": ["1"]}, None)
        assert any("Undone" in line or "undone" in line for line in said)
        await hands.act("sam", {"command": "/quota-admin user member:@mika credits:9"}, None)
        said = await hands.act("mika", {"command": "/quota show"}, None)
        assert said[1].startswith("Credits: 9 of 9 left today")
        said = await hands.act(
            "mika", {"command": "/video prompt:a fox [stuck] runs preset:Quick"}, None
        )
        assert said[1] == r"> a fox \[stuck\] runs"
        assert said[-1] in {"[ Cancel ]", "[ Stop waiting ]"}


async def test_what_a_client_would_not_do_is_said() -> None:
    refused = {
        "lacks the permissions": ("mika", {"command": "/quota-admin reset"}),
        "nothing": ("mika", {"command": "/nothing"}),
        "There is no user nobody here.": ("nobody", {"command": "/quota show"}),
        "There is no user ghost": ("sam", {"command": "/quota-admin grant member:@ghost"}),
        "There is nothing to press or choose: Undo.": ("mika", {"press": "Undo"}),
        "There is nothing to press or choose.": ("mika", {"choose": ["HD"]}),
    }
    async with running() as theatre:
        hands = Hands(theatre.stage.discord, "general")
        for sentence, (who, asked) in refused.items():
            with pytest.raises(MemberRefused, match=sentence):
                await hands.act(who, asked, None)
