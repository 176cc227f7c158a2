"""What `/video-admin export` and `import` say."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.admin.exchange import Plan
from bot.discord_app.admin.kit import item_texts
from bot.discord_app.text.wording import counted, listed, quote

LINES_MOST = 10
IDS_MOST = 3
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
    was, wanted = plan.was.items, plan.wanted.items
    lines = [
        f"- {item_texts.change(key, was.get(key), wanted.get(key))}" for key in keys[:LINES_MOST]
    ]
    if len(keys) > LINES_MOST:
        lines.append(f"- and {len(keys) - LINES_MOST:,} more")
    head = f"Dry run: {_would(plan)}. Nothing has changed yet."
    return "\n".join([head, *lines, *filter(None, warnings)])


def applied(plan: Plan) -> str:
    """The file's settings hold now."""
    return f"Done: {_did(plan)}. `/quota-admin log` can undo it."


def _would(plan: Plan) -> str:
    counts = (
        ("{:,} to change", plan.changed),
        ("{:,} to add", plan.new),
        ("{:,} to remove", plan.removed),
        ("{:,} to keep", plan.kept),
    )
    return listed(tuple(said.format(len(keys)) for said, keys in counts if keys))


def _did(plan: Plan) -> str:
    counts = (
        ("{:,} changed", plan.changed),
        ("{:,} added", plan.new),
        ("{:,} removed", plan.removed),
        ("{:,} kept", plan.kept),
    )
    return listed(tuple(said.format(len(keys)) for said, keys in counts if keys))


def no_preset(names: list[str]) -> str:
    """Presets that the file switches off, and that there are not."""
    some = listed(tuple(quote(name, 30) for name in names[:3]), "or")
    return f"⚠️ There is no preset {some}, so there is nothing to switch off."


def no_role(role_ids: list[int]) -> str:
    """Roles of the file that this server does not have."""
    return f"⚠️ This server has no role {_ids(role_ids)}; what the file says of it helps nobody."


def no_channel(channel_ids: list[int]) -> str:
    """Channels of the file that this server does not have, or does not show to the bot."""
    return f"⚠️ I see no channel {_ids(channel_ids)} on this server."


def _ids(ids: list[int]) -> str:
    some = [str(id_) for id_ in ids[:IDS_MOST]]
    more = [f"{len(ids) - IDS_MOST:,} more"] if len(ids) > IDS_MOST else []
    return listed((*some, *more), "or")
