"""Commands about what callbacks need on each node: the driver, the key, and whether all is in order."""
