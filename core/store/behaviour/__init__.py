"""Behaviour of people: facts of one row each, deals, messages and their events."""
