"""A job's life: its states and moves, and the loops that carry it to the posted clip."""
