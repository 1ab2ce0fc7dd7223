"""The mm commands that are emulated, one module for each group of them."""
