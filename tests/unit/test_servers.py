"""What a server may set: its words, and what its sections refuse."""

from __future__ import annotations

import pytest

from bot.core.admin import validation
from bot.core.admin.configuration import Key, Kind
from bot.core.rules.calendar import EXAMPLES
from bot.core.rules.errors import BadSetting
from bot.core.rules.problems import NotAZone
from bot.core.rules.server_settings import WORDS_MOST, ServerSettings, Words, settings_of


@pytest.mark.parametrize(
    "prompt",
    [
        "a naughty duck",
        "A NAUGHTY duck",
        "a náughtÿ duck",
        "a naugh\u0336ty duck",
        "a nau\u200bghty duck",
        "a nau\u00adghty duck",
        "a nau\u034fghty duck",
        "a nau\ufe0fghty duck",
        "a nau\u3164ghty duck",
        "a ｎａｕｇｈｔｙ　duck",
        "a 𝐍𝐀𝐔𝐆𝐇𝐓𝐘 duck",
        "a \u24dd\u24d0\u24e4\u24d6\u24d7\u24e3\u24e8 duck",
        "a.naughty,duck",
        "naughty",
    ],
)
def test_a_word_is_found_however_it_is_dressed(prompt: str) -> None:
    assert Words(("Naughty",)).hit(prompt)


@pytest.mark.parametrize(
    "prompt", ["a bad-duck swims", "BAD... _duck_", "a bad\n\nduck", "bád👀duck"]
)
def test_punctuation_parts_no_phrase(prompt: str) -> None:
    assert Words(("bad duck",)).hit(prompt)


@pytest.mark.parametrize(
    ("word", "prompt"),
    [
        ("ass", "a glass of water"),
        ("bad duck", "a duck, bad weather"),
        ("duck", "ducks"),
        ("ばか", "おはか"),
        ("कल", "कमल"),
        ("ქალი", "ქალიშვილი"),
    ],
)
def test_other_words_are_not_meant(word: str, prompt: str) -> None:
    assert not Words((word,)).hit(prompt)


@pytest.mark.parametrize(
    ("word", "prompt"),
    [("坏人", "一个坏人走路"), ("ばか", "このばかもの"), ("바보", "바보가 간다")],
)
def test_scripts_without_spaces_are_searched_within(word: str, prompt: str) -> None:
    assert Words((word,)).hit(prompt)


@pytest.mark.parametrize("zone", ["europe/berlin", " UTC", "utc"])
def test_a_zone_that_no_clock_knows_by_that_name_is_never_stored(zone: str) -> None:
    with pytest.raises(BadSetting) as refused:
        validation.checked(Key(Kind.CALENDAR), {"zone": zone, "hour": 0})
    assert refused.value.problems == (NotAZone("zone", EXAMPLES),)


@pytest.mark.parametrize("key", ["role:007", "role:0", "user:²", "block:" + "9" * 5000, "user:1 "])
def test_an_id_has_one_way_to_be_written(key: str) -> None:
    with pytest.raises(ValueError, match=key[:60]):
        Key.parse(key)


def test_a_stored_section_that_cannot_be_used_here_counts_as_unset() -> None:
    its = settings_of(
        {"calendar": {"zone": "US/Gone", "hour": 0}, "caps": {"later": 1}, "cap": {"per": "day"}}
    )
    assert its == ServerSettings()


def test_a_stored_section_is_held_to_no_rule_that_came_later() -> None:
    many = ["word"] * (WORDS_MOST + 1)
    assert len(settings_of({"words": {"words": many}}).words.words) == WORDS_MOST + 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("channels", {"mode": "none", "ids": {}}),
        ("channels", {"mode": "none", "ids": ""}),
        ("cap", {"credits": 5, "alerts": {}}),
    ],
)
def test_a_group_is_no_list(name: str, value: dict) -> None:
    with pytest.raises(BadSetting):
        validation.checked(Key(Kind(name)), value)
