"""Links to clips at the service: how long one that was signed is good for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

LONGEST = 800
"""Characters of a link that a message has room for, beside the words of an order."""


def expiry(url: str) -> float | None:
    """When a signed link ends (Unix seconds); None where it does not say so.

    Amazon and those who speak like it sign with `X-Amz-Date` and `X-Amz-Expires`, CloudFront and
    older buckets with `Expires`, Azure with `se`.
    """
    given = {name.casefold(): values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    try:
        if "x-amz-date" in given:
            begins = datetime.strptime(given["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return (begins + timedelta(seconds=int(given["x-amz-expires"]))).timestamp()
        if "expires" in given:
            return float(int(given["expires"]))
        if "se" in given:
            ends = datetime.fromisoformat(given["se"])
            return (ends if ends.tzinfo else ends.replace(tzinfo=UTC)).timestamp()
    except (ValueError, KeyError, OverflowError):
        return None
    return None
