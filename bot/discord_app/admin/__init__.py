"""What admins of a server see; a room for each thing that they do."""
