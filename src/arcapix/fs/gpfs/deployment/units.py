"""The systemd units of a node: for what it has accepted, and for pauses and events that it has missed.

Events that were accepted are attempted at boot, and while something is pending. GPFS's own unit takes its
children along when it is stopped, and so the attempts that were under way. These units do not belong to it.
"""

from __future__ import annotations

from pathlib import Path

from .environment import DRIVER

__all__ = ["NAME", "PAUSES", "RECONCILE", "units"]

NAME = "arcapix-gpfs-recover"
PAUSES = "arcapix-gpfs-pauses"
RECONCILE = "arcapix-gpfs-reconcile"

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

_RECONCILE = """\
# Written by `arcapix-gpfs driver install`. It runs at boot and whenever gpfs.service is started, and again as
# long as GPFS is down or cannot be asked (status 5). The runs that it starts go on after its end.
[Unit]
Description=GPFS events that this node has missed, told afterwards
Documentation=man:systemd.service(5)
After=local-fs.target gpfs.service {pauses}.service
StartLimitIntervalSec=0

[Service]
Environment="{variable}={driver}"
ExecStart={program} reconcile --jitter 30s
RestartForceExitStatus=5
RestartSec=2min
KillMode=process

[Install]
WantedBy=multi-user.target gpfs.service
"""


_PAUSES = """\
# Written by `arcapix-gpfs driver install`. It has failed if no other node could be asked.
[Unit]
Description=Pauses of GPFS callbacks that were asked of all nodes while this one was away
Wants=network-online.target
After=network-online.target
Before={name}.service

[Service]
Type=oneshot
Environment="{variable}={driver}"
ExecStart={program} paused --catch-up
TimeoutStartSec=150

[Install]
WantedBy=multi-user.target
"""


def units(driver: Path, state: Path, program: Path) -> dict[str, str]:
    """Return the texts of the units, by file name.

    Args:
        driver: The driver.
        state: Its state folder on this node.
        program: The command ``arcapix-gpfs``.
    """
    return {
        f"{NAME}.service": _SERVICE.format(driver=_literal(driver)),
        f"{NAME}.path": _PATH.format(pending=_literal(state / "pending")),
        f"{PAUSES}.service": _PAUSES.format(
            name=NAME, variable=DRIVER, driver=_literal(driver), program=_literal(program)
        ),
        f"{RECONCILE}.service": _RECONCILE.format(
            pauses=PAUSES, variable=DRIVER, driver=_literal(driver), program=_literal(program)
        ),
    }


def _literal(path: Path) -> str:
    """Return a path as it stands in a unit, where a percent sign has a meaning."""
    return str(path).replace("%", "%%")
