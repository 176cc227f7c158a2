"""What `act` makes of a form, of its own options, and of files, without a bot."""

from __future__ import annotations

import base64

import pytest

from sandbox import __main__ as sandbox
from sandbox import act, forms
from sandbox.discord.errors import MemberRefused

OLD = {
    "title": "Ask",
    "components": [
        {"type": 1, "components": [{"type": 4, "custom_id": "why", "label": "Why?"}]},
    ],
}
EDIT = {
    "title": "Edit",
    "components": [
        {"type": 10, "content": "Only a text"},
        {
            "type": 18, "label": "Prompt", "description": "in words",
            "component": {"type": 4, "custom_id": "p", "value": "a fox"},
        },
        {
            "type": 18, "label": "Preset",
            "component": {"type": 3, "custom_id": "s", "options": [
                {"label": "Quick · 1 credit", "value": "q"},
                {"label": "HD · 5 credits", "value": "h", "default": True},
            ]},
        },
    ],
}  # fmt: skip


def test_a_form_shows_what_each_field_holds():
    assert forms.shown(EDIT)[:-1] == [
        "Form: Edit",
        "  Prompt: a fox",
        "    in words",
        "  Preset: HD · 5 credits",
        "    one of: Quick · 1 credit, HD · 5 credits",
    ]
    assert forms.shown(OLD)[:-1] == ["Form: Ask", "  Why?:"]


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["Prompt:a fox: red"], {"p": "a fox: red"}),
        (["prompt: ", "PRESET: quick"], {"p": "", "s": ["Quick · 1 credit"]}),
        (["pre:Dear"], {"s": ["Dear"]}),
        ([], {}),
    ],
)
def test_fields_are_filled_by_their_labels_or_how_those_begin(texts, values):
    assert forms.filled(EDIT, texts) == values


@pytest.mark.parametrize("text", ["a fox", "colour:red", ":red", "red: a fox"])
def test_a_text_for_no_field_is_refused_where_there_are_several(text):
    with pytest.raises(MemberRefused, match="There are Prompt, Preset"):
        forms.filled(EDIT, [text])


@pytest.mark.parametrize("text", ["one last try", "why?:one last try", "w: one last try"])
def test_the_only_field_takes_a_text_without_its_label(text):
    assert forms.filled(OLD, [text]) == {"why": "one last try"}
    assert forms.filled(OLD, ["so: please"]) == {"why": "so: please"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "say what to do: a command, --press"),
        (["/quota show", "--on", "fox"], "--on goes with --press"),
        (["/quota show", "--say", "fox"], "not allowed with"),
    ],
)
def test_what_act_would_ignore_is_refused(given, said, capsys):
    with pytest.raises(SystemExit):
        sandbox.main(["act", *given])
    assert said in capsys.readouterr().err


def test_files_of_one_name_are_kept_beside_each_other(tmp_path):
    def saved(content: bytes) -> str:
        file = {"name": "../preview.jpg", "content": base64.b64encode(content).decode()}
        return act.save(file, tmp_path / "out").name

    assert [saved(one) for one in (b"a", b"b", b"a", b"b", b"c")] == [
        "preview.jpg", "preview-2.jpg", "preview.jpg", "preview-2.jpg", "preview-3.jpg"
    ]  # fmt: skip
