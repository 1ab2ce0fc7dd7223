"""Puts the manual pages of the commands into the wheel; they are made from the commands' help."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PLACE = "share/man/man1"


class ManualPages(BuildHookInterface[Any]):
    """Makes them for a wheel that is not editable: one that is has its checkout, and `make man`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make them in this process: no other one finds what a build has installed."""
        if version != "standard":
            return
        root = Path(self.root)
        sys.path[:0] = [str(root / "src"), str(root / "docs")]
        pages = importlib.import_module("man").main(root / "build" / "man", self.metadata.version)
        for page in pages:
            build_data["shared_data"][str(page)] = f"{_PLACE}/{page.name}"
