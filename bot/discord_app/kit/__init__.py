"""What every command and button uses."""
