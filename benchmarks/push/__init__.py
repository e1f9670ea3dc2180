"""Requests of a push, compared with the fewest that each vendor's API allows."""
