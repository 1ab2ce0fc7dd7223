"""What becomes of annotations.

They are kept as they are where they matter: in classes whose fields they describe, and everywhere if any
captured code reads annotations. Elsewhere nothing sees them, so that those of a class are kept if they add no
class to the token, and those of a function if they add not even an import; of others the text is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .annotations import shared_by
from .nodes import ATOMS, CLASSES, Entry, Path

if TYPE_CHECKING:
    from .walk import Walk

_READERS = frozenset(
    {
        "__annotations__", "__type_params__", "__signature__", "__dataclass_fields__", "__attrs_attrs__",
        "get_type_hints", "get_annotations", "annotationlib", "signature", "getfullargspec", "fields",
        "fields_dict", "model_fields", "_field_types",
    }
)  # fmt: skip
"""Names without which no code gets at annotations."""


Kind = Literal["function", "class", "class with fields", "type parameters"]


@dataclass(frozen=True, eq=False)
class Hints:
    """Annotations that are decided about when everything else has been captured."""

    path: Path
    owner: object
    kind: Kind
    held: Mapping[str, object]
    kept: dict[str, Entry]


def put_off(
    walk: Walk, path: Path, owner: object, held: Mapping[str, object], kind: Kind
) -> dict[str, Entry]:
    """Return the dict that will hold what stands for some annotations."""
    kept: dict[str, Entry] = {}
    walk.annotations.append(Hints(path, owner, kind, held, kept))
    return kept


def settle(walk: Walk, hints: Hints) -> None:
    """Decide about annotations, which may add to what is captured."""
    are_read = any(
        not _READERS.isdisjoint(uses.names) or not _READERS.isdisjoint(uses.texts) for uses in walk.all_uses()
    )
    for name, annotation in hints.held.items():
        path = hints.path.then("annotation", name)
        if _is_free(walk, annotation):
            hints.kept[name] = annotation if type(annotation) in ATOMS else walk.entry(annotation, path)
        elif (are_read or hints.kind in ("class", "class with fields")) and _can_be_kept(
            walk, annotation, path, with_classes=are_read or hints.kind == "class with fields"
        ):
            hints.kept[name] = walk.entry(annotation, path)
        elif hints.kind == "type parameters":
            walk.naming.texts[id(hints.owner)] = {name: ""}
        else:
            hints.kept[name] = text = _text_of(annotation)
            walk.naming.texts.setdefault(shared_by(hints.owner), {})[name] = text
            if hints.kind == "class with fields":  # what the library makes of the fields names the type too
                walk.naming.as_text[id(annotation)] = text
            if are_read:
                walk.warn(f"the {path} of {walk.name!r} cannot be captured and becomes the text {text!r}")


def _can_be_kept(walk: Walk, annotation: object, path: Path, *, with_classes: bool) -> bool:
    """Tell whether an annotation can be captured, and whether that takes a class that nothing else does."""
    nodes = walk.trial(annotation, path)
    return nodes is not None and (
        with_classes or all(node.operation not in CLASSES or walk.has(node.value) for node in nodes)
    )


def _is_free(walk: Walk, annotation: object) -> bool:
    """Tell whether an annotation adds neither an import nor anything of the user's to a token."""
    if type(annotation) in ATOMS or walk.has(annotation):
        return True
    if type(annotation) is not type:
        return False
    found = walk.references.find(annotation)
    return found is not None and (found[0] == "builtins" or found[0] in walk.modules())


def _text_of(annotation: object) -> str:
    if issubclass(type(annotation), type):
        return str(getattr(annotation, "__name__", annotation))
    text = repr(annotation)
    return text if " at 0x" not in text else text[: text.index(" at 0x")]
