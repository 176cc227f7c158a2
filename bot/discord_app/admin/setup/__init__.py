"""The four steps from an empty server to the first clip."""
