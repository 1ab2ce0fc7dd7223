"""Reading what the driver of a node recorded of its runs."""
