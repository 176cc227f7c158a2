"""What the bot says: every refusal has a sentence, and foreign text is harmless."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.admin.configuration import Key, Kind
from bot.core.admin.errors import (
    AlreadyAnswered,
    AlreadyUndone,
    BadFile,
    ChangedSince,
    DemoGiven,
    NoSuchEntry,
)
from bot.core.admin.mistakes import InItem, Mistake, NotUtf8, UnknownPart
from bot.core.jobs.errors import (
    CannotStart,
    ClipGone,
    ClipLetGo,
    ClipNotReady,
    ClipTooLarge,
    FailReason,
    MadeBefore,
    NoClipYet,
    NoSuchJob,
    NotYours,
    TooLate,
)
from bot.core.jobs.making import (
    AlreadySilent,
    AlreadySmooth,
    CannotMake,
    MakerBusy,
    Making,
    StillMaking,
    TooLongToMake,
)
from bot.core.orders.errors import (
    AttachmentRefused,
    Forgotten,
    ModelNotOffered,
    NoDraft,
    NoLongerOffered,
    NoPicture,
    NoSuchSetting,
    NotALength,
    OptionNotOffered,
    OptionOutOfRange,
    OptionsClash,
    PromptLength,
    TooLongTogether,
)
from bot.core.rules.errors import (
    AskedBefore,
    BadSetting,
    Blocked,
    ChannelOff,
    DayOrMonth,
    EndMistake,
    EndsInThePast,
    ModelOff,
    NoStaffChannel,
    NotAnEnd,
    NotANumber,
    NotEnoughCredits,
    NotPercentages,
    NotServed,
    OptionMissing,
    PartOf,
    Paused,
    PresetOff,
    PriceNotAgreed,
    PromptRule,
    QuotaUsedUp,
    ServerUsedUp,
    TooManyOnTheWay,
    Unlimited,
)
from bot.core.rules.problems import NotInRange, Problem, UnknownField
from bot.core.rules.quota import Bonus, Limit, Rule
from bot.discord_app.admin.exchange import mistake_texts
from bot.discord_app.errors import (
    BotNotHere,
    CannotPostHere,
    CannotPostThere,
    DirectMessagesClosed,
    IsABot,
    MayNotDelete,
    NotAllowed,
    NotAMember,
    NotFoundHere,
    NothingDeleted,
    NotItsMessage,
    PostStays,
)
from bot.discord_app.quota import quota_texts
from bot.discord_app.text import problems, refusals
from bot.discord_app.text.wording import credits_, duration, quote
from bot.discord_app.video import ending_texts
from bot.errors import Refusal, StoreUnavailable
from tests.builders import standing

EXAMPLES: dict[type[Refusal], Refusal] = {
    type(example): example
    for example in (
        PromptLength(2, 3, 1000),
        OptionOutOfRange("seed", 0, 2**32 - 1),
        OptionNotOffered("shape", ("wide", "tall")),
        AttachmentRefused("empty"),
        QuotaUsedUp(6, "week", 1_800_000_000.5),
        NotEnoughCredits("HD", 5, 1),
        PriceNotAgreed(8, 5),
        ModelOff(("HD",)),
        TooManyOnTheWay(1, "member"),
        CannotPostHere(("view_channel",)),
        CannotPostHere(("private_thread",)),
        CannotPostHere(("locked_thread",)),
        NotAllowed(),
        BotNotHere("https://discord.com/oauth2/authorize?client_id=1"),
        NotItsMessage("K7Q4"),
        NothingDeleted("K7Q4"),
        PostStays("K7Q4", closed=True),
        PostStays("K7Q4", closed=False),
        Paused("we move"),
        StoreUnavailable(),
        NoSuchJob(),
        CannotStart(),
        NotYours("K7Q4"),
        MayNotDelete("K7Q4"),
        TooLate("K7Q4", "delivered"),
        PresetOff("Standard", ("Quick", "HD")),
        PartOf(5, 6, on=True),
        NoSuchSetting("frames", "ltx-2.3"),
        NoSuchSetting("frames", "ltx-2.3", presets=("Quick", "Standard")),
        OptionOutOfRange("seconds", 1, 3.1, "wan2.2", {"HD": 5.1}),
        NoSuchSetting("sound", "kling-2.5", ("seconds",), ("veo-3-fast", "veo-3.1")),
        NoLongerOffered("shape", "round", OptionNotOffered("shape", ("wide", "tall"))),
        NoLongerOffered("sound", "", NoSuchSetting("sound", "kling-2.5")),
        OptionNotOffered("seconds", ("5", "10"), "kling-2.5"),
        ModelNotOffered("kling-3", "only others say that it exists", ("wan2.2", "seedance")),
        OptionsClash("seconds", "frames"),
        AttachmentRefused("empty", option="last_frame"),
        ServerUsedUp("server", 9, 0, 2, 1_800_000_000.5),
        NotServed("server"),
        Unlimited(),
        DemoGiven(1_800_000_000.5),
        Blocked(1_800_000_000.5, "spam."),
        ChannelOff((5, 6)),
        PromptRule(),
        BadSetting("cap", (NotInRange("credits", 1, 100_000),)),
        BadFile((NotUtf8(), UnknownPart("extra"))),
        NotANumber("credits", 0, 100_000, ("none", "unlimited", "clear")),
        CannotPostThere(5, ("view_channel",)),
        CannotPostThere(5, ("private_thread", "locked_thread")),
        NoSuchEntry(),
        AlreadyUndone(),
        ChangedSince((Key(Kind.CAP),)),
        NoStaffChannel(),
        *(NotAnEnd("until", mistake) for mistake in get_args(EndMistake)),
        DayOrMonth("until", (date(2027, 4, 5), date(2027, 5, 4))),
        EndsInThePast("until", date(2020, 1, 1), date(2026, 12, 24), "America/Argentina/Salta"),
        NotPercentages("alert"),
        OptionMissing("on", ("True", "False")),
        Forgotten(),
        NoDraft(),
        NoPicture(),
        AskedBefore(1_800_000_000.5),
        AlreadyAnswered(5),
        NotAMember(5),
        IsABot(5),
        NotFoundHere("role"),
        ClipGone(2, released=True),
        ClipTooLarge(charged=True),
        ClipGone(2, released=False),
        ClipNotReady(),
        ClipLetGo("K7Q4", deleted=True),
        ClipLetGo("K7Q4", deleted=False),
        DirectMessagesClosed(),
        MadeBefore("K7Q4", 2, None, ready=False),
        NoClipYet("K7Q4"),
        MadeBefore("K7Q4", 2, (1, 2, 3)),
        TooLongTogether(65.0, 60.0),
        NotALength(),
        StillMaking(Making.SMOOTHER),
        MakerBusy(),
        CannotMake(Making.LOOP),
        TooLongToMake(Making.SMOOTHER, 9.76),
        AlreadySmooth(59.94),
        AlreadySilent(),
    )
}


def refusals_of(kind: type[Refusal]) -> list[type[Refusal]]:
    """The kinds of refusal that are made: those that others are kinds of are not."""
    kinds = kind.__subclasses__()
    return [one for below in kinds for one in refusals_of(below)] if kinds else [kind]


@pytest.mark.parametrize("kind", refusals_of(Refusal))
def test_every_refusal_has_its_sentence(kind: type[Refusal]) -> None:
    said = refusals.sentence(EXAMPLES[kind])
    assert said.endswith(".")
    assert len(said) <= 200
    assert "None" not in said


def test_every_problem_and_mistake_has_its_sentence() -> None:
    assert set(problems.SENTENCES) == set(get_args(Problem))
    assert {*mistake_texts.SENTENCES, InItem} == set(get_args(Mistake))


def test_what_a_file_holds_is_harmless_in_a_sentence() -> None:
    bad = (UnknownPart("{0.x} <@5> *"), InItem("role:@everyone", UnknownField("`x`\n# y")))
    assert refusals.sentence(BadFile(bad)).splitlines()[1:] == [
        '- "{0.x} \\<@\u200b5\\> \\*" is nothing that a file holds.',
        "- role\\:@\u200beveryone has no setting \\`x\\` \\# y.",
    ]


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (
            OptionOutOfRange("guidance", 0, 7.5),
            "`guidance` takes 0 to 7.5 here.",
        ),
        (
            OptionOutOfRange("seed", 0, 2**32 - 1),
            "`seed` takes 0 to 4,294,967,295 here.",
        ),
        (
            QuotaUsedUp(1, "month", 1_800_000_000.9),
            "You have used your 1 credit for this month. Next ones: <t:1800000000:R>.",
        ),
        (
            TooManyOnTheWay(200, "server"),
            "There are already 200 videos on the way here. Please try again in a while.",
        ),
        (
            TooManyOnTheWay(1, "server", 1),
            (
                "There is already 1 video on the way here. 1 is stopped or out of contact, "
                "and counts until the service is done with it. Please try again in a while."
            ),
        ),
        (
            TooManyOnTheWay(3, "member", 2),
            (
                "You already have 3 videos on the way. 2 are stopped or out of contact, "
                "and count until the service is done with them. Start another when one is done."
            ),
        ),
        (
            TooLongToMake(Making.SMOOTHER, 9.76),
            (
                "This video is too long: I can make one of its size smoother if it has at most 9 "
                "seconds."
            ),
        ),
        (
            TooLongToMake(Making.LOOP, 0.0),
            "The picture of this video is too large for me to make it as a loop.",
        ),
        (
            TooLongTogether(20.3, 20.09),
            "Both together would have 21 seconds; one of this size may be extended to 20.",
        ),
        (AttachmentRefused("bytes"), "Pictures up to 25 MB, please."),
        (
            AttachmentRefused("small", 90, 9),
            "The picture is 90 × 9 pixels, which is too small; each side needs at least 64 pixels.",
        ),
        (
            CannotPostThere(5, ("private_thread",)),
            (
                "<#5>: mention me there once, or allow me **Manage Threads** in its channel. "
                "Nothing was changed."
            ),
        ),
        (
            CannotPostThere(5, ("view_channel", "attach_files")),
            (
                "<#5>: allow me **View Channel** and **Attach Files** in its settings, under "
                "Permissions. Nothing was changed."
            ),
        ),
    ],
)
def test_wording(refusal: Refusal, sentence: str) -> None:
    assert refusals.sentence(refusal) == sentence


def test_closed_direct_messages_are_told() -> None:
    said = refusals.sentence(CannotPostHere(("direct",)))
    assert said.startswith("I cannot send you direct messages")
    assert said.endswith("nothing was charged.")


@pytest.mark.parametrize("reason", FailReason)
def test_every_failure_has_a_plain_reason(reason: FailReason) -> None:
    sentences = ending_texts.REASONS | {
        sized: said(7000, 20_000) for sized, said in ending_texts.OF_SIZE.items()
    }
    assert sentences[reason][0].isupper()


def test_credits_are_counted_in_words() -> None:
    assert [credits_(count) for count in (1, 2, 1500)] == ["1 credit", "2 credits", "1,500 credits"]


def test_durations() -> None:
    assert [duration(s) for s in (0.4, 48, 252, 3900)] == ["0 s", "48 s", "4 min 12 s", "1 h 5 min"]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("a paper boat, seen from above - slowly.", "a paper boat, seen from above - slowly."),
        ("@everyone", "@\u200beveryone"),
        ("[a](https://b.example)", "\\[a\\](https\\:\\/\\/b.example)"),
        ("**x** ||y|| `z`", "\\*\\*x\\*\\* \\|\\|y\\|\\| \\`z\\`"),
        ("<@1> <#2> <:e:3> <t:0:R>", "\\<@\u200b1\\> \\<\\#2\\> \\<\\:e\\:3\\> \\<t\\:0\\:R\\>"),
        ("\u202egnp.exe\u2066 a\u200bb\u00adc\x00", "gnp.exe abc"),
        ("one\n> two\r\n\u2028three", "one \\> two three"),
        ("- item", "\\- item"),
        ("\u3164\u2800", ""),
    ],
)
def test_quotes(text: str, quoted: str) -> None:
    assert quote(text) == quoted


def test_a_long_quote_is_cut_between_characters() -> None:
    assert quote("*" * 100, 10) == "\\*\\*\\*\\*…"


@given(st.text(max_size=300), st.integers(5, 100))
def test_a_quote_is_one_short_line_that_mentions_nobody(text: str, most: int) -> None:
    quoted = quote(text, most)
    assert len(quoted) <= most
    assert len(quoted.splitlines()) <= 1
    assert "@everyone" not in quoted
    assert "<@" not in quoted.replace("\\<@\u200b", "")
    seen = quoted.replace("@\u200b", "@")
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in seen)


def test_quota_without_extras() -> None:
    assert quota_texts.show(standing()) == (
        "Credits: 4 of 6 left today · back to 6 <t:1800057600:R>\n"
        "Your limit comes from this server's default (6 a day).\n"
        "On the way: 0 of 3 videos, 1 at a time"
    )


def test_quota_with_a_rule_of_limited_life_and_a_bonus() -> None:
    rule = Rule(scope="user", subject_id=3, limit=Limit(None), until=1_800_000_900.0)
    said = quota_texts.show(standing(rule=rule, bonuses=(Bonus(1, 3, None),)))
    assert said == (
        "Credits: unlimited\nBonus: 3\n"
        "Your limit comes from a rule of your own (unlimited). It counts until <t:1800000900:D>.\n"
        "On the way: 0 of 3 videos, 1 at a time"
    )
