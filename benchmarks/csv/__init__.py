"""Reading order lines from a file: the hub beside Python's csv module alone."""
