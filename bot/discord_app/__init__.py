"""Everything that touches Discord, except the commands themselves."""
