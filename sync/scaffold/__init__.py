"""What whoever writes a connector begins with: a package of its own, and samples without people."""
