"""What an evaluation stores: segments, stays with entered and left, unknowns, counts."""
