"""The first minute: the greeting of a new server, and what `/help` says."""
