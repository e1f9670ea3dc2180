"""The normalized store: tables, ingest, identity, consent, checkpoints."""
