"""What may be ordered is data, checked when the bot starts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.orders.errors import (
    ModelNotOffered,
    NoSuchSetting,
    OptionNotOffered,
    OptionOutOfRange,
    OptionsClash,
    PromptLength,
)
from bot.core.orders.presets_file import load
from bot.core.orders.recipe import Kind
from bot.errors import SettingsError
from bot.settings import PRESETS
from tests.builders import presets, recipe, request

SHIPPED = PRESETS.read_text()
HD_SECONDS = 'seconds = { choices = [5], default = 5, field = "duration", as = "text" }'


def test_an_order_takes_every_open_choice_from_its_preset() -> None:
    made = recipe()
    assert (made.preset, made.model, made.shape) == ("Standard", "wan2.2", "square")
    assert (made.frames, made.fps, made.steps, made.guidance) == (25, 8, 20, 7)
    assert (made.width, made.height, made.credits) == (512, 512, 2)
    assert made.avoid


def test_options_override_the_preset_within_its_limits() -> None:
    made = recipe(frames=10, fps=16, steps=50, guidance=0.0, seed=5, shape="Tall", format="gif")
    assert (made.frames, made.fps, made.steps, made.guidance, made.seed) == (10, 16, 50, 0.0, 5)
    assert (made.width, made.height, made.format) == (288, 512, "gif")


@pytest.mark.parametrize(
    "options",
    [{"frames": 26}, {"frames": 7}, {"fps": 17}, {"steps": 51}, {"guidance": 8.1}, {"seed": -1},
     {"seed": 2**32}],
)  # fmt: skip
def test_options_outside_the_limits_are_refused(options: dict) -> None:
    with pytest.raises(OptionOutOfRange) as refused:
        recipe(**options)
    assert refused.value.option in options


@pytest.mark.parametrize(
    "options",
    [
        {"preset": "Cinema"},
        {"model": "sora"},
        {"shape": "round"},
        {"preset": "HD", "shape": "square"},
        {"model": "ltx-2.3", "frames": 20},
        {"model": "seedance-picture"},
        {"model": "wan2.5"},
        {"format": "avi"},
    ],
)
def test_what_is_not_offered_is_refused(options: dict) -> None:
    with pytest.raises((OptionNotOffered, NoSuchSetting)):
        recipe(**options)


def test_a_model_asked_for_by_name_brings_its_price_and_its_time() -> None:
    made = recipe(preset="Quick", model="wan2.2-hd", frames=120)
    assert (made.credits, made.usual) == (8, 420)
    assert recipe(preset="Quick", model="wan2.2").credits == 1


def test_what_nobody_can_see_is_no_prompt() -> None:
    with pytest.raises(PromptLength):
        recipe(prompt="\u200b\u200d\u2066\x00")
    made = recipe(prompt=" a \u202eboat\x00\ud800 on\n\nwater \U0001f469\u200d\U0001f680 ")
    assert made.prompt == "a boat on water \U0001f469\u200d\U0001f680"


@pytest.mark.parametrize("prompt", ["", "ab", "   a  ", "x" * 1001])
def test_a_prompt_has_three_to_a_thousand_characters(prompt: str) -> None:
    with pytest.raises(PromptLength):
        recipe(prompt=prompt)


def test_a_picture_needs_no_prompt() -> None:
    assert recipe(kind=Kind.ANIMATE, prompt="").prompt == load(PRESETS).motion


def test_the_old_model_and_its_five_knobs_stay_orderable() -> None:
    made = recipe(
        model="cogvideox", frames=25, steps=50, guidance=7.5, fps=16, shape="wide", format="gif"
    )
    assert (made.model, made.frames, made.steps, made.guidance, made.fps) == (
        "cogvideox", 25, 50, 7.5, 16,
    )  # fmt: skip


def test_every_preset_can_be_ordered_for_words_and_for_pictures() -> None:
    for name in load(PRESETS).presets:
        for kind in Kind:
            assert recipe(preset=name, kind=kind).preset == name


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('default = "Standard"', 'default = "Super"', "Super"),
        ('family = "v6"', 'family = "v9"', "v9"),
        ("credits = 1\n", "credits = 0\n", "at least 1 credit"),
        ('video = "wan2.2-hd"', 'video = "nothing"', "nothing"),
        ('video = "wan2.2-hd"\nanimate = "wan2.2-hd"', "", "neither"),
        ('[presets.Standard]\nvideo = "wan2.2"', "[presets.Standard]", "default preset"),
        ("credits = 5", 'credits = "5"', "whole number"),
        ("low = 8,", 'low = "8",', "number"),
        ("usual = 240", "usual = nan", "number"),
        ("usual = 240", "usual = 0", "some seconds"),
        ("usual = 120", "usual = -5", "some seconds"),
        ("usd_per_credit = 0.04", "usd_per_credit = 0", "more than 0"),
        ("work = 0.08", "work = -0.08", "a work cannot cost less than nothing"),
        ("usd_per = { work = 0.08 }", "usd_per = {}", "usd_per must say"),
        ("usd_per = { work = 0.08 }", "usd_per = 0.08", "should be a table"),
        (
            "usd_per = { call = 0.22 }",
            "usd_per = { second = 1 }",
            "second needs seconds or frames and",
        ),
        ("usd_per = { call = 0.22 }", "usd_per = { work = 1 }", "work needs frames and steps"),
        ("choices = [5, 10, 15]", "choices = [0, 10, 15]", "seconds needs lengths of 1 to 60"),
        ("choices = [5, 10, 15]", "choices = []", "seconds needs lengths of 1 to 60"),
        ("low = 5, high = 12", "low = 5, high = 12000000000", "seconds needs lengths of 1 to 60"),
        ("low = 5, high = 12", "low = 12, high = 5", "seconds needs lengths of 1 to 60"),
        ("choices = [5, 10, 15], default = 5", "choices = [5], default = 6", "none of its lengths"),
        (
            'field = "num_frames", low = 17',
            'field = "fps", low = 17',
            "two keys send the field fps",
        ),
        ('field = "duration"', 'field = "resolution"', "two keys send the field resolution"),
        (
            'last_frame = { field = "end_image" }',
            HD_SECONDS,
            "seconds and frames both say how long",
        ),
        (
            'source = "SDK; price',
            'last_frame = { field = "end_image" }\nsource = "SDK; price',
            "model seedance: last_frame needs a model for animate",
        ),
        ('source = "reference"', 'source = " "', "source must say"),
        (
            'remote = "wan2.2"',
            'off = "later"\nremote = "wan2.2"',
            "preset Quick: model wan2.2 is off",
        ),
        ("credits = 1\n", "credits = 1\nseconds = 5\n", "model wan2.2 has no setting seconds"),
        ("credits = 5", "credits = 4", "at model wan2.2-hd is worth 5"),
        ("credits = 5\nshapes", "credits = 5\nguidance = 99\nshapes", "outside"),
        ("[presets.HD]", f"[presets.{'H' * 61}]", "60 characters"),
        ('motion = "', 'motion = 5 # "', "should be a text"),
        ('shapes = ["wide", "tall"]', 'shapes = ["square"]', "no shape square"),
        ("frames = 16", "frames = 99", "frames 99"),
        ("credits = 5", "", "credits"),
        ("[models.cogvideox]", "[models.cogvideox", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_one_clear_sentence(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    path = tmp_path / "presets.toml"
    path.write_text(SHIPPED.replace(old, new, 1))
    with pytest.raises(SettingsError) as refused:
        load(path)
    assert problem in str(refused.value)
    assert "PRESETS_FILE" in str(refused.value)


def test_a_missing_file_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("frames = 16", "step = 12", "[presets.Quick] unknown step; did you mean steps?"),
        ('remote = "wan2.2"', 'remote = "wan2.2"\nfamilly = "v6"', "did you mean family?"),
        ("default = 25 }", "defualt = 25 }", "default is missing"),
        ("default = 25 }", "defualt = 25 }", "unknown defualt; did you mean default?"),
        ('motion = "', 'motions = "a"\nmotion = "', "unknown motions; did you mean motion?"),
        ('["video", "animate"]', '["animated"]', "unknown animated; did you mean animate?"),
        ('formats = ["mp4", "gif"]', 'formats = ["mp4", "webm"]', "formats has an unknown webm"),
        ("fps = { field", "fpss = { field", "knobs has an unknown fpss; did you mean fps?"),
        ("[presets.HD]", "[presets.HD]\nmood = 5", "unknown mood"),
        ("[models.cogvideox]", "[models.x]\n[models.cogvideox]", "[models.x] remote is missing"),
        ("guidance = { field", "gui = 5 #", "knobs has an unknown gui"),
        ("usual = 240", "seconds = 240", "[models.wan2.2] seconds = 240 should be a table"),
        ("choices = [5, 10, 15]", "choice = [5, 10]", "unknown choice; did you mean choices?"),
        ("choices = [5, 10, 15]", "choices = [5.5]", "choices = [5.5] should be a list of whole"),
        ('as = "text"', 'as = "words"', "ltx-2.3-ratio seconds] as has an unknown words"),
        ("low = 5,", "choices = [5], low = 5,", "[models.ltx-2.3 seconds] unknown low"),
        ('as = "text"', 'as = "texts"', "as has an unknown texts; did you mean text?"),
        ("default = true", 'default = "yes"', "veo-3-fast sound] default = yes should be true or"),
        ('{ field = "end_image" }', '"end_image"', "last_frame = end_image should be a table"),
        ('{ field = "end_image" }', "{}", "[models.wan2.2-hd last_frame] field is missing"),
        ('source = "reference"', "", "[models.wan2.2] source is missing"),
        ("usual = 240", "credits = 1", "[models.wan2.2] unknown credits; did you mean usd_per?"),
        ("{ work = 0.08 }", "{ works = 1 }", "usd_per] unknown works; did you mean work?"),
        ("wide = { width", "wide = 5 #", "shapes.wide] 5 should be a table"),
        ("low = 8, high = 25", "low = 8, high = 20", "default of frames is outside"),
    ],
)  # fmt: skip
def test_what_nobody_reads_is_named_with_what_it_should_be(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    path = tmp_path / "presets.toml"
    path.write_text(SHIPPED.replace(old, new, 1))
    with pytest.raises(SettingsError) as refused:
        load(path)
    assert told in "\n".join(refused.value.problems)


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "presets.toml"
    path.write_text(
        SHIPPED.replace("credits = 1\n", "credits = true\n")
        .replace("usual = 240", 'usual = "long"')
        .replace("frames = 16", "frame = 16")
    )
    with pytest.raises(SettingsError) as refused:
        load(path)
    assert len(refused.value.problems) == 4
    assert all(problem.startswith("PRESETS_FILE ") for problem in refused.value.problems)


def test_a_recipe_knows_how_long_its_clip_will_be() -> None:
    assert recipe(frames=20, fps=10).length == 2.0
    assert replace(recipe(), seconds=10).length == 10
    assert recipe(model="ltx-2.3", seconds=8).length == 8
    assert recipe(model="seedance").length is None


def test_a_length_becomes_frames_where_the_model_counts_those() -> None:
    """At the order's frames a second, its own or the preset's."""
    made = recipe(seconds=2.5)
    assert (made.frames, made.fps, made.seconds) == (20, 8, None)
    assert recipe(seconds=1.5, fps=16).frames == 24
    assert recipe(preset="HD", seconds=5).frames == 80
    assert recipe(preset="HD", seconds=10, fps=12).frames == 120


@pytest.mark.parametrize(
    ("options", "low", "high"),
    [({"seconds": 4}, 1.0, 3.1), ({"seconds": 0.5}, 1.0, 3.1), ({"seconds": -1}, 1.0, 3.1),
     ({"seconds": 2, "fps": 16}, 0.5, 1.5), ({"preset": "HD", "seconds": 10}, 1.1, 7.5),
     ({"seconds": float("nan")}, 1.0, 3.1), ({"seconds": float("inf")}, 1.0, 3.1)],
)  # fmt: skip
def test_a_length_that_the_frames_do_not_reach_is_refused_with_those_that_they_do(
    options: dict, low: float, high: float
) -> None:
    with pytest.raises(OptionOutOfRange) as refused:
        recipe(**options)
    assert (refused.value.option, refused.value.low, refused.value.high) == ("seconds", low, high)
    for seconds in (low, high):
        assert recipe(**options | {"seconds": seconds}).length == pytest.approx(seconds, abs=0.1)


@pytest.mark.parametrize("seconds", [4, 5.5, 7, 60, -5, float("nan")])
def test_a_length_that_the_model_lacks_is_refused_with_those_that_it_has(seconds: float) -> None:
    with pytest.raises(OptionNotOffered) as refused:
        recipe(model="kling-2.5", seconds=seconds)
    assert (refused.value.choices, refused.value.model) == (("5", "10"), "kling-2.5")


def test_a_length_and_a_number_of_frames_are_one_too_many() -> None:
    with pytest.raises(OptionsClash):
        recipe(seconds=2, frames=16)


def test_sound_and_a_last_frame_are_for_models_that_know_them() -> None:
    assert recipe().sound is None
    assert [recipe(model="veo-3-fast", sound=on).sound for on in (None, True, False)] == [
        True, True, False,
    ]  # fmt: skip
    animated = {"kind": Kind.ANIMATE, "last_frame": "https://cdn.example/b.png"}
    assert recipe(preset="HD", **animated).last_frame
    for options in ({"sound": True}, {"sound": False}, animated, animated | {"sound": True}):
        with pytest.raises(NoSuchSetting) as refused:
            recipe(**options)
        assert refused.value.model == "wan2.2"
        assert refused.value.option not in refused.value.has
        assert refused.value.takers or options["kind"] is Kind.ANIMATE


def test_a_model_that_is_off_says_why_when_it_is_asked_for() -> None:
    with pytest.raises(ModelNotOffered) as refused:
        recipe(model=" Kling-3 ")
    assert (refused.value.model, refused.value.why) == ("kling-3", presets().models["kling-3"].off)
    assert "kling-2.5" in refused.value.choices
    assert not {"kling-3", "kling-2.5-picture"} & {*refused.value.choices}
    with pytest.raises(OptionNotOffered):
        recipe(model="kling-3", kind=Kind.ANIMATE)


def test_a_preset_may_have_a_length_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "presets.toml"
    path.write_text(f'{SHIPPED}\n[presets.Long]\nvideo = "kling-2.5"\ncredits = 21\n'
                    'shapes = ["wide"]\nseconds = 10\n')  # fmt: skip
    found = load(path)
    made = found.resolve(request(preset="Long"))
    assert (made.seconds, made.credits) == (10, 21)
    assert found.resolve(request(preset="Long", model="ltx-2.3")).seconds == 10
    assert found.resolve(request(preset="Long", model="veo-3-fast")).seconds == 8
    path.write_text(path.read_text().replace("seconds = 10", "seconds = 7"))
    with pytest.raises(SettingsError, match="preset Long: seconds 7 is none of the model's"):
        load(path)
