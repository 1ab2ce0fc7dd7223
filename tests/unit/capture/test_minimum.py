"""The lowest Python whose syntax can read a text."""

from __future__ import annotations

import sys

import pytest

from arcapix.fs.gpfs.capture.minimum import minimum_version

only_3_12 = pytest.mark.skipif(sys.version_info < (3, 12), reason="this Python cannot read it")
only_3_13 = pytest.mark.skipif(sys.version_info < (3, 13), reason="this Python cannot read it")


@pytest.mark.parametrize(
    "text",
    [
        "def f(): return 1",
        "try: pass\nexcept* ValueError: pass",
        "match x:\n case {'a': [1, *r]}: pass",
        """f"{x!r:>{n}} {'a' if n else 'b'} {x[0]=}" f'''multi\n   {n}\n x'''""",
        'f"{x:{y}}" "quote in another string: \\"" f\'{z}\'',
        "f'''{\nx\n}'''",
        'f"""{d[\'a\']} {d["b"]}"""',
        "rf'\\d{x}\\n'",
        "f'{x}' '\\n' f'{y}\\n'",
    ],
)
def test_what_3_11_can_read_needs_no_more(text: str) -> None:
    assert minimum_version(text) == (3, 11)


@only_3_12
@pytest.mark.parametrize(
    "text",
    [
        "def f[T](x: T) -> T: return x",
        "class Box[K]: pass",
        "type Alias = list[int]",
        'f"{f"nested"}"',
        "f'{d['a']}'",
        "f'{\"\\n\".join(x)}'",
        "f'{x  # comment\n}'",
        "f'{\nx\n}'",
        "f'{f'{1}'}'",
        "f'''{f'''{1}'''}'''",
        "f'''{x # comment\n}'''",
        "f'{x:{f'{y}'}}'",
    ],
)
def test_syntax_of_3_12_is_found(text: str) -> None:
    assert minimum_version(text) == (3, 12)


@only_3_13
def test_defaults_of_type_parameters_need_3_13() -> None:
    assert minimum_version("def f[T = int](x: T) -> T: return x") == (3, 13)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="this Python cannot read it")
@pytest.mark.parametrize(
    "text",
    ["name = t'hello {x}'", "try: pass\nexcept ValueError, TypeError: pass"],
    ids=["template", "except"],
)
def test_syntax_of_3_14_is_found(text: str) -> None:
    assert minimum_version(text) == (3, 14)


@pytest.mark.skipif(sys.version_info < (3, 15), reason="this Python cannot read it")
@pytest.mark.parametrize(
    "text", ["[*x for x in y]", "{*x for x in y}", "f((*x for x in y))", "{**x for x in y}"]
)
def test_unpacking_in_comprehensions_needs_3_15(text: str) -> None:
    assert minimum_version(text) == (3, 15)


@pytest.mark.parametrize("text", ["[[*x] for x in y]", "{k: v for k, v in y}", "f(*(x for x in y))"])
def test_unpacking_beside_comprehensions_needs_no_more(text: str) -> None:
    assert minimum_version(text) == (3, 11)
