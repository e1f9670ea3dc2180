"""Moves things when told, and decides nothing: pull, evaluate, push, and the command line."""
