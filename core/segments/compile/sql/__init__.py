"""What all rules are compiled with: aggregate queries, comparisons, baselines, window edges."""
