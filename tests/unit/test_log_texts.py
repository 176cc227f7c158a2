"""What the log says of each change, in plain words, and that it fits whatever was typed."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.admin.changes import By, Entry
from bot.core.admin.configuration import Key, Kind
from bot.core.rules.cause import Cause
from bot.discord_app.admin.kit import item_texts
from bot.discord_app.admin.log import log_list, log_texts
from bot.discord_app.admin.log.log_texts import Outlook
from tests.builders import items

NOW = 1_800_000_000
LATER = f"<t:{NOW + 86_400}:f>"
UNTIL = NOW + 86_400.0
MIKA = By(1)


def rule(amount: int | None, per: str = "day", until: float | None = None) -> dict[str, Any]:
    return {"credits": amount, "per": per, "until": until}


def block(until: float | None = None, reason: str = "") -> dict[str, Any]:
    return {"until": until, "reason": reason}


def cap(**changes: Any) -> dict[str, Any]:
    return {"credits": 300, "per": "month", "alerts": [80], "when_empty": "stop"} | changes


def entry(
    key: str, before: Any, after: Any, by: By = MIKA, undoer: int | None = None, **more: Any
) -> Entry:
    return Entry(
        id=7, at=NOW, guild_id=10, by=by, before=items({key: before}), after=items({key: after}),
        undoer=undoer, undone_by=undoer and 8, **more,
    )  # fmt: skip


CHANGES = [
    ("default", None, rule(6), "everyone: the bot's own default → 6 a day"),
    ("role:5", rule(6), rule(20), "role <@&5>: 6 a day → 20 a day"),
    ("role:5", rule(20), None, "role <@&5>: 20 a day → no rule"),
    ("user:3", None, rule(None, until=UNTIL), f"<@3>: no rule → unlimited until {LATER}"),
    ("block:3", None, block(UNTIL), f"<@3> is blocked until {LATER}"),
    ("block:3", None, block(reason="spam *"), "<@3> is blocked for good (spam \\*)"),
    ("block:3", block(), block(UNTIL), f"<@3> is blocked until {LATER}, before for good"),
    ("block:3", block(), None, "<@3> is no longer blocked"),
    ("grant:9", None, {"user": 3, "credits": 10, "until": UNTIL}, f"<@3> +10 bonus until {LATER}"),
    ("grant:9", {"user": 3, "credits": 10, "until": None}, None, "<@3> +10 bonus taken back"),
    ("reset:9", None, {"user": 0}, "everyone's credits reset"),
    ("reset:9", None, {"user": 3}, "<@3>'s credits reset"),
    ("reset:9", {"user": 3}, None, "reset of <@3>'s credits taken back"),
    ("words", {"words": ["a"]}, {"words": ["b", "c"]}, "words: +2 −1"),
    ("words", None, {"words": ["a"]}, "words: +1"),
    ("cap", None, cap(), "cap: unlimited → 300 a month, alert at 80 %, then stop"),
    (
        "cap", cap(), cap(alerts=[], when_empty="warn"),
        "cap: 300 a month, alert at 80 %, then stop → 300 a month, then go on",
    ),
    (
        "caps", None, {"member_running": 2, "server_waiting": 9},
        "on the way at once: the bot's own numbers → member running 2 and server waiting 9",
    ),
    (
        "calendar", None, {"zone": "Europe/Berlin", "hour": 5},
        "days begin at: 00:00 UTC → 05:00 Europe/Berlin",
    ),
    ("log", {"channel_id": 5}, {"channel_id": 6}, "log channel: <#5> → <#6>"),
    ("log", {"channel_id": 5}, None, "log channel: <#5> → none"),
    ("pause", None, {"reason": "we move"}, "videos are paused (we move)"),
    ("pause", {"reason": ""}, None, "videos can be ordered again"),
    (
        "channels", None, {"mode": "none", "ids": [1, 2]},
        "videos: everywhere → only in <#1> and <#2>",
    ),
    (
        "channels", {"mode": "all", "ids": [1]}, {"mode": "all", "ids": [2, 3, 4, 5]},
        "closed channels: +<#2>, <#3>, <#4> and 1 more −<#1>",
    ),
    ("presets", None, {"names": ["HD"]}, "presets off: +HD"),
    ("presets", {"names": ["HD"]}, None, "presets off: −HD"),
    (
        "alert", None, {"level": 80, "used": 243, "credits": 300, "per": "month"},
        "the server has used 80 % of its 300 credits a month (243)",
    ),
    (
        "alert", None, {"level": 100, "used": 299, "credits": 300, "per": "month"},
        "the server has used up its 300 credits a month (299)",
    ),
    (
        "alert", None, {"level": 100, "used": 1, "credits": 1, "per": "day"},
        "the server has used up its 1 credit a day (1)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "before", "after", "words"), CHANGES)
def test_each_change_is_told_in_plain_words(key: str, before: Any, after: Any, words: str) -> None:
    assert log_texts.entry(entry(key, before, after)) == f"<@1>: {words}"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("words", {"words": ["a"]}, "words: 1 word not allowed"),
        ("words", None, "words: all are allowed"),
        ("block:3", None, "<@3> may order again"),
        ("pause", None, "videos can be ordered again"),
        ("channels", {"mode": "none", "ids": []}, "videos: nowhere"),
        ("channels", {"mode": "all", "ids": [1]}, "videos: everywhere except in <#1>"),
        ("presets", {"names": ["A", "B"]}, "presets: all but A and B"),
        ("presets", None, "presets: all"),
        ("cap", None, "cap: unlimited"),
        ("role:5", rule(6), "role <@&5>: 6 a day"),
    ],
)
def test_an_undo_says_how_it_is_now(key: str, value: Any, words: str) -> None:
    made = entry(key, None, value, undoes=3)
    assert log_texts.undone(made, 0) == f"Undone. Now {words}."


def test_who_why_and_who_took_it_back() -> None:
    by = By(1, "won @everyone")
    found = entry("grant:9", None, {"user": 3, "credits": 1, "until": None}, by, undoer=2)
    assert log_texts.entry(found) == (
        "<@1>: <@3> +1 bonus · reason: won @\u200beveryone · **undone** by <@2>"
    )
    undo = entry("role:5", rule(20), rule(6), By(2), undoes=7)
    assert log_texts.entry(undo) == "<@2>: undid: role <@&5>: 20 a day → 6 a day"
    undo = entry("reset:9", {"user": 3}, None, By(2), undoes=7)
    assert log_texts.entry(undo) == "<@2>: reset of <@3>'s credits taken back"


def test_the_bot_has_a_name_and_is_no_mention() -> None:
    told = {"level": 80, "used": 243, "credits": 300, "per": "month"}
    assert log_texts.entry(entry("alert", None, told, By(0))).startswith(
        "Zoetrope: the server has used 80 % of "
    )


def test_words_are_never_named() -> None:
    found = entry("words", {"words": ["secret"]}, {"words": ["hidden"]})
    said = log_texts.entry(found) + log_texts.undone(found, 0) + log_texts.kind(found)
    assert "secret" not in said
    assert "hidden" not in said


def test_a_file_is_one_change_of_so_many_settings() -> None:
    after = {f"role:{number}": rule(number) for number in range(1, 13)}
    found = Entry(
        id=7,
        at=NOW,
        guild_id=10,
        by=By(1, cause=Cause.IMPORT),
        before=items(dict.fromkeys(after)),
        after=items(after),
    )
    assert log_texts.entry(found) == "<@1>: 12 settings by import"
    assert log_texts.kind(found) == "12 settings by import"
    assert log_texts.undone(found, 0) == "Undone: 12 settings are as they were before."


@pytest.mark.parametrize(
    ("cause", "words"),
    [(Cause.REQUEST, "asked for more"), (Cause.DEMO, "setup demo"), (Cause.SETUP, "setup")],
)
def test_what_brought_a_change_about_is_told_where_nobody_wrote_why(
    cause: Cause, words: str
) -> None:
    given = {"user": 3, "credits": 1, "until": None}
    said = log_texts.entry(entry("grant:9", None, given, By(1, cause=cause)))
    assert said == f"<@1>: <@3> +1 bonus · reason: {words}"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (10, "Undone: the 10 bonus credits of <@3> are taken back."),
        (
            7,
            (
                "Undone: of the 10 bonus credits of <@3>, 7 were left and were taken back; "
                "the rest is used or on hold."
            ),
        ),
        (0, "Undone, but of the 10 bonus credits of <@3> nothing was left to take back."),
    ],
)
def test_an_undone_grant_says_how_much_came_back(left: int, words: str) -> None:
    made = entry("grant:9", {"user": 3, "credits": 10, "until": None}, None, undoes=3)
    assert log_texts.undone(made, left) == words


@pytest.mark.parametrize(("user", "words"), [(0, "everyone has"), (3, "<@3> has")])
def test_an_undone_reset_says_what_counts_again(user: int, words: str) -> None:
    made = entry("reset:9", {"user": user}, None, undoes=3)
    assert log_texts.undone(made, 0) == (
        f"Undone: the credits that {words} used before the reset count again."
    )


@pytest.mark.parametrize(
    ("outlook", "words"),
    [
        (None, ""),
        (Outlook(None, NOW, NOW + 9, stops=True), " At this pace they last until new ones come"),
        (
            Outlook(NOW + 5, NOW, NOW + 9, stops=True),
            f" At this pace they are used up <t:{NOW + 5}:R>; then orders stop.",
        ),
        (
            Outlook(NOW + 5, NOW, NOW + 9, stops=False),
            f" At this pace they are used up <t:{NOW + 5}:R>; orders go on then.",
        ),
        (Outlook(NOW, NOW, NOW + 9, stops=True), f" New ones come <t:{NOW + 9}:R>. No orders"),
        (Outlook(NOW, NOW, NOW + 9, stops=False), f" New ones come <t:{NOW + 9}:R>. Orders go on."),
    ],
)
def test_an_alert_says_how_it_goes_on(outlook: Outlook | None, words: str) -> None:
    told = {"level": 80, "used": 243, "credits": 300, "per": "month"}
    said = log_texts.alert(entry("alert", None, told, By(0)), outlook)
    head = "⚠️ The server has used 80 % of its 300 credits a month (243)."
    assert said.startswith(head + words)


def test_everything_fits_whatever_was_typed() -> None:
    big, text = 2**63 - 1, "@" * 500
    worst: dict[str, tuple[Any, Any]] = {
        f"user:{big}": (rule(100_000, "month", 9e10), rule(99_999, "month", 9e10)),
        f"block:{big}": (block(9e10, text), block(8e10, text)),
        "channels": (
            {"mode": "all", "ids": [big - n for n in range(100)]},
            {"mode": "none", "ids": [big - n for n in range(100)]},
        ),
        "presets": (
            {"names": [f"{n}{'*' * 58}" for n in range(50)]},
            {"names": [f"{n}{'_' * 58}" for n in range(50)]},
        ),
        "pause": ({"reason": text[:200]}, {"reason": text[:100]}),
        "cap": (cap(alerts=[91, 92, 93, 94, 95]), cap(alerts=[81, 82, 83, 84, 85])),
    }
    lines = []
    for first in worst:
        for others in (0, 1, 2):
            keys = [first, *[key for key in worst if key != first]][: others + 1]
            found = Entry(
                id=7, at=NOW, guild_id=10, by=By(big, text), undone_by=8, undoer=big, undoes=6,
                before=items({key: worst[key][0] for key in keys}),
                after=items({key: worst[key][1] for key in keys}),
            )  # fmt: skip
            assert len(log_texts.entry(found)) <= 2000
            assert len(log_texts.undone(found, 0)) <= 2000
            assert len(log_texts.kind(found)) <= 90
            lines.append((len(log_texts.line(found)), found))
    longest = max(lines, key=lambda item: item[0])[1]
    embed, _ = log_list.page([longest] * 50, 2)
    assert len(embed.description or "") <= 4096


def test_every_kind_of_item_has_words() -> None:
    assert {Key.parse(key).kind for key, *_ in CHANGES} == set(item_texts.ITEMS) == set(Kind)
