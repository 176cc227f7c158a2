"""Members ask their staff for more credits."""
