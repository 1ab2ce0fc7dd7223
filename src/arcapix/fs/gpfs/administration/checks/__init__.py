"""What a node shows of whether callbacks run there; each check says what to do about what it has found."""
