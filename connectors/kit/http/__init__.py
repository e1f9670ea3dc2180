"""The guarded HTTP client: what it may reach, how long it waits, and what it reads."""
