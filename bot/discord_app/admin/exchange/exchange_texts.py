"""What `/video-admin export` and `import` say."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.admin.exchange import Plan
from bot.discord_app.admin.kit import item_texts
from bot.discord_app.text.wording import (
    counted,
    fit,
    listed,
    quote,
)

LINES_MOST = 10
Verbs = tuple[tuple[str, str], ...]
"""What one setting, and what several do: change, come, go, stay."""
WOULD: Verbs = (
    ("changes", "change"), ("is new", "are new"), ("is removed", "are removed"), ("stays", "stay")
)  # fmt: skip
DID: Verbs = (
    ("was changed", "were changed"), ("was added", "were added"),
    ("was removed", "were removed"), ("stayed", "stayed"),
)  # fmt: skip
OLD_IMPORT = "I no longer remember that file. Please give `/video-admin import` once more."
NOTHING = "This file says what is set here already, so there is nothing to change."


def exported(count: int) -> str:
    """Above the file."""
    return (
        f"{counted(count, 'setting')} of this server. Edit the file as you like; "
        "`/video-admin import` shows what it would change before it changes anything."
    )


def dry_run(plan: Plan, warnings: Iterable[str]) -> str:
    """What a file would change, line by line while they fit."""
    keys = (*plan.changed, *plan.new, *plan.removed)
    changes = [(key, plan.was.get(key), plan.wanted.get(key)) for key in keys[:LINES_MOST]]
    lines = [f"- {item_texts.change(*change)}" for change in changes]
    if len(keys) > LINES_MOST:
        lines.append(f"- and {len(keys) - LINES_MOST:,} more")
    head = f"Dry run: {_counts(plan, WOULD)}. Nothing has changed yet."
    return fit("\n".join([head, *lines, *filter(None, warnings)]))


def applied(plan: Plan) -> str:
    """The file's settings hold now."""
    return f"Done: {_counts(plan, DID)}. `/quota-admin log` can undo it."


def _counts(plan: Plan, verbs: Verbs) -> str:
    numbers = (len(plan.changed), len(plan.new), len(plan.removed), plan.kept)
    parts = [
        (number, one if number == 1 else many)
        for number, (one, many) in zip(numbers, verbs, strict=True)
        if number
    ]
    first, *rest = parts
    return listed((f"{counted(first[0], 'setting')} {first[1]}", *(f"{n:,} {d}" for n, d in rest)))


def no_preset(names: list[str]) -> str:
    """Presets that the file switches off, and that there are not."""
    some = listed(tuple(quote(name, 30) for name in names[:3]), "or")
    return f"⚠️ There is no preset {some}, so there is nothing to switch off."


def no_role(role_ids: list[int]) -> str:
    """Roles of the file that this server does not have."""
    return f"⚠️ This server has no {_ids('role', role_ids)}; what the file says of it helps nobody."


def no_channel(channel_ids: list[int]) -> str:
    """Channels of the file that this server does not have, or does not show to the bot."""
    return f"⚠️ I see no {_ids('channel', channel_ids)} on this server."


def _ids(thing: str, ids: list[int]) -> str:
    some = [str(id_) for id_ in ids[:3]]
    more = [f"{len(ids) - 3:,} more"] if len(ids) > 3 else []  # noqa: PLR2004 - as above
    return f"{thing} {listed((*some, *more), 'or')}"
