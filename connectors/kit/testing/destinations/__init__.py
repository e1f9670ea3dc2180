"""The standard tests of a destination, by what they are about."""
