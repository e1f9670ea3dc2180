"""Heyloyalty as the sandbox speaks it."""
