"""What `/settings` says."""

from __future__ import annotations

from bot.core.orders.preferences import Preferences
from bot.discord_app.text.wording import joined, lines, quote

AS_SERVER, AS_PRESET = "Preset: as the server has it", "Shape: as the preset has it"
SPOILER = {True: "Hide my videos: on", False: "Hide my videos: off"}
COPY = {True: "Copy by direct message: on", False: "Copy by direct message: off"}
NAME_MOST = 60
HEAD = (
    "**Your settings**, on every server. They fill what an order leaves open; an option that you "
    "type wins, and a picture decides its shape itself."
)
HIDDEN = "Your videos are hidden until somebody clicks on them."
COPIED = (
    "A video that is posted in a channel comes to your direct messages too, if they are open and "
    "take a file of its size. That copy is yours: it stays when the post is deleted, and has its "
    "own button to delete it."
)


def show(own: Preferences, *, preset_is_here: bool) -> str:
    """What a member prefers, and what comes of it."""
    preset = f"Preset: **{quote(own.preset, NAME_MOST)}**." if own.preset else f"{AS_SERVER}."
    here = "" if preset_is_here else "It is not offered here, so that the server's is used."
    shape = f"Shape: **{quote(own.shape, NAME_MOST)}**." if own.shape else f"{AS_PRESET}."
    return lines(
        HEAD,
        joined(preset, here),
        shape,
        HIDDEN if own.spoiler else "",
        COPIED if own.copy else "",
    )
