"""Reading order lines from a file, compared with Python's csv module alone."""
