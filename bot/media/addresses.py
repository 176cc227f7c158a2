"""Which addresses are outside, so that no link of a stranger makes us talk to our own network."""

from __future__ import annotations

import re
import socket
from collections.abc import Collection
from ipaddress import ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult

Origin = tuple[str, int]
"""A host and a port."""

_HIDDEN = tuple(
    ip_network(net)
    for net in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
"""What Python 3.11 may call global although it is not, above all IPv6 forms that carry an IPv4
address: mapped, translated, Teredo and 6to4."""


_NUMBERS = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*\.?", re.IGNORECASE)


class AddressRefused(OSError):
    """A name leads to addresses inside only."""


class PublicResolver(AbstractResolver):
    """Gives a connector public addresses only, except for the `free` origins.

    What is checked here is what gets connected to: a name that answers otherwise a moment later
    gains nothing.
    """

    def __init__(self, inner: AbstractResolver, free: Collection[Origin]) -> None:
        self._inner = inner
        self._free = free

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Look a name up.

        Raises:
            AddressRefused: It has no public address.
        """
        found = await self._inner.resolve(host, port, family)
        if (host, port) in self._free:
            return found
        public = [result for result in found if is_public(result["host"])]
        if not public:
            raise AddressRefused(f"{host} leads inside")
        return public

    async def close(self) -> None:
        """Close the resolver within."""
        await self._inner.close()


def is_disguised(host: str) -> bool:
    """Whether the system would read a name as an IPv4 address that is not written as one.

    "2130706433", "0x7f.1" and "127.1" all are 127.0.0.1 to it, and no honest host is called so.
    """
    return _NUMBERS.fullmatch(host) is not None and is_public(host) is None


def is_public(text: str) -> bool | None:
    """Whether an address is one of the open internet; None if the text is not an address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    hidden = any(address in net for net in _HIDDEN)
    return address.is_global and not (address.is_multicast or address.is_reserved or hidden)
