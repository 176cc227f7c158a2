"""What `/video-admin` says about where, with what and whether videos are made."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.admin.ports import Queue
from bot.core.rules.quota import Pot
from bot.core.rules.server_settings import REASON_MOST, Pause, ServerSettings
from bot.discord_app.text.wording import counted, credits_, joined, moment, per_window, quote

NOT_PAUSED = "Videos were not paused, so nothing changed."
NOTHING_CHANGED = "It was so already, so nothing changed."
BEGUN_ANEW = "What was opened and closed before counts no more."
ONLY_SOME = "To have them only in some channels, add `start:nowhere`; it closes all others."


def paused(section: Pause, before: Pause | None, queue: Queue, *, changed: bool) -> str:
    """Videos are paused, or were paused before."""
    still = _still_posted(queue.here.all)
    if before and not changed:
        already = "Videos were paused already, so nothing changed."
        return joined(already, f"Reason: {_reason(section)}.", still)
    if before:
        changes = f"The reason is now: {_reason(section)} (was: {_reason(before)})."
        return joined("Videos were paused already.", changes, still)
    return joined(
        "Videos are paused on this server.",
        f"Members read the reason: {_reason(section)}."
        if section.reason
        else "Members read no reason.",
        still,
        "`/video-admin resume` ends the pause.",
    )


def _reason(pause: Pause) -> str:
    return quote(pause.reason, REASON_MOST) if pause.reason else "none given"


def _still_posted(count: int) -> str:
    return f"{counted(count, 'video')} on the way will still be posted." if count else ""


def resumed(before: Pause) -> str:
    """The pause has ended."""
    was = f"They were paused for: {quote(before.reason, REASON_MOST)}" if before.reason else ""
    return joined("Videos can be ordered again.", was)


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
        lines.append(f"Orders on this server: paused. Reason: {_reason(pause)}")
    else:
        lines.append("Orders on this server: taken")
    log = now.settings.log
    lines.append(f"Log channel: <#{log.channel_id}>" if log else "Log channel: none")
    return "\n".join([*lines, *filter(None, [now.log_trouble])])


def _here(queue: Queue) -> str:
    here = queue.here
    over = f", {here.stopped:,} stopped or out of contact" if here.stopped else ""
    said = f"On this server: {here.made:,} being made, {here.waiting:,} waiting{over}"
    if queue.oldest_at is None:
        return said
    return f"{said}; the oldest was ordered {moment(queue.oldest_at)}"


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
    if not cap.limit.credits:
        return f"Server cap: {most}"
    return f"Server cap: {most}, {cap.left or 0:,} left; more {_next(cap)}"


def _next(pot: Pot) -> str:
    return moment(pot.window.end)
