"""The slash commands, kept thin."""
