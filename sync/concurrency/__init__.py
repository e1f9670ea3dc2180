"""Threads of one command: prefetching, and work in parallel."""
