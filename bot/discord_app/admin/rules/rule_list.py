"""All that is set on a server about credits, as pages of a table."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.core.admin.configuration import Configuration, Kind
from bot.core.rules.quota import Block, Operator, Rule, generosity
from bot.discord_app.admin.kit.wording import (
    alerts,
    allowed,
    cap_size,
    clock_time,
    lasting,
    on_the_way,
)
from bot.discord_app.admin.rules.rule_texts import limit_of
from bot.discord_app.kit.components import Style, button, view
from bot.discord_app.text.wording import counted, per_window, quote

LINES = 20
REASON_SHOWN = 80

Row = tuple[str, str]
"""A heading, and a line below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A server's configuration, and what is needed to show it; `deleted` are ids of roles."""

    config: Configuration
    operator: Operator
    deleted: frozenset[int]
    now: float


def page(listing: Listing, number: int) -> tuple[discord.Embed, discord.ui.View]:
    """One page, the first being 0, with buttons to the others; the last one if it has shrunk."""
    rows = _rows(listing)
    pages = [rows[start : start + LINES] for start in range(0, len(rows), LINES)]
    number = max(0, min(number, len(pages) - 1))
    embed = discord.Embed(title="Rules", description=_text(pages[number]))
    if len(pages) > 1:
        embed.set_footer(text=f"Page {number + 1} of {len(pages)}")
    buttons = []
    if number:
        buttons.append(button("rules", str(number - 1), "◀ Back"))
    if number < len(pages) - 1:
        buttons.append(button("rules", str(number + 1), "Next ▶"))
    if listing.deleted:
        label = f"Clear the rules of {counted(len(listing.deleted), 'deleted role')}"
        buttons.append(button("oldroles", str(number), label, Style.danger))
    return embed, view(*buttons)


def cleared(count: int) -> str:
    """The rules of deleted roles are gone."""
    if not count:
        return "No rule is for a deleted role any more; nothing changed."
    return f"Cleared the rules of {counted(count, 'deleted role')}. `/quota-admin log` can undo it."


def _text(rows: list[Row]) -> str:
    lines = []
    for number, (heading, line) in enumerate(rows):
        if number == 0 or rows[number - 1][0] != heading:
            lines.append(f"**{heading}**")
        lines.append(line)
    return "\n".join(lines)


def _rows(listing: Listing) -> list[Row]:
    roles = sorted(listing.config.rules(Kind.ROLE), key=_most_generous_first)
    people = sorted(listing.config.rules(Kind.USER), key=_soonest_end_first)
    blocks = sorted(listing.config.blocks.items(), key=_soonest_lifted_first)
    shown = [("Default", _default(listing))]
    shown += [("Roles", _role(listing, rule)) for rule in roles]
    shown += [
        ("Members", f"<@{rule.subject_id}> · {limit_of(rule, listing.now)}") for rule in people
    ]
    shown += [("Blocks", _block(user_id, block)) for user_id, block in blocks]
    return shown + [("Server", line) for line in _server(listing)]


def _most_generous_first(rule: Rule) -> tuple[float, int]:
    return -generosity(rule.limit), rule.subject_id


def _soonest_end_first(rule: Rule) -> tuple[float, int]:
    return float("inf") if rule.until is None else rule.until, rule.subject_id


def _soonest_lifted_first(blocked: tuple[int, Block]) -> tuple[float, int]:
    user_id, block = blocked
    return float("inf") if block.until is None else block.until, user_id


def _default(listing: Listing) -> str:
    rule = listing.config.rule(Kind.DEFAULT)
    if rule is None:
        return f"{per_window(listing.operator.fallback)} · the bot's own default, nothing is set"
    return f"Everyone · {limit_of(rule, listing.now)}"


def _role(listing: Listing, rule: Rule) -> str:
    limit = limit_of(rule, listing.now)
    if rule.subject_id in listing.deleted:
        return f"deleted role {rule.subject_id} · {limit}"
    return f"<@&{rule.subject_id}> · {limit}"


def _block(user_id: int, block: Block) -> str:
    if block.reason:
        return f"<@{user_id}> · {lasting(block.until)} · {quote(block.reason, REASON_SHOWN)}"
    return f"<@{user_id}> · {lasting(block.until)}"


def _server(listing: Listing) -> list[str]:
    its = listing.config.settings
    cap = cap_size(its.cap)
    most = allowed(listing.operator)
    return [
        f"Cap · {cap}. {alerts(its.cap)}" if its.cap and its.cap.credits else f"Cap · {cap}",
        *([most] if most else []),
        on_the_way(its.caps, listing.operator),
        f"Days begin at {clock_time(its.calendar)}",
    ]
