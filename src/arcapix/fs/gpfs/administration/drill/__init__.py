"""Plays an event through the registered callbacks' own programs, without GPFS's daemon."""
