"""One module per outside system; each knows that system's API and, of ours, only the kit."""
