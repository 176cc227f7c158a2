"""Where and how a second terminal finds an open sandbox. It needs no part of the stand-ins."""

from __future__ import annotations

PORT = 8791
PATIENCE = 900.0
"""Seconds that an order may take."""
BODY_MOST = 40 * 1024 * 1024
KILL, START, STATUS = "kill", "start", "status"
"""What can be asked of the bot's switch."""
