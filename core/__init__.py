"""The hub's knowledge and decisions; its only outside contact is the database."""
