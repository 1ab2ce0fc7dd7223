"""All that runs on a node at an event: check the token, decide, rebuild the function, run it, record.

This folder is what is bundled, and what a driver without a bundle sees: nothing here imports anything of ours
from outside it. `main` is where it starts.
"""
