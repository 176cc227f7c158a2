"""What Discord answers in the course of things, said to whoever asked."""

from __future__ import annotations

SENTENCES: dict[int, str] = {
    10003: "That channel is no longer there.",
    10004: "I am no longer on that server.",
    10007: "That member is no longer here.",
    10008: "That message is no longer there.",
    10011: "That role is no longer there.",
    10013: "That account is no longer there.",
    50001: "Discord does not show me that channel, so I cannot do that.",
    50007: "They take no direct messages from me.",
    50013: "I lack a permission for that here. `/video-admin doctor` names it to the staff.",
    50083: "That thread is archived. Somebody has to write in it first.",
    50278: "They take no direct messages from me.",
}
"""By code; see "Opcodes and Status Codes" in Discord's documentation."""
TROUBLE = "Discord does not answer me properly right now. Please try again in a minute."
"""The same may work later, and some of it may be done already."""
