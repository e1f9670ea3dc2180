"""What evaluating segments costs, beside the statement that a person would write by hand."""
