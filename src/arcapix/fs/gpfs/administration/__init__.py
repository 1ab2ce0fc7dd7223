"""What those who answer for a cluster ask and do, beyond a single callback; without a terminal."""
