"""Commands that change something: callbacks, pauses, and events that wait."""
