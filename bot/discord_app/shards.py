"""The connections to Discord: which of them stand, and how lost ones come back."""

from __future__ import annotations

from typing import Any

import structlog
from discord.ext import commands
from discord.gateway import ReconnectWebSocket
from yarl import URL

log = structlog.get_logger(__name__)


class ShardedBot(commands.AutoShardedBot):
    """A bot with as many shards as Discord recommends when it starts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._in_session: set[int] = set()

    def is_connected(self) -> bool:
        """Whether the events of every shard arrive.

        `is_ready()` does not tell: it stays true when Discord is gone. Nor does an open socket: the
        session must have started or resumed over it. A socket that has gone silent counts as lost
        after a minute.
        """
        return self.is_ready() and len(self._in_session) == self.shard_count

    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        """Start a shard, which tries again however often Discord hangs up before its first word.

        By itself the library ends the whole bot if that happens in the second try to reconnect.
        """
        await super().launch_shard(gateway, shard_id, initial=initial)
        shard = self.shards[shard_id]._parent  # noqa: SLF001 - there is no public way
        shard._handled_exceptions += (ReconnectWebSocket,)  # noqa: SLF001

    async def on_ready(self) -> None:
        """Say that every shard is there."""
        log.info(
            "discord.ready",
            user=str(self.user),
            servers=len(self.guilds),
            shards=self.shard_count,
        )

    async def on_shard_connect(self, shard_id: int) -> None:
        """A session has started or resumed."""
        self._in_session.add(shard_id)
        log.info("discord.shard_connected", shard=shard_id)

    on_shard_resumed = on_shard_connect

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """A connection is lost, or a try to get it back has failed."""
        if shard_id in self._in_session:
            self._in_session.remove(shard_id)
            log.warning("discord.shard_lost", shard=shard_id)
