"""What brings a change about."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """What brought a change about; an admin's own reason stands beside it."""

    ADMIN = "admin"
    """A command."""
    IMPORT = "import"
    """A file of settings."""
    REQUEST = "request"
    """A member has asked for more."""
    DEMO = "demo"
    """The clip that ends the setup."""
    SETUP = "setup"
    UNDO = "undo"
    ALERT = "alert"
    """No admin: the server's cap has reached a level."""
