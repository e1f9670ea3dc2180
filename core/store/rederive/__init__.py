"""Rederive stored values from new settings: dates from the zone, amounts from the currency."""
