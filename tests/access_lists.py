"""Access lists (ACLs) of POSIX, given without the program for them, which few machines have."""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path

import pytest

_VERSION = 2
_NOBODY = 0xFFFFFFFF
_OWNER, _USER, _GROUP, _BOUND, _OTHERS = 0x01, 0x02, 0x04, 0x10, 0x20


def let_write(path: Path, user: int) -> None:
    """Let a user write to a file or folder of ours, or skip the test where nothing has access lists."""
    rights = [(_OWNER, 7, _NOBODY), (_USER, 7, user), (_GROUP, 5, _NOBODY), (_BOUND, 7, _NOBODY)]
    entries = [struct.pack("<HHI", *entry) for entry in [*rights, (_OTHERS, 5, _NOBODY)]]
    try:
        os.setxattr(path, "system.posix_acl_access", struct.pack("<I", _VERSION) + b"".join(entries))
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        pytest.skip("the file system of the tests has no access lists")
