"""What staff sets and reads: changes and their log, reports, requests, privacy."""
