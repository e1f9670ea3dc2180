"""The hub's way into other systems: its key, its tokens, and sign-ins at vendors' pages."""
