"""What the hub costs, as ratios within one run: see README.md beside this file."""
