"""The standard tests of a source, by what they are about."""
