"""What stands in the way of videos."""
