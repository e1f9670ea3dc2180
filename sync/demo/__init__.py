"""The demonstration: a made-up shop and newsletter, and the real hub at work between them."""
