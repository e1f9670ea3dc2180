"""Repair after a person changed something: at a destination, or in the config."""
