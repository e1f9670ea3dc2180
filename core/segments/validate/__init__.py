"""Segments checked before anything is evaluated: references, contradictions, ranges."""
