"""The native options of mmcrfileset and mmchfileset, made from the keywords of the API."""

from __future__ import annotations

from collections.abc import Mapping

from .. import commands
from .identity import valid_name

__all__ = ["Parameter", "afm_options", "afm_target", "change_options", "inode_limit"]

Parameter = str | int | bool
"""The value of an AFM parameter; a bool is sent as ``yes`` or ``no``."""


def inode_limit(most: int | None, allocated: int | None) -> list[str]:
    """Return ``--inode-limit MAX[:ALLOCATED]``, or nothing.

    Raises:
        ValueError: More would be allocated than allowed, or there is an allocation without a limit.
    """
    if allocated is None:
        return [] if most is None else ["--inode-limit", str(most)]
    if most is None:
        raise ValueError("allocInodes= needs maxInodes= beside it")
    if allocated > most:
        raise ValueError(f"allocInodes {allocated} is above maxInodes {most}; raise maxInodes, too")
    return ["--inode-limit", f"{most}:{allocated}"]


def afm_options(parameters: Mapping[str, Parameter]) -> list[str]:
    """Return ``-p NAME=VALUE`` for each AFM parameter; which ones exist is left to GPFS.

    Raises:
        TypeError: A value is neither a str, an int nor a bool.
    """
    options: list[str] = []
    for name, value in parameters.items():
        if not isinstance(value, (str, int)):
            raise TypeError(f"{name} is a str, an int or a bool, not {type(value).__name__}")
        text = ("no", "yes")[value] if isinstance(value, bool) else str(value)
        options += ["-p", f"{name}={text}"]
    return options


def change_options(comment: object, name: str | None, afm: Mapping[str, Parameter]) -> list[str]:
    """Return the options of mmchfileset for a comment, AFM parameters and a new name; None: unchanged.

    Raises:
        TypeError: A value is of another type.
        ValueError: The name is empty, or no later command could use it.
    """
    options = [] if comment is None else ["-t", str(comment)]
    options += afm_options(afm)
    return options if name is None else [*options, "-j", commands.operand(valid_name("fileset", name))]


def afm_target(target: str, gateway: str | None, protocol: str) -> str:
    """Return ``PROTOCOL://HOST/PATH`` of a cache fileset's home.

    Args:
        target: A path, ``HOST:/PATH``, or the complete target.
        gateway: The host or AFM map, if the target is a path.
        protocol: ``"nfs"`` or ``"gpfs"``.

    Raises:
        ValueError: The target names a host already, and another one was given.
    """
    host, separator, path = target.rpartition(":")
    if gateway and separator and host != gateway:
        raise ValueError(f"target {target!r} names its host already; leave gateway= out")
    if "://" in target:
        return target
    return f"{protocol}://{host or gateway or ''}{path if path.startswith('/') else f'/{path}'}"
