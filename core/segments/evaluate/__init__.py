"""One evaluation from beginning to end, and queries about the result."""
