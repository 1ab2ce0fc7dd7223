"""Asks this cluster's own GPFS what its documents leave open, and says what follows for callbacks here."""
