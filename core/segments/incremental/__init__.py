"""Incremental evaluation: the profiles whose verdicts may differ from the stored ones."""
