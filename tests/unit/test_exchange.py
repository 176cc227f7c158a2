"""A configuration as a file, there and back, and every mistake of a file at once."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.admin import documents, exchange, validation
from bot.core.admin.configuration import Key, Kind
from bot.core.admin.errors import BadFile
from bot.discord_app.admin.exchange import mistake_texts
from tests.builders import config as config_of
from tests.builders import written

NOW = 1_800_000_000.0
PRESETS = ("Quick", "Standard", "HD")
WRITTEN: dict[str, Any] = {
    "words": {"words": ["Bäd", "two words"]},
    "user:30": {"credits": 40, "per": "day", "until": NOW + 0.25},
    "role:1100000000000000001": {"credits": None, "per": "week", "until": None},
    "role:9": {"credits": 0, "per": "month", "until": None},
    "default": {"credits": 6, "per": "day", "until": None},
    "block:31": {"until": None, "reason": "spam"},
    "channels": {"mode": "none", "ids": [1_100_000_000_000_000_003, 5]},
    "log": {"channel_id": 1_100_000_000_000_000_005},
    "cap": {"credits": 300, "per": "month", "alerts": [80], "when_empty": "stop"},
}
CONFIG = config_of(WRITTEN)


def planned(items: Any, config: Any = None, **changes: Any) -> exchange.Plan:
    data = json.dumps({"zoetrope": 1, "items": items} | changes).encode()
    return exchange.plan(data, config_of(config or {}), PRESETS, NOW)


def names(keys: list[Key]) -> list[str]:
    return [str(key) for key in keys]


def mistakes(data: bytes) -> tuple[str, ...]:
    with pytest.raises(BadFile) as refused:
        exchange.plan(data, CONFIG, PRESETS, NOW)
    return tuple(mistake_texts.all_of(refused.value).splitlines())


def mistakes_of(items: Any, **changes: Any) -> tuple[str, ...]:
    return mistakes(json.dumps({"zoetrope": 1, "items": items} | changes).encode())


def test_what_was_exported_comes_back_unchanged() -> None:
    plan = exchange.plan(exchange.document(CONFIG), CONFIG, PRESETS, NOW)
    assert plan.wanted == CONFIG
    assert (plan.new, plan.changed, plan.removed, len(plan.kept)) == ([], [], [], len(CONFIG))


def test_a_file_is_made_for_people_and_spoils_no_id() -> None:
    text = exchange.document(CONFIG).decode()
    assert list(json.loads(text)["items"]) == [
        "default", "role:9", "role:1100000000000000001", "user:30", "block:31",
        "cap", "channels", "words", "log",
    ]  # fmt: skip
    assert '"Bäd"' in text
    assert '"channel_id": "1100000000000000005"' in text
    assert len(text.splitlines()) == len(CONFIG) + 5
    assert exchange.document(config_of(dict(reversed(WRITTEN.items())))).decode() == text


def test_a_file_is_the_whole_configuration() -> None:
    items = {
        "default": {"credits": 9, "per": "day"},
        "role:9": WRITTEN["role:9"],
        "pause": {"reason": "exams"},
    }
    plan = planned(items, WRITTEN)
    assert (names(plan.new), names(plan.changed), names(plan.kept)) == (
        ["pause"], ["default"], ["role:9"],
    )  # fmt: skip
    assert set(names(plan.removed)) == WRITTEN.keys() - items.keys()
    assert written(plan.wanted)["default"] == {"credits": 9, "per": "day", "until": None}


def test_none_and_unlimited_are_words_in_a_file() -> None:
    whole = WRITTEN | {"cap": {"credits": 0, "per": "day", "alerts": [], "when_empty": "stop"}}
    items = json.loads(exchange.document(config_of(whole)))["items"]
    assert items["role:1100000000000000001"]["credits"] == "unlimited"
    assert items["role:9"]["credits"] == items["cap"]["credits"] == "none"
    assert written(planned(items, zoetrope=2).wanted) == {
        key: config_of(whole).items[Key.parse(key)] and documents.written(value)
        for key, value in ((str(key), value) for key, value in config_of(whole))
    }


def test_a_file_of_the_first_version_means_what_it_meant() -> None:
    """Unlimited was null, and whoever had no cap, whatever it was called, had none in the file."""
    items = {"default": {"credits": None, "per": "day"}, "user:3": {"credits": 0, "per": "day"}}
    wanted = planned(items, {"cap": WRITTEN["cap"]}, zoetrope=1).wanted
    assert wanted.rule(Kind.DEFAULT).limit.credits is None
    assert wanted.rule(Kind.USER, 3).limit.credits == 0
    assert wanted.settings.cap is None


def test_since_the_second_version_null_is_no_amount() -> None:
    items = {"default": {"credits": None, "per": "day"}, "cap": {"credits": None}}
    assert mistakes_of(items, zoetrope=2) == (
        "default: credits must be 0 to 100000, none or unlimited.",
        "cap: credits must be 0 to 100000, none or unlimited.",
    )


def test_an_unlimited_cap_in_a_file_is_no_cap() -> None:
    items = {"cap": {"credits": "Unlimited"}}
    plan = planned(items, {"cap": WRITTEN["cap"]}, zoetrope=2)
    assert (names(plan.removed), plan.wanted.settings.cap) == (["cap"], None)
    assert not planned(items, zoetrope=2).touched


def test_roles_and_channels_of_a_file_are_known() -> None:
    plan = planned(WRITTEN)
    assert plan.role_ids == [9, 1_100_000_000_000_000_001]
    assert set(plan.wanted.settings.channels.ids) == {1_100_000_000_000_000_003, 5}


def test_all_mistakes_are_named_at_once() -> None:
    items = {
        "default": {"credits": -1, "per": "day"},
        "role:1": {"credits": 5, "per": "year"},
        "user:2": {"credits": 5, "per": "day", "until": NOW},
        "block:3": {"reason": 7},
        "words": {"words": ["Bad", "bad"]},
        "presets": {"names": ["hd", "quick", "STANDARD"]},
        "calendar": {"zone": "Mars", "hour": 0},
        "colour": {},
        "grant:5": {"user": 1, "credits": 5, "until": None},
        "role:01": {"credits": 5, "per": "day"},
        "log": {"channel_id": "five"},
    }
    assert mistakes_of(items, zoetrope=3, extra=1) == (
        '"zoetrope" must be 2, which this bot writes, or an older version.',
        '"extra" is nothing that a file holds.',
        "default: credits must be 0 to 100000, none or unlimited.",
        "role:1: per must be day, week or month.",
        "user:2: until is in the past.",
        "block:3: reason must be a text of 0 to 200 characters.",
        "words: bad is there twice.",
        "presets must leave at least one preset on.",
        (
            "calendar: zone must be a time zone such as "
            "Europe/Berlin, America/New_York, Asia/Tokyo or UTC."
        ),
        "colour is nothing that can be set.",
        "grant:5 is nothing that can be set.",
        "role:01 is nothing that can be set.",
        "log: five is not the ID of a channel.",
    )


def test_all_mistakes_of_one_setting_are_named_too() -> None:
    items = {
        "default": {"credits": -5, "per": "year", "until": "soon", "x": 1},
        "cap": {"credits": -1, "per": "x", "alerts": [0, 50, 100], "when_empty": "boom"},
        "log": {},
        "words": {"words": [7, "!"]},
    }
    assert mistakes_of(items) == (
        "default has no setting x.",
        "default: credits must be 0 to 100000, none or unlimited.",
        "default: per must be day, week or month.",
        "default: until must be a moment in Unix seconds, or null.",
        "cap: credits must be 0 to 100000, none or unlimited.",
        "cap: per must be day, week or month.",
        "cap: when_empty must be stop or warn.",
        "cap: alerts must be 1 to 99.",
        "log needs channel_id.",
        "words: each must be a text of 1 to 60 characters.",
        "words: each must have a letter or a digit.",
    )


def test_the_largest_export_can_be_imported() -> None:
    until = 4_000_000_000.123456
    rules = {
        f"user:{10**18 + n}": {"credits": 100_000, "per": "month", "until": until}
        for n in range(5000)
    }
    whole = config_of(rules)
    assert len(exchange.plan(exchange.document(whole), whole, PRESETS, NOW).kept) == 5000


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "It is not JSON: there is a mistake in line 1, character 1."),
        (b'{"zoetrope": 1,\n "items": {},}', "It is not JSON: there is a mistake in line 2"),
        (b"\xff\xfe{", "It is not a text in UTF-8."),
        (b'{"zoetrope": 1, "items": {"words": {"words": ["\\ud800"]}}}', "It is not a text in"),
        (b"[" * 100_000, "It is nested too deeply."),
        (b'{"a":' * 50_000, "It is nested too deeply."),
        (b"1" * 5000, "It holds a number that is too long."),
        (b"[]", 'It must be a group with "zoetrope" and "items".'),
        (b'{"zoetrope": true, "items": {}}', '"zoetrope" must be 2'),
        (b'{"zoetrope": 1}', '"items" must be a group of settings.'),
        (b'{"zoetrope": 1, "items": {"log": null}}', "log must be a group of values."),
        (b'{"zoetrope": 1, "items": {"x:": {}, "X:": {}}}', '"X:" is there twice.'),
        (b'{"zoetrope": 1, "items": {"role:' + b"9" * 5000 + b'": {}}}', "role:9999"),
        (
            b'{"zoetrope": 1, "items": {"user:1": {"credits": 1, "per": "day", "until": 1e999}}}',
            "user:1: until must be a moment in Unix seconds, or null.",
        ),
        (b" " * 1_100_000, "It is larger than 1 MiB."),
    ],
)
def test_a_hostile_file_gets_a_sentence(data: bytes, problem: str) -> None:
    assert mistakes(data)[0].startswith(problem)


def test_a_file_may_hold_five_thousand_settings() -> None:
    rules = {f"user:{n}": {"credits": 1, "per": "day"} for n in range(1, 5002)}
    assert mistakes_of(rules) == ("It holds 5,001 settings; 5,000 is the most.",)
    del rules["user:1"]
    assert len(planned(rules).new) == 5000


def test_a_file_of_an_editor_that_marks_its_encoding_is_read() -> None:
    plan = exchange.plan(b"\xef\xbb\xbf" + exchange.document(CONFIG), CONFIG, PRESETS, NOW)
    assert len(plan.kept) == len(CONFIG)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
SOME_KEY = st.sampled_from((*WRITTEN, "calendar", "caps", "pause", "presets", "role:", "alert"))
SOME_NAME = st.sampled_from(
    ("credits", "per", "until", "reason", "zone", "hour", "ids", "mode", "words", "names",
     "channel_id", "alerts", "when_empty", "member_running")
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(SOME_KEY, JSON | st.dictionaries(SOME_NAME, JSON)))
def test_whatever_a_file_holds_it_is_refused_or_stored_as_checked(items: Any) -> None:
    with suppress(BadFile):
        plan = planned(items)
        assert all(
            validation.checked(key, documents.written(value)) == value for key, value in plan.wanted
        )
