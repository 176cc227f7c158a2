"""What a server has made, as text, chart and table."""
