"""Evaluating segments, compared with a handwritten SQL statement."""
