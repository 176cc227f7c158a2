"""What the greeting and `/help` say."""

from __future__ import annotations

from bot.core.orders.presets import Preset, Presets
from bot.core.orders.recipe import Kind
from bot.core.rules.errors import ChannelOff
from bot.core.rules.quota import Standing
from bot.discord_app.quota import quota_texts
from bot.discord_app.text import refusals
from bot.discord_app.text.wording import credits_, lines, quote

GREETING = (
    "Hello! I make short videos from words and pictures. Whoever manages this server begins with "
    "`/video-admin setup`: three choices and a free clip. `/help` tells everybody how to make one."
)
BEGIN = (
    "`/video` makes a clip from words, `/animate` from a picture, as does *Animate this picture* "
    "in the menu of a message, under *Apps*. That takes some minutes; then the clip is posted here."
)
PROMPTS = """**Prompts that work well** say who moves and how, what the camera does, and the light:
> a paper boat drifts down a rainy street at dusk, the camera follows it, lamps glow in the puddles
> a red fox jumps through deep snow towards the camera, slow motion, low morning sun
> steam rises from a cup at a window, rain runs down the glass, the camera moves in, soft light"""
BUTTONS = """**Buttons**
`Cancel` before the service has your order: the credits come back
`Stop waiting` while it works on it: the credits stay used
`🔁 Again` and `Try again` the same with a new seed · `✏️ Edit` with other words or settings
`⏩ Extend` makes what happens next, and joins it to the clip · whoever presses these pays
`✨ More…` a better version for its price; a GIF, smoother, a loop, silent, sent to you: all free
`🗑 Delete` removes the clip, for its member and whoever may manage messages
`Get the video` brings a clip that I could not post; I keep it for a week
`/jobs list` and `/jobs show` have them all again; `/settings` keeps your own preset and shape."""
PRESETS_SHOWN, NAME_MOST = 15, 40
KINDS = {Kind.VIDEO: "`/video`", Kind.ANIMATE: "`/animate`"}


def guide(presets: Presets, standing: Standing, closed: ChannelOff | None) -> str:
    """Everything for a beginning; `closed` tells that nothing can be ordered in this channel."""
    return lines(
        BEGIN,
        refusals.sentence(closed) if closed else "",
        PROMPTS,
        _offered(presets, standing),
        f"**Your credits**\n{quota_texts.balance(standing)}",
        BUTTONS,
    )


def _offered(presets: Presets, standing: Standing) -> str:
    """The presets that are on here, and the least that each costs."""
    found = [one for one in presets.presets.values() if not standing.settings.presets.has(one.name)]
    said = [_preset(one) for one in found[:PRESETS_SHOWN]]
    more = len(found) - len(said)
    if more:
        said.append(f"and {more:,} more")
    return f"**Presets**\n{' · '.join(said) or 'None is switched on here.'}"


def _preset(preset: Preset) -> str:
    price = f"{quote(preset.name, NAME_MOST)} from {credits_(preset.credits)}"
    if len(preset.models) == len(KINDS):
        return price
    return f"{price} (only {' '.join(KINDS[kind] for kind in preset.models)})"
