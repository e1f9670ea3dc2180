"""Contacts, the one profile behind them, and their consent."""
