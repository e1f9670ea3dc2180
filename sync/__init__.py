"""The pipeline and the command line: pull, evaluate and push on request, without own decisions."""
