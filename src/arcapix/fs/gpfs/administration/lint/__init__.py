"""Reads files with handlers, and tells what is wrong with these; nothing of a file is ever executed."""
