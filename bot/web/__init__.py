"""The small web server: health, readiness, webhook hints."""
