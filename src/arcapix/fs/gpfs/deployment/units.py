"""The systemd units that recover what a node has accepted: at boot, and while something is pending.

GPFS's own unit takes its children along when it is stopped, and so the attempts that were under way. These
units do not belong to it.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["NAME", "units"]

NAME = "arcapix-gpfs-recover"

_SERVICE = """\
# Written by `arcapix-gpfs driver install`. It ends when nothing is pending any more.
[Unit]
Description=Attempts at GPFS events that were accepted and are not finished
Documentation=man:systemd.path(5)
After=local-fs.target
StartLimitIntervalSec=0

[Service]
ExecStart={driver} recover --wait

[Install]
WantedBy=multi-user.target
"""

_PATH = """\
# Written by `arcapix-gpfs driver install`. It starts the service of the same name.
[Unit]
Description=GPFS events that were accepted
Documentation=man:systemd.path(5)

[Path]
PathModified={pending}
TriggerLimitIntervalSec=0

[Install]
WantedBy=multi-user.target
"""


def units(driver: Path, state: Path) -> dict[str, str]:
    """Return the texts of the units, by file name.

    Args:
        driver: The driver.
        state: Its state folder on this node.
    """
    return {
        f"{NAME}.service": _SERVICE.format(driver=_literal(driver)),
        f"{NAME}.path": _PATH.format(pending=_literal(state / "pending")),
    }


def _literal(path: Path) -> str:
    """Return a path as it stands in a unit, where a percent sign has a meaning."""
    return str(path).replace("%", "%%")
