"""What admins read about single members: bonus credits, full credits, blocks."""

from __future__ import annotations

from bot.core.admin.blocking import Jobs, Shut
from bot.core.admin.changes import Entry
from bot.core.admin.configuration import Key, Kind, value_at
from bot.core.rules.quota import Block, Grant, Standing
from bot.discord_app.admin.kit.wording import SAME
from bot.discord_app.admin.rules.rule_texts import blocked, soon
from bot.discord_app.text import credit_refusals
from bot.discord_app.text.wording import counted, credits_, joined, moment, quote, reason_given

ONE_OF_TWO = "Choose a `member`, or `everyone: True`. Nothing was changed."
KEPT = "Nothing was changed."


def granted(grant: Grant, standing: Standing, now: float) -> str:
    """Bonus credits were given."""
    if grant.expires_at is None:
        said = f"<@{grant.user_id}>: +{grant.credits:,} bonus."
    else:
        until = soon(grant.expires_at, now)
        said = f"<@{grant.user_id}>: +{grant.credits:,} bonus until {until}."
    return joined(said, they_have(standing), reason_given(grant.reason), blocked(standing.block))


def they_have(standing: Standing) -> str:
    """What a member may spend now, and what of it the server's credits let through."""
    own = "unlimited credits" if standing.own is None else f"{standing.own:,}"
    shared = standing.shared
    if shared is None or shared.left is None or standing.spendable == standing.own:
        return f"They now have {own}."
    return f"They now have {own}. {credit_refusals.left_of(shared.whose, shared.left)}"


def gift(grant: Grant, standing: Standing, server: str, now: float) -> str:
    """What a member who got bonus credits reads, in a direct message."""
    amount, where = credits_(grant.credits), quote(server, 100)
    if grant.expires_at is None:
        said = f"You got {amount} on {where}."
    else:
        said = f"You got {amount} on {where} until {soon(grant.expires_at, now)}."
    have = "" if standing.spendable is None else f"You have {standing.spendable:,} there now."
    return joined(said, have, reason_given(grant.reason))


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
    if count == 1:
        return "1 member has their full credits again. `/quota-admin log` can undo it."
    return f"{count:,} members have their full credits again. `/quota-admin log` can undo it."


def shut(user_id: int, block: Block, made: Shut, now: float, older: Entry | None) -> str:
    """A member was blocked."""
    if block.until is None:
        said = f"<@{user_id}> is blocked until somebody lifts it with `/quota-admin unblock`."
    else:
        said = f"<@{user_id}> is blocked until {moment(block.until, 'f')}."
    return joined(
        said,
        reason_given(block.reason),
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
    if entry is None or _block_before(entry, user_id, now) is None:
        return f"<@{user_id}> was not blocked, so nothing changed."
    return joined(f"<@{user_id}> can make videos again.", _older(older, user_id))


def _block_before(entry: Entry, user_id: int, now: float) -> Block | None:
    """The block that a change has replaced, if it still held."""
    was = value_at(Block, entry.before, Key(Kind.BLOCK, user_id))
    return was if was and (was.until is None or was.until > now) else None


def _was_blocked(entry: Entry | None, user_id: int, now: float) -> str:
    if entry is None:
        return SAME
    was = _block_before(entry, user_id, now)
    if was is None:
        return ""
    if was.until is None:
        return "They were blocked before."
    return f"They were blocked until {moment(was.until, 'f')} before."


def _on_the_way(made: Shut) -> str:
    """What became of the videos that the member had ordered."""
    cancelled = counted(len(made.cancelled), "waiting video")
    running = counted(len(made.running), "running video")
    back = _price(made.cancelled)
    if made.cancelled and made.running:
        return f"{cancelled} cancelled, {back} released; {running} will be posted."
    if made.cancelled:
        return f"{cancelled} cancelled, {back} released."
    return f"{running} will be posted." if made.running else ""


def _price(jobs: Jobs) -> str:
    return credits_(sum(job.recipe.credits for job in jobs))


def _older(older: Entry | None, user_id: int) -> str:
    """What another admin did minutes ago, which now is replaced."""
    if older is None:
        return ""
    theirs = value_at(Block, older.after, Key(Kind.BLOCK, user_id))
    who, when = f"<@{older.by.admin_id}>", moment(older.at)
    if theirs is None:
        return f"{who} lifted the block {when}; `/quota-admin log` can undo your change."
    if theirs.until is None:
        return f"{who} blocked them {when}; `/quota-admin log` can undo your change."
    until = moment(theirs.until, "f")
    return f"{who} blocked them until {until} {when}; `/quota-admin log` can undo your change."
