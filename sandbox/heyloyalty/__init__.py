"""The sandbox's Heyloyalty."""
