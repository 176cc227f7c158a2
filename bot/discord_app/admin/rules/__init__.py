"""Limits of everybody, roles and members; bonus, blocks, and why."""
