"""Who may spend how much: limits, caps, windows, and the decision about an order."""
