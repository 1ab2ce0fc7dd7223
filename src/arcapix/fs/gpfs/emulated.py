"""The emulator with an installed driver that its nodes start: a cluster to install callbacks on.

The driver is configured as any site could configure it: which variables handlers find, the path of the
commands, and folders for state and log with the node's name in them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from .deployment import installation
from .deployment.environment import DRIVER, KEY, SITE, STATE
from .emulator import control
from .emulator.environment import BIN, NODE

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def state_folder(directory: Path, node: str) -> Path:
    """Return where the driver of a node keeps its journal and the output of runs in progress."""
    return directory / "nodes" / node / "state"


def driver_log(directory: Path, node: str) -> Path:
    """Return where the driver of a node logs."""
    return directory / "nodes" / node / "callbackdriver.log"


def places(directory: Path) -> dict[str, str]:
    """Return the environment variables that keep everything of a cluster below its folder."""
    return {
        DRIVER: str(directory / "driver" / installation.STUB),
        KEY: str(directory / "gpfs.key"),
        SITE: str(directory / "gpfs-site.json"),
        STATE: str(directory / "state"),
    }


def keep_site_file(directory: Path, file: Path) -> None:
    """Have callbacks on a cluster go by the site file of another one.

    Raises:
        OSError: It cannot be copied.
    """
    kept = Path(places(directory)[SITE])
    shutil.copyfile(file, kept)
    kept.chmod(0o644)


def install_driver(directory: Path) -> None:
    """Install the driver that the nodes of a cluster start."""
    commands = control.environment(directory)[BIN]
    own = places(directory)
    installation.install(
        directory / "driver",
        {
            "state": str(state_folder(directory, "{node}")),
            "log": str(driver_log(directory, "{node}")),
            "key": own[KEY],
            "path": f"{commands}:{_PATH}",
            "node_variable": NODE,
            "keep_environment": (NODE,),
            "set_environment": {BIN: commands, **own},
            "emulated": True,
        },
    )
