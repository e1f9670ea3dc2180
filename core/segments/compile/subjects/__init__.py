"""The rows that rules count: a module per family of subjects, and the table of all of them."""
