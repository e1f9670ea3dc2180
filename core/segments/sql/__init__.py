"""What all rules are compiled with: the clock, the passes, comparisons, population figures."""
