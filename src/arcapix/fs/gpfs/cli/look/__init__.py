"""Commands that only look: what is registered, what ran, and why something did not."""
