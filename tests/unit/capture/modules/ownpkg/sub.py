"""A module in a package of the user's own."""


def deep(x):
    return x * 7
