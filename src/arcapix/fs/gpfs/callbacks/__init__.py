"""Callbacks as objects: one of them, those of an object, many at once, and the ``on<Event>`` attributes."""
