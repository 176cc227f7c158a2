"""The log of changes, and Undo."""
