"""Everything in the store that the key of the hub protects: hashes and tokens."""
