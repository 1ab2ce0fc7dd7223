"""Everything that runs on a node at an event: check the token, decide, rebuild the function, run it, record.

This folder is what gets bundled, and all that a driver without a bundle can see: nothing here imports our
code from outside it. `main` is the entry point.
"""
