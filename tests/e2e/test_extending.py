"""Clips that go on, made by a real bot from what it keeps."""

from __future__ import annotations

import io
from itertools import pairwise
from statistics import median

import av
import pytest

from tests.e2e.clips import decoded
from tests.e2e.theatre import Ordered, button
from tests.likeness import psnr

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEAM, SAME = 26.0, 30.0
"""The least peak signal-to-noise ratios, in decibels: of two frames between which the camera hardly
moves, and of one frame before and after it was encoded anew."""


async def extended(theatre, ordered, result, opened=None):
    """The next part, ordered by a form; a form that was opened before may be given."""
    form = opened or await theatre.discord.press(
        ordered.member, result, button(result, "⏩ Extend")
    )
    sent = await theatre.discord.submit_modal(form, {"prompt": "it drifts on"})
    assert not sent.ephemeral, sent.message.content
    return Ordered(theatre, sent)


async def test_a_clip_goes_on_twice_and_a_form_outlives_the_process(theatre):
    ordered = await theatre.order("a red boat on a lake", shape="square")
    result = await ordered.settled_once()
    first = decoded(result)
    form = await theatre.discord.press(ordered.member, result, button(result, "⏩ Extend"))
    await theatre.crash()
    await theatre.start()

    second = await extended(theatre, ordered, result, form)
    posted = await second.settled_once()
    both = decoded(posted)
    part = len(both.frames) + 1 - len(first.frames)
    third = await extended(theatre, ordered, posted)
    last = await third.settled_once()
    whole = decoded(last)
    with av.open(io.BytesIO(last.attachments[0].data)) as container:
        assert container.metadata["comment"] == f"AI-generated video {third.code}"

    assert (whole.size, whole.fps, whole.codec) == (first.size, first.fps, "h264")
    assert part > 1
    assert len(whole.frames) == len(first.frames) + 2 * (part - 1)
    seams = [len(first.frames), len(both.frames)]
    near = [psnr(*two) for two in pairwise(whole.frames)]
    for seam in seams:
        assert near[seam - 1] > max(SEAM, median(near)), near
    for before, after in zip(first.frames, whole.frames, strict=False):
        assert psnr(before, after) > SAME
