"""From what a user asks for to what GPFS is given, and back."""
