"""Whole programs as hypothesis draws them: functions, classes and values that refer to each other freely.

A program is a list of pieces, each a few statements that define names or tie together what is there already.
The pieces are drawn without much thought about whether they are valid together: `survivors` runs them one by
one and leaves out those that fail. Names are ``v1``, ``v2``, ...; what a function names may come later.
"""

from __future__ import annotations

import enum
import logging
import re
import sys
import textwrap
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from hypothesis import strategies as st

NAME = "fuzzed"
"""The name of a program's module."""

HEADER = """\
import abc, array, asyncio, collections, collections.abc, contextlib, copy, dataclasses, datetime, decimal, enum
import fractions, functools, http, io, itertools, json, logging, operator, os, os.path, pathlib, random, re, string, struct
import types, typing, uuid, xml.etree.ElementTree
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field, InitVar, KW_ONLY
from enum import Enum, Flag, IntEnum, IntFlag, StrEnum, auto
from functools import cache, cached_property, lru_cache, partial, partialmethod, singledispatch, wraps
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypedDict, TypeVar
T = TypeVar("T")
"""

FUTURE = "from __future__ import annotations\n"

ATOMS = (
    "None", "True", "False", "0", "1", "-7", "2**70", "(1 << 20000) + 1", "1.5", "-0.0", "float('nan')",
    "float('inf')", "1e300", "3j", "complex('nan')", "...", "NotImplemented", "''", "'a'", "'it\\'s'",
    r"'\u2028\x85\x0c\r'", r"'\ud800'", "'ü𝔘'", "b''", r"b'\x00\xff'", "'x' * 300",
)  # fmt: skip

LIBRARY_VALUES = (
    "datetime.datetime(2024, 1, 2, 3, 4, 5)", "datetime.timedelta(days=1)", "datetime.timezone.utc",
    "datetime.date(2024, 1, 2)", "datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc)",
    "decimal.Decimal('1.10')", "decimal.Decimal('NaN')", "fractions.Fraction(1, 3)", "pathlib.Path('/a/b')",
    "pathlib.PurePosixPath('a')", "re.compile('a+', re.I)", "re.compile(b'x')", "uuid.UUID(int=5)",
    "OrderedDict(b=1, a=2)", "defaultdict(list, {'a': [1]})", "Counter('aab')", "deque([1, 2], 5)",
    "collections.ChainMap({'a': 1}, {'b': 2})", "types.SimpleNamespace(a=1)", "types.MappingProxyType({'a': 1})",
    "partial(divmod, 7)", "partial(int, base=2)", "range(3)", "slice(1, 2)", "bytearray(b'ab')",
    "array.array('i', [1, 2])", "itertools.repeat(1, 3)", "operator.itemgetter(1)", "operator.attrgetter('a.b')",
    "operator.methodcaller('upper')", "random.Random(3)", "ValueError('x', 1)", "OSError(2, 'no', 'f')",
    "KeyError('k')", "SystemExit(3)", "UnicodeDecodeError('ascii', b'\\xff', 0, 1, 'bad')", "StopIteration(4)",
    "ImportError('no', name='n')", "ExceptionGroup('g', [ValueError(1)])", "http.HTTPStatus.OK", "re.IGNORECASE",
    "re.I | re.M", "logging.getLogger('fuzzed.x')", "string.Template('$a')", "int", "dict", "len", "os.path.join", "json",
    "os.path", "datetime.datetime", "'abc'.upper", "[1].append", "dict.fromkeys", "str.lower", "list[int]",
    "int | None", "typing.Optional[int]", "dict[str, 'int']", "TypeVar('U', int, str)", "typing.NewType('N', int)",
    "object()", "Exception", "io.StringIO('ab')", "io.BytesIO(b'ab')", "iter([1, 2])", "{1: 2}.keys()",
    "xml.etree.ElementTree.Element('a')", "dataclasses.MISSING", "operator.neg", "asyncio.sleep",
    "functools.cmp_to_key", "contextlib.nullcontext(1)", "json.JSONEncoder()", "collections.abc.Mapping",
    "json.JSONDecoder(object_hook=dict)", "struct.Struct('<I')", "random.SystemRandom()", "{1: 2}.values()", "iter({1: 2})",
    "zip({'a': 1})", "functools.cmp_to_key(divmod)", "OrderedDict(a=1).items()",
)  # fmt: skip

CHARACTERS = (
    0x61,
    0x62,
    0x20,
    0x0A,
    0x00,
    0x27,
    0x5C,
    0x7B,
    0xE4,
    0x85,
    0x2028,
    0xFEFF,
    0x1D518,
    0xDC80,
    0x4E2D,
)
BASES_OF_CONTAINERS = ("dict", "list", "set", "frozenset", "tuple", "deque", "OrderedDict", "defaultdict", "Counter",
                       "str", "int", "float", "bytes", "bytearray", "collections.UserDict", "collections.UserList")  # fmt: skip
ANNOTATIONS = ("int", "str", "'later'", "list[int]", "dict[str, int]", "typing.Optional[int]", "Any", "None", "int | None",
               "typing.Callable[[int], str]", "ClassVar[int]", "T", "typing.Literal['a', 1]", "typing.Annotated[int, 'x']",
               "list['later']", "datetime.date", "typing.Union[int, str]", "type[int]", "tuple[int, ...]")  # fmt: skip


MEMBERS_OF_ENUM = ("'RED GREEN'", "{'RED': 1, 'GREEN': [2]}", "[('RED', 'x')]")
FIELDS_OF_NAMED_TUPLE = ("'alpha beta'", "['alpha']", "()", "'alpha beta', defaults=[1]", "'alpha class', rename=True", "'alpha', module='x'")  # fmt: skip


TIED = re.compile(r"(?:del |setattr\(|object\.__setattr__\()?(v\d+)\b(?! = )")
"""How a piece begins that changes something that is there."""


@dataclass
class Draft:
    """A program while it is being drawn."""

    random: Random = field(default_factory=Random)
    names: dict[str, list[str]] = field(default_factory=dict)
    """Names by the kind of what they stand for."""
    count: int = 0
    depth: int = 0

    # -- draws -----------------------------------------------------------------------------------------------

    def number(self, limit: int) -> int:
        return self.random.randrange(limit)

    def maybe(self, one_in: int = 2) -> bool:
        return self.number(one_in) == one_in - 1

    def one(self, *options: str) -> str:
        return options[self.number(len(options))]

    def new(self, kind: str = "value") -> str:
        self.count += 1
        name = f"v{self.count}"
        self.names.setdefault(kind, []).append(name)
        return name

    def known(self, *kinds: str, otherwise: str = "None") -> str:
        found = [name for kind in kinds for name in self.names.get(kind, ())]
        return found[-1 - self.number(len(found))] if found else otherwise

    def any_name(self) -> str:
        """A name that is there, or, once in a while, one that may come later."""
        if self.maybe(5):
            return f"v{self.count + 1 + self.number(4)}"
        return self.known(*self.names, otherwise="T")

    def member(self) -> str:
        """The name of an attribute; the same ones come again."""
        return self.one("alpha", "beta", "gamma", "_hidden", "delta", "epsilon")

    # -- expressions -----------------------------------------------------------------------------------------

    def atom(self) -> str:
        kind = self.number(4)
        if kind == 2:
            return repr(self.random.randrange(-(10**6), 10 ** self.random.randrange(1, 40)))
        if kind == 3:
            return ascii("".join(map(chr, self.random.choices(CHARACTERS, k=self.number(5)))))
        return self.one(*ATOMS)

    def value(self) -> str:
        """An expression at the top level, of what there is already."""
        self.depth += 1
        try:
            if self.depth > 3:
                return self.one("1", self.known(*self.names, otherwise="'x'"))
            options = (
                self.atom, self.atom, self.old, self.old, self.old, self.library, self.container, self.container, self.instance,
                self.instance, self.enum_member, self.bound, self.lambda_, self.partial_, self.error,
            )  # fmt: skip
            return options[self.number(len(options))]()
        finally:
            self.depth -= 1

    def old(self) -> str:
        return self.known(*self.names, otherwise="7")

    def library(self) -> str:
        return self.one(*LIBRARY_VALUES)

    def container(self) -> str:
        items = [self.value() for _ in range(self.number(4))]
        inner = ", ".join(items)
        kind = self.number(6)
        if kind == 0:
            return f"[{inner}]"
        if kind == 1:
            return f"({inner},)" if items else "()"
        if kind == 2:
            return "{" + ", ".join(f"{self.hashable()}: {item}" for item in items) + "}"
        if kind == 3:
            return "{" + ", ".join(self.hashable() for _ in items) + "}" if items else "set()"
        if kind == 4:
            return f"frozenset([{', '.join(self.hashable() for _ in items)}])"
        return f"{self.known('container')}({self.one('', f'[{inner}]', '{}', inner)})"

    def hashable(self) -> str:
        return self.one(
            "'a'",
            "1",
            "None",
            "(1, 'b')",
            "frozenset({1, 'c'})",
            self.known("instance", "class", "function", otherwise="2.5"),
            self.atom(),
            self.enum_member(),
            f"{self.known('class', otherwise='object')}()",
        )

    def instance(self) -> str:
        arguments = self.one("", "", "1", "1, 2", "'a'", self.value())
        return f"{self.known('class', 'dataclass', 'container', 'error', 'named', otherwise='object')}({arguments})"

    def enum_member(self) -> str:
        name = self.known("enum", otherwise="")
        return f"{name}.{self.one('RED', 'GREEN', 'BLUE')}" if name else "http.HTTPStatus.OK"

    def bound(self) -> str:
        return f"{self.known('class', 'dataclass', 'instance', 'enum', otherwise='T')}{self.one('', '()')}.{self.member()}"

    def lambda_(self) -> str:
        return self.one(
            f"lambda: {self.any_name()}", f"lambda a=1, *b: (a, b, {self.any_name()})", f"lambda a, k={self.old()}: [a, k]",
            f"(lambda x: lambda: x)({self.old()})", f"(lambda x: [lambda: x, lambda y: (x, y)])({self.old()})",
        )  # fmt: skip

    def partial_(self) -> str:
        return f"partial({self.known('function', 'class', otherwise='divmod')}, {self.one('1', self.value(), 'k=1', 'alpha=2')})"

    def error(self) -> str:
        return f"{self.known('error', otherwise='ValueError')}({self.one('', '1', self.value(), '1, 2')})"

    # -- functions -------------------------------------------------------------------------------------------

    def annotation(self, sign: str = ": ") -> str:
        if not self.maybe(4):
            return ""
        return sign + self.one(*ANNOTATIONS, self.known("class", "enum", "dataclass", otherwise="int"))

    def parameters(self, first: str = "") -> str:
        parts = [first] if first else []
        if self.maybe():
            parts.append(f"a{self.annotation()}")
        defaulted = self.maybe()
        if parts and parts[-1] != first and self.maybe(6):
            parts.append("/")
        if defaulted:
            parts.append(f"b{self.annotation()}={self.value()}")
        if self.maybe(4):
            parts += ["*c" if self.maybe() else "*", f"k{self.annotation()}={self.value()}"]
            if self.maybe():
                parts.append("**d")
        return ", ".join(parts)

    def decorators(self, indent: str = "") -> str:
        options = (
            "cache", "lru_cache", "lru_cache(maxsize=2, typed=True)", "lru_cache(None)", "contextlib.contextmanager",
            "singledispatch", "wraps(len)", "types.coroutine", "typing.no_type_check", "partial(partial, k=1)", "staticmethod",
            "typing.final", "contextlib.asynccontextmanager", "functools.total_ordering", "operator.itemgetter(0)",
        )  # fmt: skip
        chosen = [
            self.one(*options) if self.maybe() else self.known("decorator", otherwise="cache")
            for _ in range(max(0, self.number(5) - 2))
        ]
        return "".join(f"{indent}@{name}\n" for name in chosen)

    def seen_inside(self, *local: str) -> str:
        """An expression in a function."""
        return self.one(
            self.any_name(), self.any_name(), f"{self.any_name()}", *local, "json.dumps([1])", "os.path.join('a', 'b')", "xml.etree.ElementTree.__name__",
            f"type({self.any_name()}).__name__", f"[x for x in ({self.any_name()}, 1)]", f"f'{{{self.one('1', *local)}!r:>4}}'",
            f"{self.known('function', otherwise='len')}", f"getattr({self.any_name()}, '{self.member()}', 0)", self.atom(),
            "sum(i * j for i in (1, 2) for j in (3,))", "(lambda q=1: q)()", "__name__", f"isinstance(1, {self.known('class', 'enum', otherwise='int')})",
        )  # fmt: skip

    def body(self, indent: str, *local: str) -> str:
        lines = ['"""What it is for."""'] if self.maybe(5) else []
        for _ in range(self.number(3)):
            lines += self.statement(*local)
        kind = self.number(8)
        seen = ", ".join(self.seen_inside(*local) for _ in range(1 + self.number(3)))
        if kind == 7:
            lines += [f"yield ({seen},)", "yield 2"]
        elif kind == 6:
            lines += ["raise ValueError('as ever')"]
        else:
            lines += [f"return ({seen},)"]
        return textwrap.indent("\n".join(lines) + "\n", indent)

    def statement(self, *local: str) -> list[str]:
        name = self.known("number", "value", otherwise="counter")
        kind = self.number(8)
        if kind == 0:
            return [f"global {name}", f"{name} = (1, {self.one('2', *local)})"]
        if kind == 1:
            return [
                "try:",
                f"    raise {self.known('error', otherwise='KeyError')}({self.one('1', '')})",
                "except (ValueError, KeyError) as error:",
                "    caught = error.args",
            ]
        if kind == 2:
            return [f"local = {self.seen_inside(*local)}", "assert True, 'never'"]
        if kind == 3:
            return [
                f"def inner(p=1, *, q={self.one('2', *local)}):",
                f"    return p, q, {self.seen_inside(*local)}",
                "again = inner()",
            ]
        if kind == 4:
            return [
                "import json as other, os",
                "from collections import Counter as C2",
                "other.dumps(C2('a'))",
            ]
        if kind == 5 and (called := self.names.get("function")):
            return [f"before = {called[0]}" + self.one("", "()", "(1)")]
        if kind == 6:
            return [
                f"match {self.one('3', *local)}:",
                "    case 3 | 4: pass",
                "    case {'a': x}: pass",
                "    case _: pass",
            ]
        return [
            "class Inside:",
            f"    one = {self.seen_inside(*local)}",
            "    def go(self): return __class__.__name__",
            "Inside().go()",
        ]

    def function(self) -> str:
        name = self.new("later")
        prefix = "async " if self.maybe(8) else ""
        text = f"{self.decorators()}{prefix}def {name}({self.parameters()}){self.annotation(' -> ')}:\n{self.body('    ', *self.locals_())}"
        self.names["later"].remove(name)
        self.names.setdefault("function", []).append(name)
        return text

    def locals_(self) -> tuple[str, ...]:
        return ("a",) if self.maybe() else ()

    def closure(self) -> str:
        maker, first, second, third = (
            f"make{self.count}",
            self.new("function"),
            self.new("function"),
            self.new(),
        )
        empty = self.maybe(3)
        lines = [
            f"def {maker}(p, q={self.value()}):",
            f"    x = {self.seen_inside('p', 'q')}",
            *(["    if not p: missing = 1"] if empty else []),
            f"    def inner(a=1, *b{self.annotation()}):",
            *(["        nonlocal x", "        x = (a, 'written')"] if self.maybe() else []),
            f"        return [x, p, inner, a, {self.seen_inside('x', 'q')}]",
            f"    other = lambda: (x, {self.one('q', 'inner', 'missing' if empty else 'p')})",
            "    class Local:",
            f"        shown = {self.one('x', 'q')}" if self.maybe() else "        shown = 1",
            "        def alpha(self): return (x, inner.__name__, __class__.__name__)",
            f"    return inner, other, {self.one('Local', 'Local()', 'x', '[Local, inner]')}",
            f"{first}, {second}, {third} = {maker}({self.one('1', self.value())})",
        ]
        return "\n".join(lines) + "\n"

    def decorator(self) -> str:
        name = self.new("decorator")
        lines = [
            f"def {name}(function):",
            *(["    calls = []"]),
            *(
                [
                    f"    @{self.one('wraps(function)', 'wraps(function, updated=())', 'cache', 'contextlib.contextmanager')}"
                ]
                if self.maybe()
                else []
            ),
            f"    def wrapper(*given, **named{self.annotation()}):",
            "        calls.append(len(given))",
            f"        return ('wrapped', {self.one('calls', 'len(calls)', '1')}, function(*given, **named){self.one('', ', ' + self.any_name())})",
            *(
                [f"    wrapper.{self.member()} = {self.one('calls', 'function', '1')}"]
                if self.maybe(3)
                else []
            ),
            f"    return {self.one('wrapper', 'wrapper', 'wrapper', 'function', 'staticmethod(wrapper)')}",
        ]
        return "\n".join(lines) + "\n"

    def dispatch(self) -> str:
        name = self.new("function")
        lines = [
            "@singledispatch",
            f"def {name}(a, b={self.value()}):",
            f"    return ('any', {self.seen_inside('a')})",
        ]
        for kind in range(self.number(3)):
            lines += [
                f"@{name}.register({self.known('class', 'enum', 'error', otherwise=('int', 'str', 'list')[kind])})",
                f"def _{self.one('', name)}(a, b=1): return ('special', {self.seen_inside('a')})",
            ]
        return "\n".join(lines) + "\n"

    # -- classes ---------------------------------------------------------------------------------------------

    def plain_class(self) -> str:
        name = self.new("later")
        bases = [
            self.known("class", "class", "generic", "dataclass", "error", "container", otherwise="object")
            for _ in range(max(0, self.number(5) - 2))
        ]
        if self.maybe(6):
            bases.append(
                self.one(
                    "abc.ABC",
                    "Generic[T]",
                    "Protocol",
                    "collections.abc.Sized",
                    "json.JSONEncoder",
                    "contextlib.ContextDecorator",
                    "string.Formatter",
                    "threading.local",
                    "logging.Handler",
                    "enum.Enum",
                    "property",
                    "type",
                    "types.SimpleNamespace",
                    "partial",
                    "cached_property",
                    "datetime.date",
                    "decimal.Decimal",
                    "contextlib.AbstractContextManager",
                )
            )
        bases = list(dict.fromkeys(bases))
        keywords = []
        if self.maybe(8):
            keywords.append(f"metaclass={self.known('metaclass', otherwise='abc.ABCMeta')}")
        if self.maybe(12):
            keywords.append("flavour=1")
        text = (
            f"{self.class_decorator()}class {name}({', '.join([*bases, *keywords])}):\n{self.members('    ')}"
        )
        self.names["later"].remove(name)
        self.names.setdefault("class", []).append(name)
        return text

    def class_decorator(self) -> str:
        if not self.maybe(10):
            return ""
        return (
            "@"
            + self.one(
                "functools.total_ordering",
                "typing.final",
                "typing.runtime_checkable",
                self.known("class_decorator", otherwise="typing.final"),
                "dataclass",
            )
            + "\n"
        )

    def members(self, indent: str, *further: str, least: int = 0) -> str:
        lines = list(further)
        if self.maybe(5):
            lines.append(self.one('"""A class."""', f"__doc__ = {self.atom()}"))
        if self.maybe(7):
            lines.append(
                "__slots__ = "
                + self.one(
                    "()",
                    "('alpha', 'beta')",
                    "['_hidden', '__dict__']",
                    "{'alpha': 'what it is'}",
                    "'alpha'",
                    "('alpha', '__weakref__')",
                    "('__mangled',)",
                )
            )
        for _ in range(least + self.number(5)):
            lines += self.class_member().rstrip("\n").split("\n")
        return textwrap.indent("\n".join(lines or ["pass"]) + "\n", indent)

    def class_member(self) -> str:
        name = self.member()
        options: tuple[Callable[[], str], ...] = (
            lambda: f"{name} = {self.value()}",
            lambda: f"{name}: {self.one(*ANNOTATIONS)}",
            lambda: f"{name}: {self.one(*ANNOTATIONS)} = {self.value()}",
            lambda: self.method(name),
            lambda: self.method(name),
            lambda: f"@{self.one('property', 'property', 'cached_property', 'abc.abstractmethod', 'cache', 'types.DynamicClassAttribute', 'enum.property', 'classmethod', 'staticmethod', self.known('decorator', 'descriptor', otherwise='property'))}\n{self.method(name)}",
            lambda: f"{self.one('@classmethod', '@staticmethod', '@staticmethod')}\n{self.decorators()}def {name}(*given, k={self.value()}): return ({self.one('given[1:]', 'len(given)')}, {self.seen_inside('k')})",
            lambda: f"{name} = property(lambda self: {self.any_name()}, None, None, {self.one('None', repr('doc'))})",
            lambda: f"@property\ndef {name}(self): return self.__dict__.get('held', {self.any_name()})\n@{name}.setter\ndef {name}(self, value): self.__dict__['held'] = value",
            lambda: f"{name} = {self.one('lambda self: type(self).__name__', 'str.upper', 'len', 'str.__str__', 'object.__repr__', 'staticmethod(len)', 'classmethod(lambda cls: cls.__name__)')}",
            lambda: f"def gamma(self, *given): return given\n{name} = partialmethod(gamma, {self.one('1', self.value())})",
            lambda: f"class {self.one('Nested', name)}:\n    inner = {self.value()}\n    def alpha(self): return __class__.__qualname__",
            lambda: f"__mangled = {self.value()}\ndef {name}(self): return self.__mangled",
            lambda: f"{name} = {self.known('descriptor', otherwise='property')}({self.one('', '1')})",
            lambda: f"{name} = {self.known('function', 'decorator', otherwise='len')}",
            lambda: f"{self.one('epsilon', 'beta', '__call__', '__len__')} = {self.one('alpha', 'beta', 'gamma')}",
            lambda: f"@functools.singledispatchmethod\ndef {name}(self, a=1): return 'any'\n@{name}.register(int)\ndef _(self, a): return ('int', {self.any_name()})",
            self.special, self.special, self.special, self.special,
        )  # fmt: skip
        return options[self.number(len(options))]()

    def method(self, name: str) -> str:
        prefix = "async " if self.maybe(10) else ""
        inside = self.one(
            "self",
            "__class__.__name__",
            f"super().__init__ and {self.any_name()}",
            f"getattr(self, '{self.member()}', 0)",
            "type(self).__mro__",
            "vars(type(self)).keys() and 1",
        )
        return f"{prefix}def {name}({self.parameters('self')}){self.annotation(' -> ')}:\n{self.body('    ', inside)}"

    def special(self) -> str:
        value = self.any_name()
        return self.one(
            f"def __init__(self, *given):\n    self.alpha = given\n    self.own = {value}",
            "def __init__(self, a, b=2): self.alpha, self._hidden = a, b",
            f"def __init__(self, alpha={self.value()}, /, **d):\n    super().__init__()\n    self.alpha = alpha",
            "def __init__(self, *given):\n    super().__init__(*given)\n    self.count = len(given)",
            "def __init__(self, text, *more):\n    super().__init__(text)\n    self.text = text\n    self.more = more",
            f"def __new__(cls, *given, **named):\n    made = super().__new__(cls{self.one('', ', *given', ', 5', ', (1, 2)')})\n    return made",
            f"def __new__(cls, *given):\n    made = object.__new__(cls)\n    made.made = {value}\n    return made",
            f"def __repr__(self): return f'<{{type(self).__name__}} {{{self.one('1', 'len(vars(self))', '__class__')}}}>'",
            "def __str__(self): return 'shown'",
            "__str__ = str.__str__", "__repr__ = object.__repr__", "__format__ = object.__format__", "__hash__ = None", "__eq__ = object.__eq__",
            "def __eq__(self, other): return type(self) is type(other)\ndef __hash__(self): return 5",
            "def __eq__(self, other): return getattr(self, 'alpha', 0) == getattr(other, 'alpha', 1)\ndef __hash__(self): return hash(str(type(self)))",
            "def __hash__(self): return hash(self.alpha)",
            "def __eq__(self, other): return NotImplemented",
            "def __call__(self, *given): return ('called', given)",
            f"def __call__(self, a=1): return {value}",
            "def __len__(self): return 3", "def __bool__(self): return False", "def __iter__(self): return iter((1, 2))",
            "def __iter__(self):\n    yield 'own'",
            "def __contains__(self, item): return item == 0",
            "def __getitem__(self, key): return ('item', key) if key in (0, 'a') else 1 / 0",
            "def __getitem__(self, key): return super().__getitem__(key) * 2",
            "def __setitem__(self, key, value): super().__setitem__(key, [value])",
            "def append(self, item): super().append((item, 'appended'))",
            "def update(self, *given): raise RuntimeError('update')", "def add(self, item): super().add(str(item))",
            "def items(self): return [('no', 'items')]", "def keys(self): return []",
            "def __missing__(self, key): return ('missing', key)",
            "def __getattr__(self, name):\n    if name == 'missing': return 'found'\n    raise AttributeError(name)",
            "def __getattr__(self, name):\n    if name.startswith('__'): raise AttributeError(name)\n    return self.__dict__['alpha']",
            "def __setattr__(self, name, value): super().__setattr__(name, (value,))",
            "def __getattribute__(self, name): return super().__getattribute__(name)",
            "def __delattr__(self, name): pass",
            "def __getstate__(self): return self.__dict__.copy()",
            "def __getstate__(self): return (1, dict(self.__dict__))\ndef __setstate__(self, state): self.__dict__.update(state[1])",
            "def __getstate__(self): return list(self.__dict__.items())\ndef __setstate__(self, state): self.__dict__.update(state)",
            "def __setstate__(self, state): self.__dict__.update(state)",
            "def __reduce__(self): return object.__new__, (type(self),), self.__dict__", "def __reduce__(self): return copy.copyreg.__newobj__, (type(self),), dict(self.__dict__)",
            "def __reduce__(self): return super().__reduce__()",
            "def __reduce_ex__(self, protocol): return object.__reduce_ex__(self, protocol)",
            "def __getnewargs__(self): return tuple(super().__getnewargs__())", "def __getnewargs_ex__(self): return (), {}",
            "def __init_subclass__(cls, **named):\n    super().__init_subclass__()\n    cls.registered = sorted(named)",
            f"def __init_subclass__(cls, flavour=0, **named):\n    cls.flavour = (flavour, {self.value()})",
            "def __class_getitem__(cls, item): return (cls.__name__, item)",
            "@classmethod\ndef __prepare__(cls, name, bases): return {}",
            "def __lt__(self, other): return True", "def __format__(self, spec): return 'formatted' + spec",
            "def __enter__(self): return self\ndef __exit__(self, *error): return None",
            "def __set_name__(self, owner, name): self.name = (owner.__name__, name)\ndef __get__(self, instance, owner=None): return ('got', self.__dict__.get('name'))",
            "def __get__(self, instance, owner=None): return self\ndef __set__(self, instance, value): instance.__dict__['set'] = value",
            "__match_args__ = ('alpha',)", "__module__ = 'elsewhere'", "__qualname__ = 'Other.Name'", "__slots__ = ()", "__test__ = False",
            "def __instancecheck__(self, one): return True", "def __copy__(self): return self", "def __deepcopy__(self, memo): return self",
            "def __post_init__(self): object.__setattr__(self, 'later', 1)", "def __index__(self): return 2", "def __sizeof__(self): return 1",
            "def __dir__(self): return ['x']", "def __del__(self): pass", "__class__ = int", "@property\ndef __class__(self): return int",
            "@property\ndef __dict__(self): return {'fake': 1}", "def __reduce__(self): raise TypeError('never')",
            "def __bytes__(self): return b'b'", "def __add__(self, other): return ('sum', other)", "__slots__ = ('epsilon',)",
        )  # fmt: skip

    def metaclass(self) -> str:
        name = self.new("metaclass")
        base = self.one("type", "type", "abc.ABCMeta", "enum.EnumMeta")
        inner = [
            f"def __new__(mcs, name, bases, namespace, **named):\n    made = super().__new__(mcs, name, bases, namespace)\n    made.made_by = {self.any_name()}\n    return made",
            "def __call__(cls, *given, **named): return super().__call__(*given, **named)", "def __init__(cls, *given, **named): super().__init__(*given)\n",
            "def __getattr__(cls, name):\n    if name == 'missing': return 'by metaclass'\n    raise AttributeError(name)",
            "def __iter__(cls): return iter((1,))", "def __repr__(cls): return 'a class'", "def __len__(cls): return 7", "alpha = property(lambda cls: cls.__name__)",
            "def __setattr__(cls, name, value): super().__setattr__(name, value)", "@classmethod\ndef __prepare__(mcs, name, bases, **named): return {'prepared': 1}",
            "def mro(cls): return super().mro()", "def __eq__(cls, other): return cls is other\ndef __hash__(cls): return 3", "def __instancecheck__(cls, one): return True",
            "def __contains__(cls, item): return True", "def __dir__(cls): return []",
        ]  # fmt: skip
        chosen = [self.one(*inner) for _ in range(1 + self.number(2))]
        return f"class {name}({base}):\n" + textwrap.indent("\n".join(chosen) + "\n", "    ")

    def descriptor(self) -> str:
        name = self.new("descriptor")
        text = textwrap.dedent(f"""\
            class {name}({self.one("", "property", "cached_property", "classmethod")}):
                def __init__(self, function=None): {self.one("super().__init__(function); ", "")}self.function = function
                def __set_name__(self, owner, name): self.name = name
                def __get__(self, instance, owner=None): return (self.name, instance is None, {self.any_name()})
            """)
        return text + textwrap.indent(
            self.one("", "__set__ = lambda self, instance, value: None\n", "def __call__(self): return 1\n"),
            "    ",
        )

    def dataclass_(self) -> str:
        name = self.new("later")
        options = [
            option
            for option in (
                "frozen=True",
                "slots=True",
                "order=True",
                "eq=False",
                "repr=False",
                "init=False",
                "kw_only=True",
                "unsafe_hash=True",
                "match_args=False",
                "weakref_slot=True",
            )
            if self.maybe(7)
        ]
        if "frozen=True" in options and "slots=True" in options:
            options.remove(
                "slots=True"
            )  # with both, what error a wrong attribute gives is the library's mistake
        lines = []
        for number in range(self.number(5)):
            field_name = f"{self.member()}" if self.maybe(3) else f"f{number}"
            kind = self.one(
                *ANNOTATIONS,
                "InitVar[int]",
                "KW_ONLY",
                "ClassVar",
                "'ClassVar[int]'",
                "dataclasses.InitVar",
                self.known("class", "enum", otherwise="int"),
            )
            default = self.one(
                "",
                " = 1",
                f" = {self.value()}",
                " = field(default_factory=list)",
                f" = field(default_factory={self.known('function', 'class', otherwise='dict')})",
                " = field(repr=False, default='x')",
                " = field(init=False, default=3)",
                " = field(compare=False, default=None, metadata={'a': [1]})",
                " = field(kw_only=True)",
                " = field(hash=True, default=2)",
                f" = field(default={self.value()}, metadata={{'own': {self.old()}}})",
            )
            # The library leaves a field there that is none, with an annotation that says otherwise.
            lines.append(f"{field_name}: {kind}{default if kind != 'KW_ONLY' else ''}")
        base = self.one("", "", self.known("dataclass", "class", otherwise=""), "Generic[T]")
        decorator = self.one(
            "@dataclass", f"@dataclass({', '.join(options)})", f"@dataclasses.dataclass({', '.join(options)})"
        )
        text = f"{decorator}\nclass {name}({base}):\n{self.members('    ', *lines)}"
        self.names["later"].remove(name)
        self.names.setdefault("dataclass", []).append(name)
        return text

    def enum_(self) -> str:
        name = self.new("later")
        base = self.one(
            "Enum", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "str, Enum", "int, Enum", "float, Enum", "tuple, Enum", "datetime.timedelta, Enum", "datetime.date, Enum", "bytes, Enum",
            "frozenset, Enum", "enum.ReprEnum", "int, enum.ReprEnum", f"{self.known('class', 'dataclass', otherwise='object')}, Enum", f"{self.known('dataclass', 'named', otherwise='object')}, Enum",
            f"{self.known('enum_base', otherwise='Enum')}", "Flag, boundary=enum.KEEP", "IntFlag, boundary=enum.STRICT", f"Enum, metaclass={self.known('metaclass', otherwise='enum.EnumMeta')}", f"{self.known('container', otherwise='str')}, Enum",
        )  # fmt: skip
        values = (
            "auto()",
            "1",
            "2",
            "4",
            "3",
            "'r'",
            "'g'",
            "(1, 2)",
            "1, 'x'",
            "{'a': 1}",
            "[1]",
            "None",
            "float('nan')",
            "1.5",
            self.value(),
            "frozenset({1})",
            "enum.member(len)",
            "enum.nonmember(3)",
            "True",
            "5, 6",
            "object()",
            "-1",
            "0",
        )
        lines = []
        for number, member in enumerate(("RED", "GREEN", "BLUE", "ALSO")[: self.number(5)]):
            lines.append(f"{member} = {self.one('auto()', str(1 << number), repr(member.lower()), *values)}")
        if lines and self.maybe(3):
            lines.append("ALIAS = " + self.one("RED", "1", "RED"))
        for _ in range(max(0, self.number(5) - 2)):
            lines += self.one(
                "def __init__(self, *given): self.given = given", "def __init__(self, a, b=0): self.a = a", "def __str__(self): return self.name.lower()", "__str__ = str.__str__", "__repr__ = object.__repr__", "__format__ = str.__format__",
                "def __new__(cls, *given):\n    made = object.__new__(cls)\n    made._value_ = len(cls.__members__) + 1\n    made.given = given\n    return made",
                "def __new__(cls, value, text=''):\n    made = int.__new__(cls, value)\n    made._value_ = value\n    made.text = text\n    return made",
                "def __new__(cls, value, text=''):\n    made = str.__new__(cls, value)\n    made._value_ = value\n    made.text = text\n    return made",
                "@classmethod\ndef _missing_(cls, value): return None", "@classmethod\ndef _missing_(cls, value): return next(iter(cls))", "@staticmethod\ndef _generate_next_value_(name, start, count, last): return name",
                "_ignore_ = ['x']\nx = 1", "_order_ = 'RED GREEN'", "@property\ndef alpha(self): return (self.name, 1)", "@enum.property\ndef beta(self): return 2", "def gamma(self): return self.value", "@classmethod\ndef delta(cls): return list(cls)", "@staticmethod\ndef epsilon(): return 1",
                "@cached_property\ndef alpha(self): return [self.name]", "def __eq__(self, other): return self is other\ndef __hash__(self): return 1", "def __call__(self): return self.name", "__slots__ = ()", "_private = 3", "__mangled = 4", "def __reduce_ex__(self, protocol): return getattr, (type(self), self._name_)",
                "__hash__ = object.__hash__", "def __lt__(self, other): return False", "def __or__(self, other): return 'or'", "def __bool__(self): return False", "alpha: int", "@enum.nonmember\nclass Inner: pass", "@enum.member\ndef WHITE(): return 1", "class Inner2: pass", "def __len__(self): return 1", "@property\ndef value(self): return 'own'", "_value_: str", "name_of = partialmethod(gamma, 1)" ,
                "def __dir__(self): return []", "def __init_subclass__(cls, **named): cls.subclassed = True", "def __set_name__(self, owner, name): self.set_name = name", "@functools.singledispatchmethod\ndef delta(self, a): return a", "_sunder = lambda self: 1",
            ).split("\n")  # fmt: skip
        decorator = self.one(
            "",
            "",
            "",
            "",
            "@enum.unique\n",
            "@enum.global_enum\n",
            "@functools.total_ordering\n",
            "@enum.verify(enum.UNIQUE)\n",
            "@dataclass\n",
        )
        text = f"{decorator}class {name}({base}):\n" + textwrap.indent(
            "\n".join(lines or ["pass"]) + "\n", "    "
        )
        if self.maybe(10):
            text = f"{name} = {self.one('Enum', 'IntEnum', 'Flag', 'StrEnum')}('{self.one(name, 'Other')}', {self.one(*MEMBERS_OF_ENUM)}{self.one('', ', type=str', ', module=__name__', ', start=3')})\n"
        self.names["later"].remove(name)
        self.names.setdefault("enum" if lines else "enum_base", []).append(name)
        return text

    def named_tuple(self) -> str:
        name = self.new("named")
        if self.maybe():
            return f"{name} = namedtuple('{self.one(name, 'Other')}', {self.one(*FIELDS_OF_NAMED_TUPLE)})\n"
        fields = [
            f"{member}: {self.one(*ANNOTATIONS)}{' = ' + self.value() if self.maybe() else ''}"
            for member in ("alpha", "beta")[: self.number(3)]
        ]
        extra = [
            self.one(
                "def gamma(self): return self[0]",
                "@property\ndef delta(self): return len(self)",
                "def __repr__(self): return 'own'",
                "def __str__(self): return 'str'",
                "__slots__ = ()",
                "@classmethod\ndef make(cls): return cls.__name__",
                "limit = 3",
                '"""Doc."""',
                "def __eq__(self, other): return True",
            )
            for _ in range(self.number(3))
        ]
        base = self.one(
            "NamedTuple",
            "NamedTuple",
            "NamedTuple, Generic[T]",
            f"namedtuple('{name}', 'alpha beta', defaults=(1, 2))",
            f"{self.known('named', otherwise='NamedTuple')}",
        )
        return f"class {name}({base}):\n" + textwrap.indent(
            "\n".join([*fields, *extra] or ["pass"]) + "\n", "    "
        )

    def error_class(self) -> str:
        name = self.new("error")
        base = self.one(
            "Exception",
            "ValueError",
            "OSError",
            "KeyError",
            "SystemExit",
            "UnicodeDecodeError",
            "ImportError",
            "StopIteration",
            "ExceptionGroup",
            "Warning",
            "BaseException",
            self.known("error", otherwise="Exception"),
            f"{self.known('class', otherwise='object')}, Exception",
            "json.JSONDecodeError",
        )
        inits = [
            "def __init__(self, text, *more):\n    super().__init__(text)\n    self.text = text",
            "def __init__(self, a=1, *, k=2):\n    self.k = k",
            "def __init__(self, *given):\n    super().__init__('fixed', *given)\n    self.given = given",
            "def __str__(self): return 'text'",
            "alpha = 3",
            "def __reduce__(self): return super().__reduce__()",
            "pass",
            "__slots__ = ('alpha',)",
            "def __init__(self, a):\n    self.args = (a, a)",
        ]
        return f"class {name}({base}):\n" + textwrap.indent(
            "\n".join([self.one(*inits) for _ in range(1 + self.number(2))]) + "\n", "    "
        )

    def container_class(self) -> str:
        name = self.new("later")
        base = self.one(*BASES_OF_CONTAINERS, self.known("container", otherwise="dict"))
        text = f"class {name}({base}):\n{self.members('    ', least=1)}"
        self.names["later"].remove(name)
        self.names.setdefault("container", []).append(name)
        return text

    def typing_class(self) -> str:
        name = self.new("generic")
        return self.one(
            f"class {name}(TypedDict{self.one('', ', total=False')}):\n    alpha: int\n    beta: {self.one(*ANNOTATIONS)}\n",
            f"class {name}(Protocol{self.one('', '[T]')}):\n    alpha: int\n    def beta(self) -> int: ...\n",
            f"@typing.runtime_checkable\nclass {name}(Protocol):\n    def alpha(self): ...\n",
            f"class {name}(Generic[T]):\n{self.members('    ')}",
            f"class {name}({self.known('generic', otherwise='Generic')}[{self.one('int', 'T', self.known('class', otherwise='str'))}]):\n{self.members('    ')}",
            f"{name} = {self.known('generic', otherwise='list')}[int]\n",
            f"{name} = TypeVar('{self.one(name, 'V')}', {self.one('bound=int', 'int, str', 'covariant=True', 'bound=' + repr('later'), 'bound=' + self.known('class', otherwise='str'))})\n",
            f"{name} = typing.NewType('{name}', {self.known('class', otherwise='int')})\n",
            f"class {name}(abc.ABC):\n    @abc.abstractmethod\n    def alpha(self): return {self.any_name()}\n    @property\n    @abc.abstractmethod\n    def beta(self): ...\n{textwrap.indent(self.class_member(), '    ')}\n",
            f"{name} = types.new_class('{name}', ({self.known('class', otherwise='object')},), {{}}, lambda held: held.update(alpha={self.value()}))\n",
            f"{name} = type('{self.one(name, 'Other')}', ({self.known('class', otherwise='object')},), {{'alpha': {self.value()}, '__doc__': 'Doc.'}})\n",
            f"{name} = dataclasses.make_dataclass('{name}', [('alpha', int), ('beta', 'str', {self.value()})]{self.one('', ', frozen=True', ', bases=(object,)')})\n",
        )  # fmt: skip

    # -- values and ties -------------------------------------------------------------------------------------

    def global_value(self) -> str:
        return f"{self.new()} = {self.value()}\n"

    def instance_value(self) -> str:
        return f"{self.new('instance')} = {self.instance()}\n"

    def tie(self) -> str:
        """Have something refer to something else, whatever came first."""
        anything = self.old()
        return self.one(
            f"{self.known('instance', 'class', otherwise='T')}.{self.member()} = {anything}",
            f"{self.known('instance', 'value', otherwise='T')}.{self.one('append', 'add', 'appendleft', 'extend', 'update')}({self.value()})",
            f"{self.known('value', 'instance', otherwise='T')}[{self.hashable()}] = {anything}",
            f"{self.known('function', otherwise='T')}.{self.one('alpha', 'beta', '__doc__', '__name__', '__wrapped__', '__qualname__', '__module__')} = {self.one(anything, repr('text'), 'None')}",
            f"{self.known('function', otherwise='T')}.{self.one('__defaults__', '__kwdefaults__')} = {self.one('None', f'({anything},)', '''{'k': 1}''')}",
            f"{self.known('function', otherwise='T')}.__annotations__[{self.one(repr('a'), repr('return'), repr('zz'))}] = {anything}",
            f"{self.known('class', 'enum', 'dataclass', 'container', 'named', 'error', otherwise='T')}.{self.one('alpha', 'beta', '__doc__', 'gamma', '__call__', '__init__', '__str__', '__module__', '__name__', '__qualname__')} = {self.one(anything, self.known('function', 'decorator', otherwise='len'), self.lambda_(), 'None', repr('text'))}",
            f"{self.known('enum', otherwise='T')}.{self.one('RED', 'GREEN')}.{self.one('extra', '_hidden', 'alpha')} = {anything}",
            f"del {self.known('class', 'container', 'dataclass', 'enum', otherwise='T')}.{self.one('alpha', 'beta', '__doc__', '__init__', '__hash__', '__repr__', '__eq__', '__str__')}",
            f"{self.known('class', 'generic', otherwise='T')}.register({self.known('class', 'container', 'enum', otherwise='int')})",
            f"{self.known('class', 'dataclass', 'container', otherwise='T')}.{self.one('__init__', 'alpha', '__repr__', '__new__')} = {self.known('decorator', otherwise='cache')}({self.known('class', 'dataclass', otherwise='T')}.{self.one('__init__', 'alpha', '__repr__')})",
            f"object.__setattr__({self.known('instance', otherwise='T')}, '{self.member()}', {anything})",
            f"{self.known('class', otherwise='T')}.__bases__ = ({self.known('class', otherwise='object')},)",
            f"{self.known('instance', otherwise='T')}.__class__ = {self.known('class', otherwise='object')}",
            f"{self.known('error', 'instance', otherwise='T')}.__cause__ = {self.error()}",
            f"{self.known(*self.names, otherwise='zero')} = {anything}",
            f"globals()['{self.known(*self.names, otherwise='zero')}'] = {self.value()}",
            f"setattr({self.known('instance', 'class', 'function', otherwise='T')}, {self.one(repr('not a name'), repr('alpha'), repr('class'))}, {anything})",
            f"{self.known('enum', otherwise='T')}._member_map_['ADDED'] = {self.enum_member()}",
            f"{self.known('instance', otherwise='T')}.args = ({anything}, 2)",
            f"{self.known('instance', otherwise='T')}.__dict__[{self.one('1', repr('x'), repr('alpha'))}] = {anything}",
            f"{self.known('function', otherwise='T')}.__dict__['{self.member()}'] = {anything}",
            f"{self.known('function', otherwise='T')}.__code__ = {self.known('function', otherwise='T')}.__code__",
            f"{self.known('class', 'dataclass', otherwise='T')}.__annotations__['extra'] = {anything}",
            f"{self.known('function', 'decorator', otherwise='T')}.__type_params__ = ()",
            f"{self.new('function')} = {self.known('function', otherwise='len')}.__wrapped__",
            f"{self.new('function')} = {self.known('decorator', otherwise='cache')}({self.known('function', otherwise='len')})",
            f"{self.known('instance', otherwise='T')}.__dict__ = {self.known('instance', otherwise='T')}{self.one('.__dict__', '')}",
            f"{self.new()} = types.MappingProxyType({self.known('value', 'instance', otherwise='{}')})",
            f"{self.new()} = {self.known('enum', otherwise='T')}.__members__",
            f"{self.new()} = dataclasses.fields({self.known('dataclass', otherwise='T')})",
            f"{self.new('instance')} = vars({self.known('instance', 'function', otherwise='T')}){self.one('', '.keys()')}",
            f"{self.new('instance')} = copy.{self.one('copy', 'deepcopy')}({self.known('instance', 'value', otherwise='[]')})",
        ) + "\n"  # fmt: skip


def pieces(seeds: list[int]) -> list[str]:
    """Return the pieces of a program, one for each seed."""
    draft = Draft()
    options: tuple[Callable[[], str], ...] = (
        draft.function, draft.function, draft.function, draft.closure, draft.decorator, draft.dispatch, draft.plain_class,
        draft.plain_class, draft.plain_class, draft.metaclass, draft.descriptor, draft.dataclass_, draft.dataclass_, draft.enum_,
        draft.enum_, draft.named_tuple, draft.error_class, draft.container_class, draft.container_class, draft.typing_class,
        draft.global_value, draft.global_value, draft.instance_value, draft.instance_value, draft.tie, draft.tie, draft.tie, draft.tie,
    )  # fmt: skip
    drawn = []
    for seed in seeds:
        draft.random.seed(seed)
        drawn.append(options[draft.number(len(options))]())
    return drawn


def survivors(header: str, drawn: list[str]) -> tuple[list[str], list[str]]:
    """Return the pieces that can run one after the other, and the names that are then defined."""
    module = types.ModuleType(NAME)
    namespace = vars(module)

    sys.modules[NAME] = module
    exec(header, namespace)
    known = set(namespace)
    kept = []
    for text in drawn:
        tied = TIED.match(text)
        if tied and is_of_library(namespace.get(tied[1])):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", SyntaxWarning)
                code = compile(
                    header.partition("\n")[0] * header.startswith(FUTURE) + "\n" + text,
                    "piece",
                    "exec",
                    dont_inherit=True,
                )
                warnings.simplefilter("ignore")
                exec(code, namespace)
        except Exception:
            continue
        kept.append(text)
    del sys.modules[NAME]
    return kept, [name for name in namespace if name not in known and name[0] == "v" and name[1:].isdigit()]


def is_of_library(value: object) -> bool:
    """Tell whether all programs share an object, so that none may change it."""
    if isinstance(value, type | types.FunctionType):
        return value.__module__ != NAME
    return isinstance(value, types.ModuleType | logging.Logger) or (
        isinstance(value, enum.Enum) and type(value).__module__ != NAME
    )


def written(header: str, kept: list[str], names: list[str]) -> str:
    """Return the text of a program."""
    roots = ", ".join(f"'{name}': {name}" for name in names)
    return f"{header}\n{''.join(kept)}\ndef target(look): return look({{{roots}}})\n"


def program(seeds: list[int]) -> str:
    """Return the text of a module with a function ``target``, which shows all that the module has built."""
    header = (FUTURE if seeds[0] % 10 == 0 else "") + HEADER
    return written(header, *survivors(header, pieces(seeds)))


# Each piece comes from one number: drawn choice by choice, most programs would be drawn several times.
seeds = st.lists(st.integers(0, 2**40), min_size=6, max_size=24)
