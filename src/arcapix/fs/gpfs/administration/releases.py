"""Which releases a node has: of the package, of Python, and of the driver that GPFS starts there."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from ..deployment import installation
from ..exceptions import GPFSError

__all__ = ["Releases"]

_DISTRIBUTION = "arcapix-fs-gpfs"


@dataclass(frozen=True)
class Releases:
    """What a node has.

    Attributes:
        package: The release of the package.
        python: The version of the Python that runs it.
        interpreter: The path of that Python.
        driver: The path of the driver; None where there is none.
        driver_python: The interpreter that GPFS starts it with; None where it is none of ours.
        driver_release: The release of the driver; None if that is not the one of the package and its Python.
    """

    package: str
    python: str
    interpreter: str
    driver: str | None = None
    driver_python: str | None = None
    driver_release: str | None = None

    @classmethod
    def of_this_node(cls) -> Releases:
        """Look at this node."""
        package = version(_DISTRIBUTION)
        own = package, platform.python_version(), sys.executable
        try:
            driver = installation.driver_path()
        except GPFSError:
            return cls(*own)
        try:
            interpreter = installation.interpreter_of(driver)
        except GPFSError:
            return cls(*own, str(driver))
        return cls(*own, str(driver), interpreter, package if installation.is_current(driver) else None)

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has."""
        return asdict(self)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Releases:
        """Return what `fields` was called for.

        Raises:
            TypeError: It is of none.
        """
        return cls(**fields)
