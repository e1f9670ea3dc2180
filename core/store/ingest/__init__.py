"""Ingest: one page of a source into the store, in one transaction."""
