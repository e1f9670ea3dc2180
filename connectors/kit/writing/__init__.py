"""Destinations by declaration: targets by their names, changes in batches, carriers in one scan."""
