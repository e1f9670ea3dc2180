"""Answers to changes that were sent, and jobs that are answered later."""
