"""Who may come in: a cap on connections, for each address and over all, before a byte is read."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import cast

import structlog

log = structlog.get_logger(__name__)

Network = IPv4Network | IPv6Network

CONNECTIONS_MOST = 256
"""Open at once from all addresses but this machine's own, which the health check uses."""
OF_ONE_ADDRESS_MOST = 32


class Door:
    """Counts the connections of a server and refuses those that are too many.

    Addresses in `proxies`, and loopback, stand for many people: only the cap over all holds there,
    and for loopback, from which the container's health check comes, a second one of the same size.
    """

    def __init__(self, proxies: Iterable[Network] = ()) -> None:
        self._proxies = tuple(proxies)
        self._open: Counter[str] = Counter()
        self._outside = 0
        self._full = False

    def guard(self, protocol: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """A protocol factory whose connections pass this door first."""
        return lambda: _Guarded(self, protocol)

    def enter(self, peer: str) -> bool:
        """Count a connection in, if there is room for it."""
        room = self._has_room(peer)
        if room:
            self._open[peer] += 1
            self._outside += not ip_address(peer).is_loopback
        elif not self._full:
            log.warning("web.full", open=self._open.total())
        self._full = not room
        return room

    def leave(self, peer: str) -> None:
        """Count a connection out."""
        self._open[peer] -= 1
        self._outside -= not ip_address(peer).is_loopback
        if not self._open[peer]:
            del self._open[peer]

    def _has_room(self, peer: str) -> bool:
        address = ip_address(peer)
        if address.is_loopback:
            return self._open[peer] < CONNECTIONS_MOST
        known = any(address in network for network in self._proxies)
        return self._outside < CONNECTIONS_MOST and (
            known or self._open[peer] < OF_ONE_ADDRESS_MOST
        )


class _Guarded(asyncio.Protocol):
    """A connection that exists for the server only once it is let in."""

    def __init__(self, door: Door, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._door = door
        self._protocol = protocol
        self._inner: asyncio.Protocol | None = None
        self._peer = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        if peer is None or not self._door.enter(peer[0]):
            cast(asyncio.Transport, transport).abort()
            return
        self._peer, self._inner = peer[0], self._protocol()
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._inner is not None:
            self._door.leave(self._peer)
            self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._inner is not None:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._inner is None else self._inner.eof_received()

    def pause_writing(self) -> None:
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._inner is not None:
            self._inner.resume_writing()
