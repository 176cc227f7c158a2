"""What a member chooses in a select menu, held against the menu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.discord.components import ComponentType
from sandbox.discord.errors import MemberRefused
from sandbox.discord.model import Channel, Role, User
from sandbox.discord.resolved import Resolved

Chosen = str | User | Role | Channel
_KINDS: dict[int, tuple[type, ...]] = {
    ComponentType.USER_SELECT: (User,),
    ComponentType.ROLE_SELECT: (Role,),
    ComponentType.MENTIONABLE_SELECT: (User, Role),
    ComponentType.CHANNEL_SELECT: (Channel,),
}


def selected(menu: Mapping[str, Any], chosen: Sequence[Chosen], resolved: Resolved) -> list[str]:
    """The `values` of the interaction.

    Raises:
        MemberRefused: when the menu does not offer this.
    """
    least, most = menu.get("min_values", 1), menu.get("max_values", 1)
    if not least <= len(chosen) <= most:
        raise MemberRefused(f"Choose {least} to {most} in {menu['custom_id']}.")
    if menu["type"] == ComponentType.STRING_SELECT:
        return [option_value(menu, one) for one in chosen]
    kinds = _KINDS.get(menu["type"], ())
    if not all(isinstance(one, kinds) for one in chosen):
        raise MemberRefused(f"{menu['custom_id']} does not offer this.")
    return [resolved.mention(one) for one in chosen]


def option_value(menu: Mapping[str, Any], chosen: Any) -> str:
    """The value of the option with this label or value.

    Raises:
        MemberRefused: when there is none.
    """
    for option in menu["options"]:
        if chosen in (option["value"], option["label"]):
            value: str = option["value"]
            return value
    raise MemberRefused(f"{menu['custom_id']} does not offer {chosen!r}.")
