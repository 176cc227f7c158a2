"""What the rooms of administration share: the words of items and sections, and chosen channels."""
