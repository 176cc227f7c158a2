"""A whole configuration as a file, out and in."""
