"""Requests of a push, beside the fewest that each vendor's API allows."""
