"""Users, groups and filesets as owners of quotas: names and numbers, and who has an entry."""

from __future__ import annotations

import grp
import pwd

from arcapix.fs.gpfs.emulator.model import Filesystem, Kind, Quota
from arcapix.fs.gpfs.emulator.usage import Usage

ENFORCED: dict[Kind, str] = {"USR": "user", "GRP": "group", "FILESET": "fileset"}
"""What a kind is called where it is switched on."""


def owned(filesystem: Filesystem, usage: Usage, kind: Kind) -> list[Quota]:
    """Quotas, perhaps without limits, of every fileset, or of each user or group that has files.

    Those of users and groups are per fileset where the file system has them so.
    """
    if kind == "FILESET":
        return [Quota(kind=kind, name=one.name, id=one.id) for one in filesystem.filesets.values()]
    if filesystem.perfileset_quota:
        found = [(fileset, number) for what, fileset, number in usage.owners if what == kind]
    else:
        found = [("", number) for number in (usage.users if kind == "USR" else usage.groups)]
    return [
        Quota(kind=kind, name=name_of(kind, number), id=number, fileset=fileset) for fileset, number in found
    ]


def number_of(kind: Kind, name: str) -> int | None:
    """The number of a user or group that goes by name or number; None if there is none of that name."""
    try:
        return pwd.getpwnam(name).pw_uid if kind == "USR" else grp.getgrnam(name).gr_gid
    except KeyError:
        return int(name) if name.isascii() and name.isdigit() else None


def name_of(kind: Kind, number: int) -> str:
    """The name of a user or group, its number if it has none."""
    try:
        return pwd.getpwuid(number).pw_name if kind == "USR" else grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
