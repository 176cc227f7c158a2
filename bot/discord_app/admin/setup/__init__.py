"""The three steps from an empty server to the first clip."""
