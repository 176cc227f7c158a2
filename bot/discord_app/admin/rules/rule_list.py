"""All that is set on a server about credits, as pages of a table."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.core.admin.changes import (
    Items,
    block_of,
    rule_of,
    sections_of,
    split_key,
)
from bot.core.rules.quota import Operator, Rule, generosity
from bot.discord_app.admin.kit.wording import (
    alerts,
    cap_size,
    clock_time,
    on_the_way,
)
from bot.discord_app.admin.rules.rule_texts import ends
from bot.discord_app.kit.components import Style, button, view
from bot.discord_app.text.wording import (
    counted,
    moment,
    per_window,
    quote,
)

LINES = 20
REASON_SHOWN = 80

Row = tuple[str, str]
"""A heading, and a line below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A server's configuration, and what is needed to show it; `deleted` are ids of roles."""

    config: Items
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
    for place, (heading, line) in enumerate(rows):
        if place == 0 or rows[place - 1][0] != heading:
            lines.append(f"**{heading}**")
        lines.append(line)
    return "\n".join(lines)


def _rows(listing: Listing) -> list[Row]:
    rules = [rule_of(key, value) for key, value in _of(listing, "default", "role", "user")]
    own = [rule for rule in rules if rule.scope == "default"]
    roles = sorted((r for r in rules if r.scope == "role"), key=_most_generous_first)
    people = sorted((r for r in rules if r.scope == "user"), key=_soonest_end_first)
    shown = [("Default", _default(listing, own[0] if own else None))]
    shown += [("Roles", _role(listing, rule)) for rule in roles]
    shown += [("Members", _line(f"<@{rule.subject_id}>", rule, listing)) for rule in people]
    shown += [("Blocks", line) for line in _blocks(listing)]
    return shown + [("Server", line) for line in _server(listing)]


def _of(listing: Listing, *kinds: str) -> list[tuple[str, dict[str, object]]]:
    items = listing.config.items()
    return [(key, value) for key, value in items if value and split_key(key)[0] in kinds]


def _most_generous_first(rule: Rule) -> tuple[float, int]:
    return -generosity(rule.limit), rule.subject_id


def _soonest_end_first(rule: Rule) -> tuple[float, int]:
    return float("inf") if rule.until is None else rule.until, rule.subject_id


def _default(listing: Listing, rule: Rule | None) -> str:
    if rule is None:
        return f"{per_window(listing.operator.fallback)} · the bot's own default, nothing is set"
    return _line("Everyone", rule, listing)


def _role(listing: Listing, rule: Rule) -> str:
    deleted = rule.subject_id in listing.deleted
    whose = f"deleted role {rule.subject_id}" if deleted else f"<@&{rule.subject_id}>"
    return _line(whose, rule, listing)


def _line(whose: str, rule: Rule, listing: Listing) -> str:
    return f"{whose} · {per_window(rule.limit)}{ends(rule.until, listing.now)}"


def _blocks(listing: Listing) -> list[str]:
    found = [(split_key(key)[1], block_of(value)) for key, value in _of(listing, "block")]
    found.sort(key=lambda item: (item[1].until or float("inf"), item[0]))
    return [
        f"<@{user_id}> · "
        + ("for good" if block.until is None else f"until {moment(block.until, 'f')}")
        + (f" · {quote(block.reason, REASON_SHOWN)}" if block.reason else "")
        for user_id, block in found
    ]


def _server(listing: Listing) -> list[str]:
    its = sections_of(listing.config)
    cap = f"Cap · {cap_size(its.cap)}"
    if its.cap:
        cap += f". {alerts(its.cap)}"
    return [
        cap,
        on_the_way(its.caps, listing.operator),
        f"Days begin at {clock_time(its.calendar)}",
    ]
