"""What a member writes is kept as written, in every script; what nobody can see is not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.orders.cleaning import clean
from bot.core.orders.errors import PromptLength
from bot.core.orders.presets import PROMPT_MOST
from bot.discord_app.text.wording import quote
from bot.modelslab import payloads
from tests.builders import recipe
from tests.unit.test_wire import MODELS, job

AS_WRITTEN = {
    "English": "a paper boat, slowly - 50 % & more!",
    "Vietnamese, composed": "một chiếc thuyền giấy trôi trên phố mưa",
    "Vietnamese, decomposed": unicodedata.normalize("NFD", "chiếc thuyền trườn về phía ngọn lửa"),
    "Greek with three marks above": "α\u0304\u0314\u0301 ᾧ",
    "German against a ligature": "Auf\u200clage",
    "Persian": "می\u200cرود",
    "Persian plural": "کتاب\u200cها و خانه\u200cها",
    "Persian year, a joiner before a full stop": "۱۴۰۴ ه\u200d.ش",
    "Arabic, vocalised": "بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ",
    "Arabic end of verse": "آية \u06dd١",
    "Urdu": "پانی میں کشتی",
    "Hebrew with points": "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים",
    "Hebrew with six marks on a letter": "מִתָּ֑\u034fַ֜חַת",
    "Devanagari": "क्षत्रिय र्\u200dय हिंदी में",
    "Devanagari, shown apart": "क्\u200cष",
    "Bengali": "র\u200d্যাব ক্\u200cষ",
    "Malayalam, older chillu at a word's end": "അവന്\u200d വന്നു",
    "Malayalam, chillu between": "എന്\u200dറെ വള്ളം",
    "Kannada": "ರ\u200d್ಯಾ ಕ್\u200c",
    "Sinhala": "ශ්\u200dරී ලංකා",
    "Tamil": "ஸ்ரீ படகு",
    "Thai": "เรือกระดาษล่องน้ำที่ปู่ซื้อ",
    "Lao": "ເຮືອເຈ້ຍລ່ອງນ້ຳ",
    "Khmer, words parted without width": "ទូក\u200bក្រដាស\u200bអណ្តែត",
    "Burmese": "စက္ကူလှေ မြွှာ ကျွန်ုပ်",
    "Tibetan, eight marks": "ཧྐྵྨླྺྼྻྂ",
    "Mongolian": "ᠰᠠᠷ\u180eᠠ ᠨ\u180bᠠ",
    "Chinese with a variant": "葛\U000e0100飾区 纸船",
    "Japanese": "紙の船が、雨の街を流れる。",
    "Japanese, decomposed": unicodedata.normalize("NFD", "がぎぐ パピプ"),
    "Korean": "종이배가 떠간다",
    "Korean, decomposed": unicodedata.normalize("NFD", "종이배"),
    "Armenian and Georgian": "թղթե նավակ ქაღალდის ნავი",
    "Amharic": "የወረቀት ጀልባ",
    "family": "\U0001f468\u200d\U0001f469\u200d\U0001f467 on a beach",
    "rainbow flag": "\U0001f3f3\ufe0f\u200d\U0001f308",
    "pirate flag": "\U0001f3f4\u200d\u2620\ufe0f",
    "flags of countries": "\U0001f1fa\U0001f1e6\U0001f1e9\U0001f1ea",
    "flag of Texas": "\U0001f3f4\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f now",
    "skin and hair": "\U0001f469\U0001f3fd\u200d\U0001f9b0",
    "health worker": "\U0001f9d1\U0001f3ff\u200d\u2695\ufe0f",
    "head shaking, with an arrow": "\U0001f642\u200d\u2194\ufe0f",
    "keycaps": "1\ufe0f\u20e3 #\ufe0f\u20e3 *\ufe0f\u20e3",
    "hearts as text and picture": "❤\ufe0e ❤\ufe0f ‼\ufe0f",
    "emoji newer than Unicode 14": "\U0001fa77 \U0001fae8 \U0001fac6",
    "mathematics": "x̂ ≠ ⃗v √2",
    "phonetics": "ẽ̞ː n̪͡ɾ",
}  # fmt: skip

CHANGED = {
    "bidi override": ("\u202egnp.exe\u202c", "gnp.exe"),
    "bidi isolates and marks": ("a\u2066b\u2069 \u200fc\u200e\u061c", "ab c"),
    "control characters": ("a\x00b\x1b[0m\x7f\x9b", "ab[0m"),
    "unpaired surrogates": ("boat\ud800 \udfff", "boat"),
    "private use and noncharacters": ("a\ue000b\ufffe\U0001ffff\ufdd0", "ab"),
    "soft hyphen, word joiner, byte-order mark": ("pa\u00adper\u2060 \ufeffboat", "paper boat"),
    "tags without a flag": ("hi\U000e0068\U000e0069", "hi"),
    "tags without an end": ("\U0001f3f4\U000e0067\U000e0062\U000e0073", "\U0001f3f4"),
    "a text in tags": ("\U0001f3f4" + "\U000e0061" * 40 + "\U000e007f", "\U0001f3f4"),
    "a text in selectors": ("\u2764" + "\U000e0110\ufe03" * 9, "\u2764\U000e0110"),
    "a selector of nothing": ("\ufe0f a \ufe0f", "a"),
    "joiners of nothing": ("\u200d a\u200d \u200c!\u200cb \u200b", "a !b"),
    "rows of joiners": ("می\u200c\u200c\u200d\u200cرود", "می\u200cرود"),
    "a hidden space in Latin": ("sec\u200bret", "secret"),
    "blank letters": ("\u3164a\u115f\uffa0b", "ab"),
    "spaces and line ends": (" a\r\n\n\u2028\tb\u00a0\u3000c\u2800d\x85", "a b c d"),
    "a tower": ("Z" + "\u0300\u0316" * 40, "Z" + "\u0300\u0316" * 3),
    "a tower of all sorts": (
        "o" + "".join(map(chr, range(0x300, 0x350))),
        "o\u0300\u0301\u0302\u0315\u0316\u0317\u0318\u031a",
    ),
    "a Thai tower": ("ก" + "\u0e47" * 50, "ก\u0e47\u0e47\u0e47"),
    "a tower with hidden floors": (
        "a" + "\u0300\u200d\ufe0f" * 20,
        "a\u0300\u200d\u0300\u200d\u0300",
    ),
    "an enclosed tower": ("a" + "\u20dd" * 9, "a\u20dd\u20dd\u20dd"),
}  # fmt: skip


@pytest.mark.parametrize("text", AS_WRITTEN.values(), ids=AS_WRITTEN)
def test_what_is_written_goes_out_and_is_shown_as_it_was_written(text: str) -> None:
    assert clean(text) == text
    ordered = job(prompt=f"{text} film", avoid=text)
    assert (ordered.recipe.own_words, ordered.recipe.avoid) == (f"{text} film", text)
    sent = payloads.order(ordered, MODELS[ordered.recipe.model], None)
    assert (sent["prompt"], sent["negative_prompt"]) == (f"{text} film", text)
    assert quote(text).replace("\\", "").replace("@\u200b", "@") == text


@pytest.mark.parametrize(("text", "left"), CHANGED.values(), ids=CHANGED)
def test_what_nobody_can_see_goes(text: str, left: str) -> None:
    assert clean(text) == left
    made = recipe(prompt=f"film {text}", avoid=text)
    assert (made.prompt, made.avoid) == (clean(f"film {text}"), left)


ODD = "".join(
    {c for text in (*AS_WRITTEN.values(), *(t for t, _ in CHANGED.values())) for c in text}
)
"""Letters, marks, joiners, tags and hidden characters, to be mixed."""


@given(st.text(st.one_of(st.sampled_from(ODD), st.characters()), max_size=60))
def test_cleaning_is_done_once_and_leaves_all_letters_in_order(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert len(cleaned) <= len(text)
    rest = iter(text)
    assert all(c == " " or c in rest for c in cleaned), "nothing is added, and none changes places"
    assert letters(cleaned) == letters(text)


def letters(text: str) -> list[str]:
    """All that is drawn and is not a mark."""
    blank = "\u115f\u1160\u2800\u3164\uffa0"
    return [c for c in text if unicodedata.category(c)[0] in "LNPS" and c not in blank]


def test_a_prompt_has_as_many_characters_as_discord_counts() -> None:
    """Emoji beyond the basic plane count once, though they are two units of UTF-16."""
    assert len(recipe(prompt="\U0001f6a4" * PROMPT_MOST).prompt) == PROMPT_MOST
    with pytest.raises(PromptLength):
        recipe(prompt="\U0001f6a4" * (PROMPT_MOST + 1))


@pytest.mark.parametrize(
    "link",
    ["discord.gg/abc", "https://discord.gg/abc", "<https://discord.com/invite/abc>",
     "discord.com/oauth2/authorize?client_id=1", "discord.new/abc", "http://x.example/a.png",
     "[free](https://x.example)"],
)  # fmt: skip
def test_nothing_in_a_quote_is_a_link(link: str) -> None:
    """Discord's clients look for invitations without a scheme too, whatever a message's flags."""
    quoted = quote(f"look {link} now")
    assert "/" not in quoted.replace("\\/", "")
    assert ":" not in quoted.replace("\\:", "")
    assert quoted.replace("\\", "") == f"look {link} now"
