"""Made-up shops of any size, written straight into the store's tables.

The rows are those that ingest would have written; a test writes the same facts through ingest.
"""
