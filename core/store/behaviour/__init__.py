"""Behaviour of people: facts of one row each, deals and carts, messages and their events."""
