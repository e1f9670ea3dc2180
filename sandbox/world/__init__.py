"""A Nordic shop with its people and mailing lists, and the members of every segment."""
