"""What admins read about single members: bonus credits, full credits, blocks."""

from __future__ import annotations

from bot.core.admin.changes import Document, Entry
from bot.core.admin.service import Shut
from bot.core.jobs.model import Job
from bot.core.rules.quota import Block, Grant, Standing
from bot.discord_app.admin.kit.wording import SAME, just_before
from bot.discord_app.admin.rules.rule_texts import blocked, ends
from bot.discord_app.text.wording import counted, credits_, joined, moment, quote

ONE_OF_TWO = "Choose a `member`, or `everyone: True`. Nothing was changed."
KEPT = "Nothing was changed."
LIFT = "until somebody lifts it with `/quota-admin unblock`"


def granted(grant: Grant, standing: Standing, now: float) -> str:
    """Bonus credits were given."""
    said = f"<@{grant.user_id}>: +{grant.credits:,} bonus{ends(grant.expires_at, now)}."
    return joined(said, they_have(standing), _reason(grant.reason), blocked(standing.block))


def they_have(standing: Standing) -> str:
    """What a member may spend now, and what of it the server's credits let through."""
    if standing.own is None:
        said = "They now have unlimited credits"
    else:
        said = f"They now have {standing.own:,}"
    shared = standing.shared
    if shared is None or shared.left is None or standing.spendable == standing.own:
        return f"{said}."
    whose = "bot's" if shared is standing.ceiling else "server's"
    return f"{said}, but of the {whose} credits only {shared.left:,} are left."


def gift(grant: Grant, standing: Standing, server: str, now: float) -> str:
    """What a member who got bonus credits reads, in a direct message."""
    have = "" if standing.spendable is None else f"You have {standing.spendable:,} there now."
    until = ends(grant.expires_at, now)
    said = f"You got {credits_(grant.credits)} on {quote(server, 100)}{until}."
    return joined(said, have, _reason(grant.reason))


def told(*, arrived: bool) -> str:
    """Whether the direct message came through."""
    return "I told them." if arrived else "I could not reach them by direct message."


def reset(user_id: int, standing: Standing) -> str:
    """A member's window starts anew."""
    said = f"<@{user_id}> has their full credits again."
    return joined(said, they_have(standing), blocked(standing.block))


def ask_reset(count: int) -> str:
    """Before everybody's window starts anew."""
    return f"Give {counted(count, 'member')} their full credits now?"


def nobody_spent() -> str:
    """Nobody's window needs to start anew."""
    return "Nobody has used any credits in this window, so there is nothing to give back."


def all_reset(count: int) -> str:
    """Everybody's window starts anew."""
    has = "has" if count == 1 else "have"
    said = f"{counted(count, 'member')} {has} their full credits again."
    return f"{said} `/quota-admin log` can undo it."


def shut(user_id: int, block: Block, made: Shut, now: float, older: Entry | None) -> str:
    """A member was blocked."""
    until = LIFT if block.until is None else f"until {moment(block.until, 'f')}"
    said = f"<@{user_id}> is blocked {until}."
    return joined(
        said,
        _reason(block.reason),
        _was_blocked(made.entry, user_id, now),
        _on_the_way(made),
        _older(older, user_id),
    )


def shut_self() -> str:
    """The blocked member is the admin who did it."""
    return "That is you: you cannot make videos now, but can still use the admin commands."


def shut_admin() -> str:
    """The blocked member may manage the server."""
    return "They can still use the admin commands, with which they can lift the block."


def opened(user_id: int, entry: Entry | None, now: float, older: Entry | None) -> str:
    """A member was let in again, or was not blocked."""
    was = entry.before[f"block:{user_id}"] if entry else None
    if was is None or not _holds(was, now):
        return f"<@{user_id}> was not blocked, so nothing changed."
    return joined(f"<@{user_id}> can make videos again.", _older(older, user_id))


def _reason(reason: str) -> str:
    if not reason:
        return ""
    said = f"Reason: {quote(reason, 200)}"
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."


def _holds(block: Document, now: float) -> bool:
    return block["until"] is None or block["until"] > now


def _was_blocked(entry: Entry | None, user_id: int, now: float) -> str:
    if entry is None:
        return SAME
    was = entry.before[f"block:{user_id}"]
    if was is None or not _holds(was, now):
        return ""
    until = "" if was["until"] is None else f" until {moment(was['until'], 'f')}"
    return f"They were blocked{until} before."


def _on_the_way(made: Shut) -> str:
    """What became of the videos that the member had ordered."""
    parts = []
    if made.cancelled:
        back = _price(made.cancelled)
        parts.append(f"{counted(len(made.cancelled), 'waiting video')} cancelled, {back} released")
    if made.running:
        parts.append(f"{counted(len(made.running), 'running video')} will be posted")
    return f"{'; '.join(parts)}." if parts else ""


def _price(jobs: tuple[Job, ...]) -> str:
    return credits_(sum(job.recipe.credits for job in jobs))


def _older(older: Entry | None, user_id: int) -> str:
    if older is None:
        return ""
    value = older.after.get(f"block:{user_id}")
    if value is None:
        return just_before(older, "lifted the block")
    until = "" if value["until"] is None else f" until {moment(value['until'], 'f')}"
    return just_before(older, f"blocked them{until}")
