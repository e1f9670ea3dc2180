"""What the hub knows and decides: it talks to its database and to nobody else."""
