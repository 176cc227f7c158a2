"""Pictures in and clips out, decoded in a child process."""
