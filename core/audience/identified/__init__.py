"""Audiences: people whom a platform knows by identifiers, and what it may hold of them."""
