"""A local stand-in for the ModelsLab Video API."""
