"""What a member prefers, and how they change it."""
