"""What the program of a callback finds around it when somebody other than GPFS starts it."""

from __future__ import annotations

import os
from pathlib import Path

from ..commands.environment import BIN
from ..deployment import installation
from ..driver.records import DRIVER_LOG

__all__ = ["of_driver"]


def of_driver(driver: Path) -> dict[str, str]:
    """Return the variables that a driver finds: like GPFS, this hands over none of the administrator's.

    Raises:
        GPFSError: It is not one of our drivers.
    """
    configuration = installation.configuration_of(driver)
    kept = {"TZ", BIN, DRIVER_LOG, configuration["node_variable"], *configuration["keep_environment"]}
    return {name: os.environ[name] for name in sorted(kept) if name in os.environ}
