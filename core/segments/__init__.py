"""Segments, in the order of their data: from a rule in the config to a stored membership."""
