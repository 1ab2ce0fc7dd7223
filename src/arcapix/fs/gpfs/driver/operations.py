"""The operations that a captured body is made of: what `capture` writes, and `rebuild` does.

Each is one letter, since it occurs in every step of every token. A token outlives a release, so a letter
keeps its meaning for as long as the version of the token exists.
"""

# Objects that are made, each by one step. Most functions need no others.
FUNCTION = "F"
REFERENCE = "G"
MODULE = "M"
CONSTANT = "V"
CELL = "X"

# What completes them.
SET_GLOBALS = "g"
FILL_CELL = "x"

# Containers, and what completes them.
TUPLE = "T"
LIST = "L"
EXTEND = "l"
DICT = "D"
UPDATE = "d"
SET = "S"
ADD = "s"
FROZENSET = "Z"

# Instances and classes, and what completes them.
METHOD = "B"
OWN_MODULE = "W"
CALL = "R"
INVOKE = "c"
APPLY = "u"
APPLY_EACH = "U"
NEW = "O"
SET_STATE = "i"
FILL_DICT = "k"
CLASS = "C"
SET_ATTRIBUTES = "a"

# Classes that are made anew through the library.
NAMED_TUPLE = "N"
ENUM = "E"
FILL_MEMBERS = "m"
REMOVE = "r"
DATACLASS = "K"
ABSTRACT = "A"
COROUTINE = "y"
MEMBER = "e"
GENERATED = "f"
ANNOTATE_NEW = "n"
