"""mmsetquota.

Its synopsis is from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import Literal

from arcapix.fs.gpfs.emulator import figures, filesets, messages
from arcapix.fs.gpfs.emulator.command import Arguments, Context, command
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Filesystem, Kind, Quota
from arcapix.fs.gpfs.emulator.owners import ENFORCED, name_of, number_of


@command(
    "mmsetquota",
    usage="""mmsetquota Device[:FilesetName]
   [--user IdOrName[,IdOrName]] [--group IdOrName[,IdOrName]]
   {[--block SoftLimit[:HardLimit]] [--files SoftLimit[:HardLimit]]}
mmsetquota Device[:FilesetName] --default {user | group | fileset}
   {[--block SoftLimit[:HardLimit]] [--files SoftLimit[:HardLimit]]}
mmsetquota Device --grace {user | group | fileset}
   {[--block GracePeriod] [--files GracePeriod]}
mmsetquota -F StanzaFile""",
    values=("--user", "--group", "--default", "--block", "--files"),
    words=(1, 1),
    changing=True,
    needs_daemon=True,
)
def mmsetquota(context: Context, arguments: Arguments) -> None:
    """Set the limits of a fileset, of users and groups in it, or of who has none of their own.

    A limit that is not given stays. Without fileset, user, group and default it is the root fileset's quota.
    """
    device, _, fileset = arguments.words[0].partition(":")
    blocks = _limits(context, arguments.value("--block"), is_size=True)
    files = _limits(context, arguments.value("--files"), is_size=False)
    if blocks == files == (None, None):
        raise context.usage(messages.MISSING_ARGUMENTS)
    with context.change() as state:
        filesystem = context.filesystem(device, state)
        if fileset:
            filesets.named(context, filesystem, fileset)
        for quota in _targets(context, filesystem, fileset, arguments):
            quota = filesystem.quotas.setdefault(quota.key, quota)
            quota.block_soft, quota.block_hard = _updated((quota.block_soft, quota.block_hard), blocks)
            quota.files_soft, quota.files_hard = _updated((quota.files_soft, quota.files_hard), files)
            for soft, hard in ((quota.block_soft, quota.block_hard), (quota.files_soft, quota.files_hard)):
                if hard and soft > hard:
                    raise context.failure(texts.QUOTA_SOFT_ABOVE_HARD, errno.EINVAL)


def _limits(context: Context, text: str | None, *, is_size: bool) -> tuple[int | None, int | None]:
    """Read ``SOFT[:HARD]``, either of which may be empty; bytes are rounded up to KiB."""
    soft, _, hard = (text or "").partition(":")
    found: list[int | None] = []
    for part in (soft, hard):
        limit = figures.read(part) if part else None
        if part and limit is None:
            raise context.failure(texts.QUOTA_BAD_LIMIT, errno.EINVAL, limit=part)
        found.append(figures.kib(limit) << 10 if is_size and limit is not None else limit)
    return found[0], found[1]


def _updated(old: tuple[int, int], new: tuple[int | None, int | None]) -> tuple[int, int]:
    soft, hard = (before if after is None else after for before, after in zip(old, new, strict=True))
    return soft, hard


def _targets(context: Context, filesystem: Filesystem, fileset: str, arguments: Arguments) -> Iterable[Quota]:
    """The quotas meant, without limits."""
    owners = [(kind, name) for kind, names in _owners(arguments) for name in names]
    kind = arguments.value("--default")
    if kind is not None:
        return [_default(context, filesystem, fileset, kind, owners[0][0] if owners else None)]
    if not owners:
        name = fileset or "root"
        return [Quota(kind="FILESET", name=name, id=filesystem.filesets[name].id)]
    inside = per_fileset(context, filesystem, fileset)
    found = []
    for kind, name in owners:
        number = number_of(kind, name)
        if number is None:
            word = "user" if kind == "USR" else "group"
            raise context.failure(texts.QUOTA_NO_OWNER, errno.EINVAL, owner=name, kind=word)
        found.append(Quota(kind=kind, name=name_of(kind, number), id=number, fileset=inside))
    return found


def _default(context: Context, filesystem: Filesystem, fileset: str, kind: str, other: Kind | None) -> Quota:
    """The quota with the default limits of users and groups, in a fileset or not, or of filesets."""
    if other is not None:
        raise context.usage(messages.OPTIONS_EXCLUDE, one="--default", other=f"--{ENFORCED[other]}")
    kinds = [one for one, word in ENFORCED.items() if word == kind]
    if not kinds or (fileset and kind == "fileset"):
        raise context.usage(messages.INVALID_PARAMETER, option="--default", value=kind)
    inside = "" if kind == "fileset" else per_fileset(context, filesystem, fileset)
    return Quota(kind=kinds[0], name="", id=0, fileset=inside)


def per_fileset(context: Context, filesystem: Filesystem, fileset: str) -> str:
    """The fileset in which quotas of users and groups count, root if none is named; "" where they are of all.

    Raises:
        CommandFailed: A fileset is named, and the file system has no quotas per fileset.
    """
    if fileset and fileset != "root" and not filesystem.perfileset_quota:
        raise context.failure(texts.QUOTA_NOT_PER_FILESET, errno.EINVAL, filesystem=filesystem.name)
    return (fileset or "root") if filesystem.perfileset_quota else ""


def _owners(arguments: Arguments) -> Iterable[tuple[Literal["USR", "GRP"], list[str]]]:
    yield "USR", [name for text in arguments.values("--user") for name in text.split(",") if name]
    yield "GRP", [name for text in arguments.values("--group") for name in text.split(",") if name]
