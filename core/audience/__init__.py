"""Who should carry what at which destination, what was delivered, and what is left to do."""
