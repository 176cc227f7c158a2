"""The README's picture, drawn from messages that are made here."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from PIL import Image, ImageColor

from sandbox.discord.model import Attachment, Channel, ChannelType, Message, User
from sandbox.picture import messages
from sandbox.picture.messages import drawn

BOT, MIKA = User(1, "Zoetrope", bot=True), User(2, "mika")
ROOM = Channel(3, ChannelType.TEXT)
RED = (250, 0, 0)
CROWD = 60
"""Pixels of one colour that no letter's edge has by chance."""


def message(content="", **fields):
    return Message(4, ROOM, BOT, 0.0, content=content, **fields)


def buttons(*styles):
    row = [{"type": 2, "style": style, "label": "Delete"} for style in styles]
    return [{"type": 1, "components": row}]


def has(picture, colour) -> bool:
    rgb = ImageColor.getrgb(colour) if isinstance(colour, str) else colour
    return Counter(picture.get_flattened_data())[rgb] > CROWD


@pytest.fixture
def red():
    file = io.BytesIO()
    Image.new("RGB", (160, 90), RED).save(file, "PNG")
    return Attachment(5, 3, "K7Q4.png", "image/png", file.getvalue(), 0.0)


def test_a_message_has_its_mention_clip_and_buttons(red):
    whole = message(
        "<@2> here it is", pinged_users=[MIKA], attachments=[red], components=buttons(2, 4)
    )
    picture = drawn([whole])
    assert picture.width == messages.WIDTH
    for colour in (messages.MENTION, RED, messages.BUTTONS[2], messages.BUTTONS[4]):
        assert has(picture, colour)
    bare = drawn([message("here it is")])
    for colour in (messages.MENTION, RED, messages.BUTTONS[2], messages.BUTTONS[4]):
        assert not has(bare, colour)


def test_what_only_one_person_sees_is_on_a_ground_of_its_own():
    assert has(drawn([message("a", ephemeral_for=MIKA)]), messages.PRIVATE)
    assert not has(drawn([message("a")]), messages.PRIVATE)


def test_long_texts_and_many_buttons_take_more_lines():
    def tall(**made):
        return drawn([message(**made)]).height

    one = tall(content="a fox")
    assert tall(content="a fox " * 60) >= one + 2 * messages.HEIGHT
    assert tall(content="a fox\nruns") == one + messages.HEIGHT
    assert tall(components=buttons(*[2] * 30)) > tall(components=buttons(2)) + messages.HEIGHT
    assert tall(content="a fox", reply_to=message("before")) > one
