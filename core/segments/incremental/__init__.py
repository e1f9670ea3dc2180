"""Touched profiles: marked, crossed by a window edge, or passed by a threshold."""
