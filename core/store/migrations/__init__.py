"""Migrations, one step per file in `versions`."""
