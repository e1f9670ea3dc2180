"""Contacts, the one profile behind them, and what they permit."""
