"""How the text of one setting is read; a ValueError has the end of a sentence on what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeVar
from urllib.parse import urlsplit

from bot.core.admin.report import Price, parse_price
from bot.core.rules.ends import length_of
from bot.core.rules.typed import CREDITS_MOST, parse_credits

Choice = TypeVar("Choice", bound=str)
KEEP_MOST = 30 * 86_400
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
Network = IPv4Network | IPv6Network


def between(low: int, high: int) -> Callable[[str], int]:
    """A whole number in a range."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def keeping(text: str) -> float:
    """Seconds that clips stay."""
    seconds = 0 if text == "0" else length_of(text.casefold())
    if seconds is None or seconds > KEEP_MOST:
        raise ValueError("must be a length of time of up to 30 days, such as 12 hours; or 0")
    return float(seconds)


def ceiling(text: str) -> int | None:
    """A ceiling may be higher than any rule: it is the sum of all servers."""
    if text.isdecimal() and CREDITS_MOST < int(text) <= CREDITS_MOST * 1000:
        return int(text)
    return parse_credits(text)


def ids(text: str) -> frozenset[int]:
    """Ids of Discord, with commas or blanks between."""
    found = [one for one in re.split(r"[\s,]+", text) if one]
    wrong = [one for one in found if not re.fullmatch(r"[1-9][0-9]{0,19}", one)]
    if wrong:
        raise ValueError(f"must be ids, with commas between; {wrong[0][:60]} is not an id")
    return frozenset(map(int, found))


def price(text: str) -> Price | None:
    """What a credit costs the operator; nothing where that is not set."""
    try:
        return parse_price(text)
    except ValueError as error:
        raise ValueError(
            "must be an amount and a currency for one credit, such as 0.02 USD"
        ) from error


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks, with commas or blanks between."""
    try:
        return tuple(ip_network(one, strict=False) for one in re.split(r"[\s,]+", text) if one)
    except ValueError:
        raise ValueError("must be addresses or networks, such as 172.18.0.0/16") from None


def one_of(*choices: Choice) -> Callable[[str], Choice]:
    """One of some words, in whatever case."""

    def parse(text: str) -> Choice:
        for choice in choices:
            if choice.casefold() == text.casefold():
                return choice
        raise ValueError(f"must be one of: {', '.join(choices)}")

    return parse


def https(text: str) -> str:
    """An address that nobody on the way can read, or one on this machine."""
    url = urlsplit(text)
    _ = url.port  # raises what is wrong with it
    if url.scheme == "https" and url.hostname:
        return text.rstrip("/")
    if url.scheme == "http" and url.hostname in LOOPBACK:
        return text.rstrip("/")
    raise ValueError("must be an https address")


def https_or_empty(text: str) -> str:
    """As `https`, or nothing."""
    return https(text) if text else ""


def loopback_or_empty(text: str) -> str:
    """An address on this machine, or nothing."""
    if text and urlsplit(text).hostname not in LOOPBACK:
        raise ValueError("must be an address on this machine; leave it empty for Discord itself")
    return text.rstrip("/")
