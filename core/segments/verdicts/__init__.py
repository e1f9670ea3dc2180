"""Aggregate rows to verdicts: member, not, unknown; `for_each` values as one group."""
