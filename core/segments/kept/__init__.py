"""What stays of an evaluation: segments, stays with entered and left, unknowns, sizes."""
