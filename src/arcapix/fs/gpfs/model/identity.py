"""What the objects of a cluster share: they are names, and GPFS is asked about them only when needed."""

from __future__ import annotations

from typing import Generic, Self, TypeVar

__all__ = ["ByName", "Configured", "device_name", "valid_name"]

Record = TypeVar("Record")


def valid_name(what: str, name: str) -> str:
    """Return a name, if it can be one.

    Raises:
        TypeError: It is not text.
        ValueError: It is empty.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a {what} is a str, not {type(name).__name__}")
    if not name:
        raise ValueError(f"the name of a {what} cannot be empty")
    return name


def device_name(name: str) -> str:
    """Return the name of a file system without the ``/dev/`` that some commands print in front."""
    return valid_name("file system", valid_name("file system", name).removeprefix("/dev/"))


class ByName:
    """Equal, hashed, pickled and shown by class and names; none of it asks GPFS anything."""

    @property
    def _names(self) -> tuple[str, ...]:
        """The names that make this object, in the order in which its constructor takes them."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ByName):
            return NotImplemented
        return type(self) is type(other) and self._names == other._names

    def __hash__(self) -> int:
        return hash((type(self), self._names))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self._names

    def __repr__(self) -> str:
        return f"<{' '.join([type(self).__name__, ':'.join(self._names)]).strip()}>"


class Configured(ByName, Generic[Record]):
    """An object whose configuration is read on first use and kept until it changes, or ``refresh()``."""

    _configuration: Record | None = None

    def _knowing(self, record: Record) -> Self:
        """Return this object, with the configuration that a listing has already read."""
        self._configuration = record
        return self

    def _read(self) -> Record:
        """Ask GPFS for the record behind this object."""
        raise NotImplementedError

    def _configured(self) -> Record:
        if self._configuration is None:
            self._configuration = self._read()
        return self._configuration

    def _read_anew(self) -> Record:
        """Ask GPFS for a condition; what is kept of the configuration stays as it was first read."""
        record = self._read()
        if self._configuration is None:
            self._configuration = record
        return record

    def refresh(self) -> None:
        """Forget the configuration that was read; the next question asks GPFS again."""
        self._configuration = None
