"""Telling callbacks afterwards of what this node has missed, as far as GPFS can be asked for the state."""
