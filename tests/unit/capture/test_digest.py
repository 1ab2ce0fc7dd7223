"""The record of all that code can see: it tells whether two things are the same, and where they differ."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable

import pytest

from arcapix.fs.gpfs.capture.colours import difference
from arcapix.fs.gpfs.capture.original import Naming, Original
from arcapix.fs.gpfs.capture.references import Places, References

Own = Callable[..., types.ModuleType]


def record(function: object) -> Original:
    """Take down a function, as `capture` does."""
    return Naming(References(Places.of_this_interpreter())).record([function, ()], "f")


def first_difference(own: Own, one: str, other: str) -> str | None:
    """Return the path of what differs between ``f`` of one program and ``f`` of another; None if nothing."""
    original = record(own(one).f)
    found = difference(original.lines, record(own(other).f).lines)
    return None if found is None else original.path(*found)


PROGRAMS = {
    "shared cells": "def mk(n):\n def a(): return n\n def b(): return n\n return a, b\na, b = mk([])\ndef f(): return a, b",
    "a recursive list": "x = []\nx.append(x)\ndef f(): return x",
    "objects in each other's sets": (
        "class C:\n def __init__(self): self.others = set()\na, b = C(), C()\na.others.add(b); b.others.add(a)\n"
        "a.name = 'a'\ndef f(): return a, b"
    ),
    "a dataclass": (
        "from dataclasses import dataclass, field\n@dataclass(order=True)\nclass C:\n x: int\n"
        " y: list = field(default_factory=list, metadata={'a': 1})\nc = C(3)\ndef f(): return c"
    ),
    "very long keys beside a set of objects": (
        "class C: pass\nx = {1 << 20000: 1}, {C(), C()}\ndef f(): return x"
    ),
    "a class method that is no function": (
        "import functools\nclass C:\n m = classmethod(functools.partial(dict))\nx = C.m\ndef f(): return x"
    ),
    "an enum": "import enum\nclass E(enum.Flag):\n A = 1\n B = 2\n C = A\nboth = E.A | E.B\ndef f(): return both, E.C",
    "a generic function": (
        "import functools\n@functools.singledispatch\ndef g(x): return 1\n@g.register\ndef _(x: int): return 2\n"
        "g(True)\ndef f(): return g(3)"
    ),
    "a cache that was used": "import functools\n@functools.lru_cache\ndef g(x): return x\ng(1)\ndef f(): return g(2)",
    "exceptions": "e = OSError(2, 'no', 'file')\ne.__cause__ = ValueError('x')\ndef f(): raise e",
    "library objects": (
        "import datetime, decimal, pathlib, re, collections, fractions, uuid, logging\n"
        "all = [datetime.datetime(2026, 1, 2), decimal.Decimal('1.50'), pathlib.Path('/a'), re.compile('a+', re.I),"
        " collections.Counter('aab'), collections.deque([1], 3), fractions.Fraction(1, 3), uuid.UUID(int=5),"
        " logging.getLogger('x'), datetime.timezone.utc]\nstr(all[2])\ndef f(): return all"
    ),
    "a class of everything": (
        "import abc, functools\nclass M(type):\n def __new__(m, *a): return super().__new__(m, *a)\n"
        "class B(abc.ABC):\n @abc.abstractmethod\n def go(self): ...\n"
        "class C(B):\n x = 1\n @property\n def p(self): return 1\n"
        " @functools.cached_property\n def q(self): return 2\n @staticmethod\n def s(): return 3\n"
        " @classmethod\n def c(cls): return 4\n def go(self): return super().__repr__()\n"
        "class D(metaclass=M): pass\ndef f(): return C(), D, C.c"
    ),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=list(PROGRAMS))
def test_what_is_made_twice_from_the_same_text_is_the_same(program: str, own: Own) -> None:
    assert first_difference(own, program, program) is None


DIFFERENT = {
    "the type of a number": ("x = 1\ndef f(): return x", "x = True\ndef f(): return x", "global 'x'"),
    "the sign of a zero": ("x = 0.0\ndef f(): return x", "x = -0.0\ndef f(): return x", "global 'x'"),
    "an item": (
        "x = {'a': [1, 2]}\ndef f(): return x", "x = {'a': [1, 3]}\ndef f(): return x",
        "global 'x', item 'a', item 1",
    ),
    "the order of keys": (
        "x = {'a': 1, 'b': 2}\ndef f(): return x", "x = {'b': 2, 'a': 1}\ndef f(): return x",
        "global 'x'",
    ),
    "sharing": (
        "x = []; y = [x, x]\ndef f(): return y", "y = [[], []]\ndef f(): return y", "global 'y', item 1",
    ),
    "whether it is just the constant that its library asks for": (
        "import argparse\nx = argparse.Action([], 'a'); x.default = argparse.SUPPRESS\ndef f(): return x",
        "import argparse\nx = argparse.Action([], 'a'); x.default = '=='.join(['', 'SUPPRESS', ''])\ndef f(): return x",
        "global 'x', constant 'default'",
    ),
    "what a proxy is for": (
        "import types\na, b = {}, {}\nx = types.MappingProxyType(a)\ndef f(): return a, b, x",
        "import types\na, b = {}, {}\nx = types.MappingProxyType(b)\ndef f(): return a, b, x",
        "global 'x', mapping",
    ),
    "whether globals are held elsewhere": (
        "a = {}\nexec('def g(): return x', a)\ng = a.pop('g'); del a['__builtins__']\ndef f(): return g, a",
        "a = {}\nexec('def g(): return x', a)\ng = a.pop('g'); a = {}\ndef f(): return g, a",
        "global 'g', globals",
    ),
    "what a view is of": (
        "a, b = {}, {}\nx = a.keys()\ndef f(): return a, b, x", "a, b = {}, {}\nx = b.keys()\ndef f(): return a, b, x",
        "global 'x', part 'mapping'",
    ),
    "how far an iterator has got": (
        "x = iter({1: 2, 3: 4})\ndef f(): return x", "x = iter({1: 2, 3: 4}); next(x)\ndef f(): return x",
        "global 'x', part 'left'",
    ),
    "whose attributes they are": (
        "class C: pass\na, b = C(), C()\na.__dict__ = b.__dict__\ndef f(): return a, b",
        "class C: pass\na, b = C(), C()\ndef f(): return a, b",
        "global 'a', attribute '__dict__'",
    ),
    "whether attributes are held elsewhere": (
        "class C: pass\na = C(); b = a.__dict__\ndef f(): return a, b",
        "class C: pass\na = C(); b = {}\ndef f(): return a, b",
        "global 'a', attribute '__dict__'",
    ),
    "a slot beside what the library pickles": (
        "import decimal\nclass D(decimal.Decimal): __slots__ = ('n',)\nx = D(1); x.n = 1\ndef f(): return x",
        "import decimal\nclass D(decimal.Decimal): __slots__ = ('n',)\nx = D(1)\ndef f(): return x",
        "global 'x', attribute 'n'",
    ),
    "whose NaN it is": (
        "n = float('nan'); x = [n, n]\ndef f(): return x",
        "x = [float('nan'), float('nan')]\ndef f(): return x",
        "global 'x', item 1",
    ),
    "a member of a set": (
        "class C: pass\nx = {1, 2}\ndef f(): return x", "class C: pass\nx = {1, 3}\ndef f(): return x",
        "global 'x'",
    ),
    "an object in a set": (
        "class C: n = 1\nx = {C(), C()}\ndef f(): return x",
        "class C: n = 1\na = C(); a.n = 2\nx = {C(), a}\ndef f(): return x",
        "global 'x', member, attribute 'n'",
    ),
    "the order of base classes": (
        "class A: pass\nclass B: pass\nclass C(A, B): pass\ndef f(): return C",
        "class A: pass\nclass B: pass\nclass C(B, A): pass\ndef f(): return C",
        "global 'C', base class 0, attribute '__name__'",
    ),
    "the order of attributes": (
        "class C: a = 1; b = 2\ndef f(): return C", "class C: b = 2; a = 1\ndef f(): return C",
        "global 'C', order of attributes",
    ),
    "slots": (
        "class C: __slots__ = ('x',)\ndef f(): return C", "class C: __slots__ = ('x', '__dict__')\ndef f(): return C",
        "global 'C', instances with '__dict__'",
    ),
    "abstract methods": (
        "import abc\nclass C(abc.ABC):\n @abc.abstractmethod\n def g(self): ...\ndef f(): return C",
        "import abc\nclass C(abc.ABC):\n @abc.abstractmethod\n def g(self): ...\nC.__abstractmethods__ = frozenset()\n"
        "def f(): return C",
        "global 'C', abstract methods",
    ),
    "a virtual subclass": (
        "import abc\nclass C(abc.ABC): pass\nC.register(int)\ndef f(): return C",
        "import abc\nclass C(abc.ABC): pass\ndef f(): return C",
        "global 'C', virtual subclass 0",
    ),
    "an alias of an enum": (
        "import enum\nclass E(enum.Enum):\n A = 1\n B = 1\ndef f(): return E",
        "import enum\nclass E(enum.Enum):\n A = 1\ndef f(): return E",
        "global 'E', attribute 'B'",
    ),
    "the map of an enum's values": (
        "import enum\nclass E(enum.Enum):\n A = 1\nE._value2member_map_[7] = E.A\ndef f(): return E",
        "import enum\nclass E(enum.Enum):\n A = 1\ndef f(): return E",
        "global 'E', attribute '_value2member_map_', key 1",
    ),
    "a field of an exception": (
        "x = SystemExit(3)\ndef f(): raise x", "x = SystemExit(3); x.code = 4\ndef f(): raise x",
        "global 'x', attribute 'code'",
    ),
    "the cause of an exception": (
        "x = ValueError(3); x.__cause__ = KeyError()\ndef f(): raise x", "x = ValueError(3)\ndef f(): raise x",
        "global 'x', attribute '__cause__'",
    ),
    "an attribute of a cached function": (
        "import functools\n@functools.cache\ndef g(): return 1\ng.calls = 1\ndef f(): return g()",
        "import functools\n@functools.cache\ndef g(): return 1\ndef f(): return g()",
        "global 'g', attribute 'calls'",
    ),
    "the function in a cache that claims to wrap another": (
        "import functools\ndef h(): return 1\nk = h\ndef h(): return 2\n"
        "g = functools.cache(h)\ng.__wrapped__ = k\ndef f(): return g()",
        "import functools\ndef h(): return 1\nk = h\ng = functools.cache(k)\ng.__wrapped__ = k\ndef f(): return g()",
        "global 'g', attribute '__wrapped__'",
    ),
    "the size of a cache": (
        "import functools\n@functools.lru_cache(2)\ndef g(): return 1\ndef f(): return g()",
        "import functools\n@functools.lru_cache(3)\ndef g(): return 1\ndef f(): return g()",
        "global 'g', largest cache",
    ),
    "a static method for a class method": (
        "class C:\n @staticmethod\n def g(*a): return a\ndef f(): return C",
        "class C:\n @classmethod\n def g(*a): return a\ndef f(): return C",
        "global 'C', attribute 'g'",
    ),
    "an attribute of a class method": (
        "class C:\n @classmethod\n def g(cls): return 1\nvars(C)['g'].mark = 1\ndef f(): return C",
        "class C:\n @classmethod\n def g(cls): return 1\ndef f(): return C",
        "global 'C', attribute 'g', attribute 'mark'",
    ),
    "contents behind item access of its own": (
        "class D(dict):\n def __getitem__(self, key): return 0\n def items(self): return []\nx = D(a=1)\ndef f(): return x",
        "class D(dict):\n def __getitem__(self, key): return 0\n def items(self): return []\nx = D(a=2)\ndef f(): return x",
        "global 'x', item 'a'",
    ),
    "the order in an OrderedDict": (
        "import collections\nx = collections.OrderedDict(a=1, b=2)\ndef f(): return x",
        "import collections\nx = collections.OrderedDict(a=1, b=2); x.move_to_end('a')\ndef f(): return x",
        "global 'x'",
    ),
    "the type of a field": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n x: int\ndef f(): return C",
        "from dataclasses import dataclass\n@dataclass\nclass C:\n x: 'int'\ndef f(): return C",
        "global 'C', annotation 'x'",
    ),
    "an annotation of a function": (
        "def g(x: int): return x\ndef f(): return g", "def g(x: str): return x\ndef f(): return g",
        "global 'g', annotation 'x'",
    ),
    "code": (
        "def g(): return 1\ndef f(): return g", "def g(): return 2\ndef f(): return g",
        "global 'g', code of function 'g'",
    ),
    "a default": ("def f(a, b=1): return b", "def f(a, b=2): return b", "default of parameter 'b'"),
    "the content of a cell": (
        "def mk(n):\n def f(): return n\n return f\nf = mk(1)",
        "def mk(n):\n def f(): return n\n return f\nf = mk(2)",
        "closure variable 'n'",
    ),
    "whether a global is there": ("x = 1\ndef f(): return x", "def f(): return x", "global 'x'"),
    "what a property calls": (
        "class C:\n @property\n def p(self): return 1\ndef f(): return C",
        "class C:\n @property\n def p(self): return 2\ndef f(): return C",
        "global 'C', attribute 'p', attribute 'fget', code of function 'C.p'",
    ),
    "the argument of a generator": (
        "def g(n): yield n\nx = g(1)\ndef f(): return x", "def g(n): yield n\nx = g(2)\ndef f(): return x",
        "global 'x', local variable 'n'",
    ),
    "the limit of a deque": (
        "import collections\nclass Q(collections.deque): pass\nx = Q([1], 3)\ndef f(): return x",
        "import collections\nclass Q(collections.deque): pass\nx = Q([1], 4)\ndef f(): return x",
        "global 'x', limit",
    ),
    "the size of a cache around another": (
        "import functools\n@functools.lru_cache(5)\n@functools.lru_cache(3)\ndef g(x): return x\ndef f(): return g",
        "import functools\n@functools.lru_cache(4)\n@functools.lru_cache(3)\ndef g(x): return x\ndef f(): return g",
        "global 'g', largest cache",
    ),
    "what a library's function takes from a module": (
        "import types\n@types.coroutine\ndef g(): return 1\ng.__closure__[0].cell_contents = m = types.ModuleType('m')\n"
        "m.Generator = list\ndef f(): return g",
        "import types\n@types.coroutine\ndef g(): return 1\ng.__closure__[0].cell_contents = m = types.ModuleType('m')\n"
        "m.Generator = dict\ndef f(): return g",
        "global 'g', closure variable '_collections_abc.Generator'",
    ),
    "defaults beyond the parameters": (
        "def g(): pass\ng.__defaults__ = (1,)\ndef f(): return g", "def g(): pass\ndef f(): return g", "global 'g'"
    ),
    "attributes of an object whose library class pickles it without them": (
        "import decimal\nclass D(decimal.Decimal): pass\nx = D(1)\nx.unit = 'm'\ndef f(): return x",
        "import decimal\nclass D(decimal.Decimal): pass\nx = D(1)\nx.unit = 's'\ndef f(): return x",
        "global 'x', attribute 'unit'",
    ),
    "the state of a library's object": (
        "import decimal\nx = decimal.Decimal('1.0')\ndef f(): return x",
        "import decimal\nx = decimal.Decimal('1.00')\ndef f(): return x",
        "global 'x', part 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other", "path"), DIFFERENT.values(), ids=list(DIFFERENT))
def test_a_difference_is_found_and_named(one: str, other: str, path: str, own: Own) -> None:
    found = first_difference(own, one, other)
    assert found is not None and found.startswith(path)
    assert first_difference(own, other, one) is not None


def test_what_a_module_of_ones_own_holds_is_seen_where_code_reaches_for_it(own: Own) -> None:
    texts = "LIMIT = 1\nOTHER = 5", "LIMIT = 2\nOTHER = 5"
    records = []
    for text in texts:
        own(text, "own_for_digest")
        records.append(record(own("import own_for_digest\ndef f(): return own_for_digest.LIMIT").f))
    found = difference(records[0].lines, records[1].lines)
    assert found is not None and records[0].path(*found) == "global 'own_for_digest.LIMIT'"


def test_an_object_whose_state_nobody_can_read_is_told(own: Own) -> None:
    looked = record(
        own("import _thread, itertools\nx = [iter(map(abs, [1]))]; y = x[0].__next__\ndef f(): return x").f
    )
    assert looked.incomparable == ()
    looked = record(own("x = [(n for n in (1, 2))]; next(x[0])\ndef f(): return x").f)
    assert looked.incomparable == ("global 'x', item 0",)
    hidden = "class C:\n __dict__ = property(lambda self: {})\nx = C()\ndef f(): return x"
    assert record(own(hidden).f).incomparable == ("global 'x'",)


def test_a_long_chain_of_sets_is_walked_in_little_time(own: Own) -> None:
    program = """
        class C: pass
        first = last = C()
        for number in range(300):
            last.number, last.next = number, {C(), C()}
            last = min(last.next, key=id)
        def f(): return first
    """
    assert len(record(own(program).f).lines) > 900


@pytest.mark.skipif(sys.version_info < (3, 12), reason="this Python has no type parameters")
def test_type_parameters_are_seen(own: Own) -> None:
    one = "def g[T](x: T): return x\ndef f(): return g"
    other = "def g[T: int](x: T): return x\ndef f(): return g"
    assert first_difference(own, one, one) is None
    assert first_difference(own, one, other) is not None
