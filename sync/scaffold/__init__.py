"""The start of a new connector: a package from templates, and samples without personal data."""
