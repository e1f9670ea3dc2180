"""The sandbox's Square: the tills of the shop's stores."""
