"""The desired state at each destination, the delivered state, and the difference."""
