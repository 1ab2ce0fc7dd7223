"""Objects of the cluster as they are named on a command line, such as ``filesystem:mmfs1``."""

from __future__ import annotations

from ..callbackable import callbackable
from ..cluster import Cluster
from ..exceptions import GPFSError
from ..fileset import Fileset
from ..filesystem import Filesystem
from ..node import Node
from ..pool import Pool
from ..registration import notation
from ..registration.presence import Objects

__all__ = ["find"]


def find(text: str) -> callbackable:
    """Return the object that a text names.

    Raises:
        NotFound: GPFS lists no such object; the text offers the nearest.
        GPFSError: It names none that can have callbacks, or GPFS cannot be asked.
    """
    try:
        scope = notation.parse(text)
    except ValueError as error:
        raise GPFSError(str(error)) from None
    kind, *names = scope
    match kind:
        case "node":
            return Cluster().nodes[names[0]] if names != ["localhost"] else Node()
        case "nodeclass":
            return Cluster().nodeclasses[names[0]]
    problem = Objects().why_not(scope)
    if problem is not None:
        raise problem
    match kind:
        case "filesystem":
            return Filesystem(*names)
        case "fileset":
            return Fileset(*names)
        case "pool":
            return Pool(names[1], names[0])
    return Cluster()
