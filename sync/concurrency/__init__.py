"""What is done at the same time, in threads of one command: fetched ahead, and side by side."""
