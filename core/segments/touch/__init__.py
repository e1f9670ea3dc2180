"""Whom an evaluation looks at: those who are marked, crossed by time, or passed by a figure."""
