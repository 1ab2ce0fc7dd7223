"""Writes the manual pages of the commands from their help.

usage: man.py FOLDER
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

from tables.man_pages import pages


def main(folder: Path, release: str) -> list[Path]:
    """Write all pages into a folder, which is made, and return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages(release):
        written.append(folder / name)
        written[-1].write_text(text, encoding="utf-8")
    return written


if __name__ == "__main__":
    main(Path(sys.argv[1]), version("arcapix-fs-gpfs"))
