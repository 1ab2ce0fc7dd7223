"""Getting the driver onto a node: installation, bundling, and the cluster key."""
