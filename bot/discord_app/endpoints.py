"""Where Discord is. Only a stand-in on this machine may take its place."""

from __future__ import annotations

import ipaddress

import discord.http
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.errors import SettingsError

SCHEMES = {"DISCORD_API_BASE": ("http", "https"), "DISCORD_GATEWAY_URL": ("ws", "wss")}


def use(api_base: str, gateway_url: str) -> None:
    """Send every Discord call to a local stand-in; does nothing when both are empty.

    Must run before the bot connects.

    Raises:
        SettingsError: Only one is set, or one leads away from this machine: the bot's token
            would go there.
    """
    if not api_base and not gateway_url:
        return
    addresses = {"DISCORD_API_BASE": api_base, "DISCORD_GATEWAY_URL": gateway_url}
    problems = [
        f"{name} must be an address on this machine such as {SCHEMES[name][0]}://127.0.0.1:8080"
        for name, address in addresses.items()
        if not _is_local(address, SCHEMES[name])
    ]
    if problems:
        raise SettingsError(*problems)
    discord.http.Route.BASE = api_base.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)


def _is_local(address: str, schemes: tuple[str, ...]) -> bool:
    try:
        url = URL(address)
        host = url.host or ""
    except ValueError:
        return False
    if url.scheme not in schemes or url.user is not None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
