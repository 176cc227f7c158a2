"""What may be ordered, and what it costs."""
