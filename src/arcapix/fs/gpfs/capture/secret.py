"""A value that a function reads at the event, so that no registration ever holds it."""

from __future__ import annotations

__all__ = ["Secret"]


class Secret:
    """A password, key or token, given by the place where it is kept.

    Only the place travels; the value is read on the node, each time `value` is asked for. Neither ``repr``
    nor a captured function ever shows it.

    Made with `Secret.file` or `Secret.env`.
    """

    __slots__ = ("_kind", "_place")

    _kind: str
    _place: str

    def __init__(self) -> None:
        raise TypeError("a Secret is made with Secret.file('/etc/...') or Secret.env('NAME')")

    @classmethod
    def file(cls, path: str) -> Secret:
        """Return the secret that a file on the node holds, without the line break at its end.

        Args:
            path: An absolute path; the file should be readable by root only.

        Raises:
            ValueError: The path is not absolute; the driver's working folder is not the installer's.
        """
        import os

        place = os.fspath(path)
        if not place.startswith("/"):
            raise ValueError(f"{place!r} is not an absolute path; the function does not run in this folder")
        return cls._of("file", place)

    @classmethod
    def env(cls, name: str) -> Secret:
        """Return the secret that an environment variable holds in the driver's process.

        The driver keeps only the variables that its configuration or ``Run(env=...)`` names.
        """
        return cls._of("env", name)

    @classmethod
    def _of(cls, kind: str, place: str) -> Secret:
        secret = cls.__new__(cls)
        object.__setattr__(secret, "_kind", kind)
        object.__setattr__(secret, "_place", place)
        return secret

    @property
    def value(self) -> str:
        """The secret itself, read now.

        Raises:
            OSError: The file cannot be read.
            LookupError: The variable is not set.
        """
        if self._kind == "file":
            with open(self._place, encoding="utf-8") as file:
                return file.read().rstrip("\r\n")
        import os

        try:
            return os.environ[self._place]
        except KeyError:
            raise LookupError(f"the environment variable {self._place!r}, a secret, is not set") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Secret cannot be changed")

    def __repr__(self) -> str:
        return f"Secret.{self._kind}({self._place!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return (self._kind, self._place) == (other._kind, other._place)

    def __hash__(self) -> int:
        return hash((self._kind, self._place))

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Secret.file if self._kind == "file" else Secret.env), (self._place,)
