"""What counts for the whole server: caps, clock, channels, presets, words."""
