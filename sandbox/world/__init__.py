"""A Nordic shop with its people and its mailing list, and who belongs where in it."""
