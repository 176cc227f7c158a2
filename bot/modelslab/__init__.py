"""The ModelsLab Video API over HTTP."""
