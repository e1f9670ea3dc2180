"""One evaluation from beginning to end, why people left, and questions about the result."""
