"""Orders, their cards and results, and the buttons on them."""
