"""Commands that try something out: what an event would do, and what is wrong with a handler."""
