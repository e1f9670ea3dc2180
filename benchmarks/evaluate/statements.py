"""SQL texts of several statements, taken apart."""

import sqlite3


def statements(text: str) -> list[str]:
    """The statements of a text, each with its comments."""
    found: list[str] = []
    part = ""
    for line in text.splitlines(keepends=True):
        part += line
        if sqlite3.complete_statement(part):
            found.append(part)
            part = ""
    return found
