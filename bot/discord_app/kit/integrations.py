"""What servers set for our commands on their Integrations pages."""

from __future__ import annotations

from collections.abc import Mapping

import discord

from bot.clock import Clock

ROLE, USER, CHANNEL = 1, 2, 3
Entries = Mapping[tuple[int, int], bool]
"""Whether a role, user or channel is allowed, by its kind and id."""

KEPT_FOR = 5 * 60.0


class Integrations:
    """Asks Discord and remembers for a while.

    `command_ids` are the ids that Discord gave to the commands, by name.
    """

    def __init__(self, clock: Clock) -> None:
        self.command_ids: dict[str, int] = {}
        self._clock = clock
        self._kept: dict[int, dict[int, tuple[float, Entries]]] = {}

    def forget(self, guild_id: int) -> None:
        """Ask again: the server has changed something."""
        self._kept.pop(guild_id, None)

    async def entries(self, client: discord.Client, guild_id: int, subject: int) -> Entries:
        """What the server set for a command, or for all of them if `subject` is the application.

        Raises:
            discord.HTTPException, aiohttp.ClientError, OSError: Discord did not say.
        """
        # Taken before asking, so that an answer from before a change is kept where nobody looks.
        kept = self._kept.setdefault(guild_id, {})
        known = kept.get(subject)
        if known and self._clock.steady() - known[0] < KEPT_FOR:
            return known[1]
        found = await _ask(client, guild_id, subject)
        kept[subject] = self._clock.steady(), found
        return found


async def _ask(client: discord.Client, guild_id: int, subject: int) -> Entries:
    app_id = client.application_id or 0
    try:
        page = await client.http.get_application_command_permissions(app_id, guild_id, subject)
    except discord.NotFound:  # nothing was ever set there
        return {}
    entries = page["permissions"]
    return {(entry["type"], int(entry["id"])): entry["permission"] for entry in entries}
