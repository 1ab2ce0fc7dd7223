"""A module of the user's own, which no node has."""

LIMIT = 3
STATE = []


def helper(x):
    STATE.append(x)
    return x + LIMIT


class Tool:
    def __init__(self, x):
        self.x = x

    def go(self):
        return helper(self.x)
