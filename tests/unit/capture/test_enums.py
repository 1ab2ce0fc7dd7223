"""Enums come back as they were: every attribute of the class, every attribute of each member."""

from __future__ import annotations

import enum
import types
from collections.abc import Callable
from typing import Any

import pytest

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.exceptions import CaptureError

Own = Callable[..., types.ModuleType]
Again = Callable[..., Any]

NOT_KEPT = {
    "__doc__",
    "__firstlineno__",
    "__static_attributes__",
    "__dict__",
    "__weakref__",
    "__annotations__",
}


def shown(value: object) -> object:
    """What is seen of a value, comparable between an enum and its copy."""
    if isinstance(value, enum.Enum):
        return f"member {value._name_!r} of {type(value).__name__}"
    if isinstance(value, type):
        return value if value.__module__ in ("builtins", "enum", "datetime") else f"class {value.__name__}"
    if isinstance(value, dict):
        return [(shown(key), shown(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [shown(item) for item in value]
    if isinstance(value, staticmethod | classmethod):
        return type(value), shown(value.__func__)
    if isinstance(value, types.FunctionType):
        return value.__qualname__, value.__code__.co_code
    if isinstance(value, enum.property):
        return "property", value.fget and value.fget.__name__
    if isinstance(value, property):
        return "property", shown(value.fget)
    if isinstance(value, types.MemberDescriptorType | types.MethodType):
        return str(value.__name__)
    return repr(value) if type(value).__module__ == "handlers" else value


def everything(cls: Any) -> dict[str, object]:
    """All that a class and its members hold, in order."""
    held: dict[str, object] = {name: shown(item) for name, item in vars(cls).items() if name not in NOT_KEPT}
    members = {
        id(member): member for member in [*cls._member_map_.values(), *cls._value2member_map_.values()]
    }
    return held | {
        f"member {member._name_}": [(name, shown(item)) for name, item in vars(member).items()]
        for member in members.values()
    }


ENUMS = {
    "aliases": """
        class Kind(enum.Enum):
            SMALL = 1
            LITTLE = 1
            LARGE = 2
    """,
    "functions of the library that the body names": """
        class Kind(str, enum.Enum):
            NEW = "new"
            __str__ = str.__str__
            __repr__ = object.__repr__
            __format__ = str.__format__
    """,
    "number's functions": """
        class Kind(int, enum.Enum):
            NEW = 3
            __str__ = int.__repr__
            __format__ = int.__format__
    """,
    "unhashable values": """
        class Kind(enum.Enum):
            EMPTY = []
            NONE = {}
            AGAIN = []
    """,
    "timedelta": """
        import datetime
        class Kind(datetime.timedelta, enum.Enum):
            DAY = 1
            HOUR = 0, 3600
    """,
    "datetime": """
        import datetime
        class Kind(datetime.datetime, enum.Enum):
            EPOCH = 1970, 1, 1
    """,
    "decimal": """
        import decimal
        class Kind(decimal.Decimal, enum.Enum):
            HALF = "0.5"
    """,
    "tuple": """
        class Kind(tuple, enum.Enum):
            PAIR = (1, 2)
            ONE = (1,)
    """,
    "list": """
        class Kind(list, enum.Enum):
            PAIR = ([1, 2],)
    """,
    "dataclass": """
        import dataclasses
        @dataclasses.dataclass(frozen=True)
        class Size:
            width: int
            height: int = 2
        class Kind(Size, enum.Enum):
            SMALL = 1
            LARGE = 30, 40
            def area(self): return self.width * self.height
    """,
    "own number": """
        class Even(int):
            def half(self): return self // 2
        class Kind(Even, enum.Enum):
            TWO = 2
            FOUR = 4
    """,
    "own mix-in": """
        class Described:
            __slots__ = ("text",)
            def __str__(self): return "described"
            @classmethod
            def first(cls): return next(iter(cls))
        class Kind(Described, enum.Enum):
            ONE = 1
            def __init__(self, number): self.text = "t" * number
    """,
    "own new and init": """
        class Kind(enum.Enum):
            _ignore_ = "skipped"
            _order_ = "A B"
            A = 1, "first"
            B = 2, "second"
            def __new__(cls, number, text):
                self = object.__new__(cls)
                self.text = text
                self._value_ = number * 10
                return self
            def __init__(self, number, text): self.number = number
            limits = enum.nonmember([1, 2])
    """,
    "base with a new": """
        class Base(enum.Enum):
            def __new__(cls, number):
                self = object.__new__(cls)
                self._value_ = -number
                return self
            @staticmethod
            def _generate_next_value_(name, start, count, last_values): return count
        class Kind(Base):
            A = 1
            B = enum.auto()
    """,
    "texts": """
        class Kind(enum.StrEnum):
            A = enum.auto()
            B = enum.auto()
            C = B
    """,
    "flag with kept members": """
        class Kind(enum.Flag):
            READ = 1
            WRITE = 2
            RUN = 4
            BOTH = 3
        Kind.READ | Kind.RUN
        ~Kind.WRITE
    """,
    "flag with a boundary": """
        class Kind(enum.IntFlag, boundary=enum.STRICT):
            HIGH = 4
            LOW = 1
            def __or__(self, other): return "or"
    """,
    "global": """
        @enum.global_enum
        class Kind(enum.IntFlag):
            GLOBAL_LOW = 1
            GLOBAL_HIGH = 2
    """,
    "invented members": """
        class Kind(enum.Enum):
            KNOWN = 1
            @classmethod
            def _missing_(cls, value):
                made = object.__new__(cls)
                made._name_, made._value_, made.invented = f"NUMBER_{value}", value, True
                return cls._value2member_map_.setdefault(value, made)
        Kind(5), Kind(7)
    """,
    "members that carry names of the library": """
        class Kind(int, enum.Enum):
            name = 1
            value = 2
            real = 3
    """,
    "own metaclass": """
        class Meta(enum.EnumType):
            def __contains__(cls, value): return True
            def __call__(cls, *arguments, **named): return super().__call__(*arguments, **named)
        class Kind(enum.Enum, metaclass=Meta):
            A = "a"
    """,
    "set afterwards": """
        class Kind(enum.Enum):
            A = 1
        Kind.note = "later"
        Kind.A.note = "also later"
        Kind.__str__ = lambda self: "changed"
    """,
    "own attribute access": """
        class Kind(enum.Enum):
            A = 1
            def __setattr__(self, name, value): super().__setattr__(name, value)
            def __getattribute__(self, name): return super().__getattribute__(name)
            def __eq__(self, other): return self is other
            def __hash__(self): return 7
    """,
    "made by a call": """
        Kind = enum.Enum("Kind", "a b", module=__name__)
    """,
    "members of other enums": """
        class Other(enum.Enum):
            X = 1
        class Kind(enum.Enum):
            A = Other.X
            B = (Other.X, 2)
    """,
}


@pytest.mark.parametrize("text", ENUMS.values(), ids=ENUMS.keys())
def test_an_enum_comes_back_as_it_was(text: str, own: Own, again: Again) -> None:
    handlers = own(
        f"import enum\n{text}\n        def run():\n            return Kind\n".replace("\n        ", "\n")
    )
    before, after = everything(handlers.Kind), everything(again(handlers.run)())
    assert list(before.items()) == list(after.items())


@pytest.mark.parametrize("text", ENUMS.values(), ids=ENUMS.keys())
def test_looking_at_an_enum_leaves_it_as_it_was(text: str, own: Own) -> None:
    handlers = own(
        f"import enum\n{text}\n        def run():\n            return Kind\n".replace("\n        ", "\n")
    )
    before = everything(handlers.Kind)
    capture.capture(handlers.run)
    assert list(before.items()) == list(everything(handlers.Kind).items())


def test_a_member_that_was_added_by_hand_is_there(own: Own, again: Again) -> None:
    handlers = own("""
        import enum

        class Kind(enum.Enum):
            A = 1

        added = object.__new__(Kind)
        added._name_, added._value_ = "B", 2
        Kind._member_map_["B"] = added
        Kind._member_names_.append("B")
        Kind._value2member_map_[2] = added
        type.__setattr__(Kind, "B", added)

        def run():
            return [member.name for member in Kind], Kind(2) is added is Kind.B, vars(added)
    """)
    assert again(handlers.run)() == (["A", "B"], True, {"_name_": "B", "_value_": 2})


def test_a_member_without_a_name_is_itself_wherever_it_is_held(own: Own, again: Again) -> None:
    handlers = own("""
        import enum

        class Right(enum.Flag):
            READ = 1
            WRITE = 2

        both = Right.READ | Right.WRITE

        def run():
            return both is Right(3), both.name, Right.WRITE in both
    """)
    assert again(handlers.run)() == (True, "READ|WRITE", True)


def test_no_hook_of_a_base_class_is_told_of_an_enum_again(own: Own, again: Again) -> None:
    handlers = own("""
        import enum

        class Registered:
            known = []
            def __init_subclass__(cls): Registered.known.append(cls.__name__)

        class Kind(Registered, enum.Enum):
            A = 1

        def run():
            return Registered.known, [cls.__name__ for cls in Registered.__subclasses__() if cls is Kind]
    """)
    assert again(handlers.run)() == (["Kind"], ["Kind"])
    assert handlers.run() == (["Kind"], ["Kind"])


def test_members_whose_values_have_become_equal_are_refused(own: Own) -> None:
    handlers = own("""
        import enum

        class Kind(enum.Enum):
            A = []
            B = [1]

        Kind.A.value.append(1)

        def run():
            return Kind.B
    """)
    with pytest.raises(CaptureError, match="member 'B'"):
        capture.capture(handlers.run)


def test_a_member_is_shown_by_its_name(own: Own) -> None:
    handlers = own("""
        import enum

        class Kind(enum.Enum):
            A = 1

        chosen = Kind.A

        def run():
            return chosen
    """)
    captured = capture.capture(handlers.run)
    assert ("chosen", "Kind.A") in capture.describe(captured.body, captured.form).values
