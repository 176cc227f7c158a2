"""The id of an order that waits for a word of its member."""

from __future__ import annotations

import pytest

from bot.core.orders.drafts import ID_MOST, id_of
from bot.core.orders.errors import NoDraft


@pytest.mark.parametrize("text", ["", "x", "-1", "٣", "²", "1_0", " 1", str(ID_MOST + 1)])
def test_what_can_be_no_id(text: str) -> None:
    with pytest.raises(NoDraft):
        id_of(text)


def test_an_id() -> None:
    assert id_of(str(ID_MOST)) == ID_MOST
