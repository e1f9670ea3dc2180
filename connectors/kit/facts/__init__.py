"""Tables of a vendor's facts: its money, its orders, its people."""
