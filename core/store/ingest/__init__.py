"""What a source told, into the store: one page at a time, in one transaction."""
