"""Verdicts: member, not, or unknown, per segment and profile."""
