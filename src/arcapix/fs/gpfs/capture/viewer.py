"""The program that `viewing` starts: reads a body that anybody may have written, and prints what it holds.

Run as ``python -P viewer.py JOB``; the job is a marshal document, the answer one of JSON. Nothing in the body
is rebuilt, imported or called.
"""

from __future__ import annotations

import marshal
import resource
import sys

MOST_BYTES = 512 << 20
"""Of memory; what `capture` makes takes a fraction."""

_MOST_UNPACKED = 32 << 20
_MOST_SECONDS = 20


def main(job_path: str) -> None:
    """Do the job, and write the answer to standard output."""
    with open(job_path, "rb") as file:
        job = marshal.loads(file.read())
    sys.path[:] = job["path"]
    import dataclasses
    import json

    from arcapix.fs.gpfs.capture.description import describe

    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = describe(_unpacked(job["body"]), job["form"])
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}".removesuffix(": "))
    print(json.dumps(dataclasses.asdict(found)))


def _unpacked(body: str) -> bytes:
    """Return the body; the driver unpacks it without a bound, but does so with what it has checked."""
    import binascii
    import zlib

    from arcapix.fs.gpfs.driver.dictionary import DICTIONARY

    packed = binascii.a2b_base64(body + "=" * (-len(body) % 4))
    unpacking = zlib.decompressobj(-15, DICTIONARY)
    found = unpacking.decompress(packed, _MOST_UNPACKED)
    if not unpacking.eof:
        raise ValueError(f"it is longer than {_MOST_UNPACKED >> 20} MiB, or was cut")
    return found


if __name__ == "__main__":
    main(sys.argv[1])
