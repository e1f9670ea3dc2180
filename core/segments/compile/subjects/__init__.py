"""The rows that rules count: one module per subject, with what `where` may name."""
