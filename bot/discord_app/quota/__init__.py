"""A member's own credits."""
