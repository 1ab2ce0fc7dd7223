"""What the classes for objects of the cluster have in common."""
