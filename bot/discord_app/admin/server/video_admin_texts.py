"""What `/video-admin` says about where, with what and whether videos are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.admin.ports import Queue
from bot.core.orders.presets import Preset, Presets
from bot.core.rules.quota import Pot
from bot.core.rules.server_settings import (
    REASON_MOST,
    Channels,
    Log,
    Pause,
    PresetsOff,
    ServerSettings,
    Words,
)
from bot.discord_app.text.texts import MISSING
from bot.discord_app.text.wording import (
    counted,
    credits_,
    fit,
    listed,
    moment,
    per_window,
    quote,
)

NO_LOG = (
    "This server has no log channel: changes are not shown to its staff, and members cannot ask "
    "for more credits. `/quota-admin log` still lists the changes."
)
NOT_PAUSED = "Videos were not paused, so nothing changed."
NOTHING_CHANGED = "It was so already, so nothing changed. "
NEW_LIST = "The list begins anew, as another mode turns its meaning round. "
CHANNELS_SHOWN = 40
WORDS_ROOM = 1600

Trouble = Mapping[int, tuple[str, ...]]
"""By channel, what the bot lacks there."""


def channels(section: Channels, trouble: Trouble | None = None) -> str:
    """Where videos may be made, and what speaks against it in channels that are open."""
    lines = [_places(section)]
    lines += [_closed_to_us(*item) for item in (trouble or {}).items()]
    return "\n".join(lines)


def _places(section: Channels) -> str:
    named = [f"<#{channel_id}>" for channel_id in section.ids[:CHANNELS_SHOWN]]
    more = len(section.ids) - len(named)
    places = listed((*named, f"{more} more") if more else tuple(named))
    if section.mode == "none":
        if places:
            return f"Videos may be made only in {places}."
        return "Videos are switched off in every channel. `/video-admin channels` opens some."
    return f"Videos may be made everywhere{f' except in {places}' if places else ''}."


def _closed_to_us(channel_id: int, missing: tuple[str, ...]) -> str:
    lacks = listed(tuple(MISSING[name] for name in missing), "or")
    return (
        f"⚠️ <#{channel_id}>: I am not allowed to {lacks}, so videos would be refused there. "
        "A moderator can fix that."
    )


def presets(section: PresetsOff, known: Presets) -> str:
    """Every preset with its price, on or off; also those that the bot no longer has."""
    lines = [_preset(preset, off=section.has(preset.name)) for preset in known.presets.values()]
    names = {name.casefold() for name in known.presets}
    gone = [name for name in section.names if name.casefold() not in names]
    lines += [f"- {quote(name, 60)} · off · the bot no longer has it" for name in gone]
    if section.has(known.default):
        lines.append(
            f"Members who choose none get {quote(known.default, 60)}; "
            "while it is off, they have to choose."
        )
    return fit("\n".join(lines))


def _preset(preset: Preset, *, off: bool) -> str:
    return f"- {quote(preset.name, 60)} · {credits_(preset.credits)} · {'off' if off else 'on'}"


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
    hidden = f"||{', '.join(shown)}||" + (f" and {more:,} more" if more else "")
    return (
        f"{counted(len(section.words), 'word')} not allowed in prompts: {hidden}\n"
        "Members are not told which of them a prompt has."
    )


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
    lacks = listed(tuple(MISSING[name] for name in missing), "or")
    return f"⚠️ Log channel <#{channel_id}>: I am not allowed to {lacks}; a moderator can fix that."


def lost_log(channel_id: int) -> str:
    """The log channel is gone, or is a thread that sleeps, which Discord does not tell."""
    return (
        f"⚠️ I do not see the log channel <#{channel_id}>. Unless it is a thread that sleeps, "
        "choose another with `/video-admin log-channel`."
    )


def paused(section: Pause, before: Pause | None, queue: Queue, *, changed: bool) -> str:
    """Videos are paused, or were paused before."""
    reason = quote(section.reason, REASON_MOST) if section.reason else "none given"
    on_the_way = queue.running + queue.waiting
    still = f"{counted(on_the_way, 'video')} on the way will still be posted."
    if before and not changed:
        return f"Videos were paused already, so nothing changed. Reason: {reason}. {still}"
    if before:
        was = quote(before.reason, REASON_MOST) if before.reason else "none given"
        return f"Videos were paused already. The reason is now: {reason} (was: {was}). {still}"
    read = f"Members read the reason: {reason}." if section.reason else "Members read no reason."
    return f"Videos are paused on this server. {read} {still} `/video-admin resume` ends the pause."


def resumed(before: Pause) -> str:
    """The pause has ended."""
    reason = f" They were paused for: {quote(before.reason, REASON_MOST)}" if before.reason else ""
    return f"Videos can be ordered again.{reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How things are: `locked` says that the provider refuses our key, plan or balance."""

    queue: Queue
    slots: int
    locked: bool
    today: Pot
    cap: Pot | None
    settings: ServerSettings
    log_trouble: str


def status(now: Status) -> str:
    """What is on its way, how the provider is, what was spent, what is switched off."""
    lines = [_here(now.queue), _everywhere(now), _provider(locked=now.locked), _spent(now.today)]
    if now.cap:
        lines.append(_cap(now.cap))
    pause = now.settings.pause
    if pause:
        reason = quote(pause.reason, REASON_MOST) if pause.reason else "none given"
        lines.append(f"Orders on this server: paused. Reason: {reason}")
    else:
        lines.append("Orders on this server: taken")
    log = now.settings.log
    lines.append(f"Log channel: <#{log.channel_id}>" if log else "Log channel: none")
    return "\n".join([*lines, *filter(None, [now.log_trouble])])


def _here(queue: Queue) -> str:
    oldest = ""
    if queue.oldest_at is not None:
        oldest = f"; the oldest was ordered {moment(queue.oldest_at)}"
    return f"On this server: {queue.running:,} being made, {queue.waiting:,} waiting{oldest}"


def _everywhere(now: Status) -> str:
    queue = now.queue
    return (
        f"In all: {queue.everywhere_running:,} of {counted(now.slots, 'slot')} in use, "
        f"{queue.everywhere_waiting:,} waiting"
    )


def _provider(*, locked: bool) -> str:
    if locked:
        return (
            "Video service: refuses the bot (key, plan or balance), so orders are refused; "
            "the bot tries again every few minutes, and its operator has to act"
        )
    return "Video service: takes orders"


def _spent(today: Pot) -> str:
    return f"Today: {credits_(today.used)} used or on hold; a new day begins {_next(today)}"


def _cap(cap: Pot) -> str:
    most = per_window(cap.limit)
    return f"Server cap: {most}, {cap.left or 0:,} left; more {_next(cap)}"


def _next(pot: Pot) -> str:
    return moment(pot.window.end)
