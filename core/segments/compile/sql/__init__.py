"""Building blocks of compiled rules: aggregate queries, comparisons, baselines, window edges."""
