"""What becomes of annotations: what code reads is what it was."""

from __future__ import annotations

import marshal
import types
from collections.abc import Callable
from typing import Any

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.driver import operations

Own = Callable[..., types.ModuleType]
Again = Callable[..., Any]


def test_the_types_of_fields_can_be_called(own: Own, again: Again) -> None:
    handlers = own("""
        import dataclasses

        class Seconds(float):
            def __new__(cls, text): return super().__new__(cls, text.removesuffix("s"))

        @dataclasses.dataclass
        class Wait:
            first: Seconds
            rest: list[Seconds]
            step: "Seconds" = 1.5

        def run():
            first, rest, step = dataclasses.fields(Wait)
            return first.type("3s"), rest.type, step.type, Wait.__init__.__annotations__
    """)
    found, wanted = again(handlers.run)(), handlers.run()
    assert found[0] == 3.0
    assert type(found[0]).__name__ == "Seconds"
    assert found[1].__args__[0] is type(found[0])
    assert found[2] == "Seconds"
    assert list(found[3]) == list(wanted[3])


def test_all_kinds_of_types_are_what_they_were(own: Own, again: Again) -> None:
    handlers = own("""
        import collections.abc, dataclasses, pathlib, typing

        T = typing.TypeVar("T")

        @dataclasses.dataclass
        class Every(typing.Generic[T]):
            a: int | None
            b: typing.Optional["Every"]
            c: typing.Annotated[int, "metres"]
            d: typing.Literal["x", 1]
            e: typing.Callable[[int], str]
            f: collections.abc.Callable[..., pathlib.Path]
            g: dict[str, tuple[int, ...]]
            h: typing.Any
            i: T
            j: typing.ClassVar[int] = 3
            k: dataclasses.InitVar[int] = 4
            _: dataclasses.KW_ONLY
            m: int = 5

        def run():
            fields = [(name, repr(field), field.kw_only) for name, field in Every.__dataclass_fields__.items()]
            return fields, {name: repr(kind) for name, kind in typing.get_type_hints(Every).items()}, Every.__match_args__
    """)
    found = again(handlers.run)()
    assert found == handlers.run()


def test_a_function_that_reads_annotations_finds_them(own: Own, again: Again) -> None:
    handlers = own("""
        import typing

        class Limit(int): pass

        def grow(pool: str, limit: Limit, *more: "int", size: typing.Optional[float] = None) -> bool: pass

        def run():
            return grow.__annotations__, typing.get_type_hints(grow)
    """)
    annotations, hints = again(handlers.run)()
    assert annotations["limit"].__name__ == "Limit"
    assert annotations["limit"].__mro__[1] is int
    assert {**annotations, "limit": 0} == {**handlers.run()[0], "limit": 0}
    assert hints["more"] is int


def test_texts_of_annotations_stay_texts(own: Own, again: Again) -> None:
    handlers = own("""
        from __future__ import annotations
        import dataclasses, typing

        @dataclasses.dataclass
        class Tree:
            children: list[Tree]
            count: typing.ClassVar[int] = 0
            depth: dataclasses.InitVar[int] = 1

        def grow(tree: Tree) -> Tree: pass

        def run():
            kinds = [(field.name, field.type) for field in Tree.__dataclass_fields__.values()]
            return grow.__annotations__, kinds, Tree.__init__.__annotations__, Tree([], 3)
    """)
    assert again(handlers.run)()[:3] == handlers.run()[:3]


def test_an_annotation_that_cannot_be_captured_becomes_a_text_and_a_warning(own: Own) -> None:
    handlers = own("""
        import threading

        lock = threading.Lock()

        def locked(by: lock, count: int): pass

        def run():
            return locked.__annotations__
    """)
    captured = capture.capture(handlers.run)
    assert captured.form == "source"
    assert "annotation 'by'" in captured.warnings[0]


def test_an_annotation_that_nothing_reads_is_no_reason_to_warn_or_to_capture_a_class(own: Own) -> None:
    handlers = own("""
        import threading, typing

        class Large:
            text = "x" * 10_000

        lock = threading.Lock()

        def run(by: lock, limit: Large, words: typing.Optional[str], count: int) -> Large:
            return count
    """)
    captured = capture.capture(handlers.run)
    assert captured.warnings == ()
    assert len(captured.body) < 500
    assert not any("typing" in line for line in capture.describe(captured.body, captured.form).statements)


def test_annotations_of_usual_types_need_no_further_operations(own: Own, again: Again) -> None:
    handlers = own("""
        def run(name: str, count: "int" = 1) -> None:
            return name * count
    """)
    assert again(handlers.run).__annotations__ == {"name": str, "count": "int", "return": None}
    _, _, steps, _, _ = marshal.loads(capture.capture(handlers.run).body)
    assert {step[0] for step in steps} == {operations.FUNCTION, operations.REFERENCE}


def test_a_check_around_a_method_of_a_dataclass_stays(own: Own, again: Again) -> None:
    handlers = own("""
        import dataclasses, functools

        def checked(method):
            @functools.wraps(method)
            def check(self, *values):
                if "bad" in values: raise ValueError("bad")
                return method(self, *values)
            return check

        @dataclasses.dataclass
        class Pool:
            name: str

        made = Pool.__init__
        Pool.__init__ = checked(Pool.__init__)
        Pool.__repr__ = checked(Pool.__repr__)
        Pool.__str__ = Pool.__repr__

        def run(name):
            return repr(Pool(name)), str(Pool(name)), Pool.__init__.__wrapped__ is made, made.__qualname__
    """)
    run = again(handlers.run)
    assert run("good") == ("Pool(name='good')", "Pool(name='good')", True, "Pool.__init__")
    try:
        run("bad")
    except ValueError:
        return
    raise AssertionError("the check is gone")


def test_the_options_of_dataclasses_come_back(own: Own, again: Again) -> None:
    handlers = own("""
        import dataclasses

        @dataclasses.dataclass(frozen=True, slots=True, order=True)
        class Base:
            a: int
            b: str = "b"

        @dataclasses.dataclass(frozen=True, kw_only=True, repr=False, match_args=False)
        class Small(Base):
            c: float = dataclasses.field(default=1.0, hash=False, metadata={"unit": "m"})

        @dataclasses.dataclass(init=False, eq=False)
        class Own:
            a: int
            def __init__(self): self.a = 3
            def __hash__(self): return 7

        del Own.__repr__
        usual = {"__firstlineno__", "__static_attributes__", "__weakref__", "__dict__"}
        usual |= {"__annotations_cache__", "__annotate_func__", "__annotations__"}

        def run():
            kinds = [(set(vars(cls)) - usual, repr(cls.__dataclass_params__)) for cls in (Base, Small, Own)]
            return kinds, Base(1) < Base(2), Small(1, c=2.0) == Small(1, c=2.0), hash(Own()), Base.__slots__
    """)
    assert again(handlers.run)() == handlers.run()
