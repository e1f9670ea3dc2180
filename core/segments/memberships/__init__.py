"""Memberships: stays in segments with the day entered and the day left, and who is unknown."""
