"""The short names of jobs: four characters that a person can read out."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_STEP, _START = 0x5D1A9, 0x2F0B7
LONGEST = 12
"""Codes of this length name more jobs than a database has room for."""


def code_of(job_id: int) -> str:
    """Name a job in four characters (more after the first million) that do not tell how many came.

    An odd factor modulo a power of two reaches each value once, so no two jobs share a code.
    """
    length = 4
    while job_id >= 32**length:
        length += 1
    value = (job_id * _STEP + _START) % 32**length
    return "".join(ALPHABET[value >> 5 * place & 31] for place in reversed(range(length)))


def id_of(code: str) -> int | None:
    """Read a code back, in either case and with O, I and L read as digits; None if it is none."""
    text = code.strip().upper().translate(str.maketrans("OIL", "011"))
    if not 4 <= len(text) <= LONGEST or any(c not in ALPHABET for c in text):  # noqa: PLR2004
        return None
    value = sum(ALPHABET.index(c) << 5 * place for place, c in enumerate(reversed(text)))
    job_id = (value - _START) * pow(_STEP, -1, 32 ** len(text)) % 32 ** len(text)
    return job_id if code_of(job_id) == text else None
