"""What the simulated Discord lets pass, and Discord does not."""

from __future__ import annotations

from typing import Any

import pytest
from simcord.backend import errors
from simcord.backend.models.interaction import Interaction
from simcord.http import router
from simcord.http.routes import messages

CHOICES, LONGEST = 25, 100
HISTORY = ["channels", "{channel_id}", "messages"]


def apply(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse and answer as Discord does."""
    known = router._ROUTES  # noqa: SLF001 - the library takes no route otherwise
    kept = [route for route in known["GET"] if route[0] != HISTORY]
    monkeypatch.setitem(known, "GET", [*kept, (HISTORY, _history)])
    suggest = Interaction.complete_autocomplete

    def checked(record: Interaction, choices: list[dict[str, Any]]) -> None:
        if len(choices) > CHOICES or not all(map(_is_taken, choices)):
            raise errors.invalid_form_body("choices")
        suggest(record, choices)

    monkeypatch.setattr(Interaction, "complete_autocomplete", checked)


def _history(ctx: router.RequestContext) -> Any:
    """Of all messages after one, Discord sends the oldest; newest first, as always."""
    if "after" not in ctx.params:
        return messages.get_history(ctx)
    most = int(ctx.params.get("limit", 50))
    ctx.params = {**ctx.params, "limit": 1 << 30}
    return messages.get_history(ctx)[-most:]


def _is_taken(choice: dict[str, Any]) -> bool:
    value = choice["value"]
    fits = len(value) <= LONGEST if isinstance(value, str) else type(value) in {int, float}
    return 1 <= len(choice["name"]) <= LONGEST and fits
