"""How a section of a server's settings is: its channels, presets, words and log channel."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.orders.presets import Preset, Presets
from bot.core.rules.server_settings import Channels, Log, PresetsOff, Words
from bot.discord_app.text.wording import counted, credits_, listed, quote, to_allow

NO_LOG = (
    "This server has no log channel: changes are not shown to its staff, and members cannot ask "
    "for more credits. `/quota-admin log` still lists the changes."
)
CHANNELS_SHOWN = 40
WORDS_ROOM = 1600

Trouble = Mapping[int, tuple[str, ...]]
"""By channel, what the bot lacks there."""


def channels(section: Channels, trouble: Trouble | None = None) -> str:
    """Where videos may be made, and what speaks against it in channels that are open."""
    lines = [_where(section)]
    lines += [_closed_to_us(*item) for item in (trouble or {}).items()]
    return "\n".join(lines)


def _where(section: Channels) -> str:
    shown = [f"<#{channel_id}>" for channel_id in section.ids[:CHANNELS_SHOWN]]
    more = len(section.ids) - len(shown)
    names = listed((*shown, f"{more} more") if more else tuple(shown))
    if section.closed:
        return "Videos are switched off in every channel. `/video-admin channels open:` opens one."
    if section.only_listed:
        return f"Videos may be made only in {names}."
    if names:
        return f"Videos may be made everywhere except in {names}."
    return "Videos may be made everywhere."


def _closed_to_us(channel_id: int, missing: tuple[str, ...]) -> str:
    return f"⚠️ {to_allow(channel_id, missing)} Until then videos are refused there."


def presets(section: PresetsOff, known: Presets) -> str:
    """Every preset and the least it costs, on or off; also those that the bot no longer has."""
    lines = [_preset(preset, off=section.has(preset.name)) for preset in known.presets.values()]
    names = {name.casefold() for name in known.presets}
    gone = [name for name in section.names if name.casefold() not in names]
    lines += [f"- {quote(name, 60)} · off · the bot no longer has it" for name in gone]
    if section.has(known.default):
        lines.append(
            f"Members who choose none get {quote(known.default, 60)}; "
            "while it is off, they have to choose."
        )
    return "\n".join(lines)


def _preset(preset: Preset, *, off: bool) -> str:
    name, price = quote(preset.name, 60), credits_(preset.credits)
    return f"- {name} · from {price} · off" if off else f"- {name} · from {price} · on"


def words(section: Words) -> str:
    """The words that no prompt may hold, hidden until somebody clicks on them."""
    if not section.words:
        return "Every word is allowed in prompts."
    shown: list[str] = []
    for word in section.words:
        text = quote(word, 120)
        if sum(map(len, shown)) + 2 * len(shown) + len(text) > WORDS_ROOM:
            break
        shown.append(text)
    more = len(section.words) - len(shown)
    hidden = f"||{', '.join(shown)}||"
    count = counted(len(section.words), "word")
    if more:
        said = f"{count} not allowed in prompts: {hidden} and {more:,} more"
    else:
        said = f"{count} not allowed in prompts: {hidden}"
    return f"{said}\nMembers are not told which of them a prompt has."


def log_channel(section: Log | None) -> str:
    """Where staff sees what happens, and what that is."""
    if section is None:
        return NO_LOG
    return (
        f"Log channel: <#{section.channel_id}>. Staff sees there each change of an admin, with "
        "Undo; when this server's credits run low; and members who ask for more."
    )


def closed_log(channel_id: int, missing: tuple[str, ...]) -> str:
    """The log channel would stay empty."""
    return f"⚠️ Log channel {to_allow(channel_id, missing)}"


def lost_log(channel_id: int) -> str:
    """The log channel is gone, or is an archived thread, which Discord does not tell."""
    return (
        f"⚠️ I do not see the log channel <#{channel_id}>. Unless it is an archived thread, "
        "choose another with `/video-admin log-channel`."
    )
