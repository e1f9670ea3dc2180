"""Proofs of who asks: credentials, OAuth 2.0 and OAuth 1.0a."""
