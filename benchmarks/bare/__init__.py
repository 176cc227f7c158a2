"""Bare discord.py bots, which do what cannot be left away and nothing else."""
