"""The program that GPFS starts: check the token, compare, rebuild the function, run it, record what happened.

What GPFS starts is a stub called ``callbackdriver.py``, written by ``arcapix-gpfs driver install``; it holds
the site's configuration and calls `main`. Importing this module has no effect, and it offers no API.

This runs as root, on every node, in the middle of an incident, once per event. So it decides before it
decodes, imports only what every event needs (``tests/driver`` holds the list), and runs the function even
where its log, its journal or its output cannot be written.
"""

from __future__ import annotations

import posix
import sys

from .decision import Firing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONFIGURATION: dict[str, Any] = {
    "state": "/var/lib/arcapix/gpfs",
    "log": "/var/log/arcapix/callbackdriver.log",
    "key": "/etc/arcapix/gpfs.key",
    "key_required": False,
    "insecure": False,
    "emulated": False,
    "path": "/usr/lpp/mmfs/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "node_variable": "",
    "once_folder": "",
    "keep_environment": (),
    "set_environment": {},
    "journal_bytes": 4 << 20,
    "log_bytes": 16 << 20,
    "max_running": 64,
    "syslog": "/dev/log",
}
"""What a stub may set, with the defaults.

``{node}`` in ``state`` and ``log`` stands for the node's name: the value of the environment variable that
``node_variable`` names, else the host's. Handlers find the variables that ``keep_environment`` names as GPFS
gave them, and those of ``set_environment``. The journal and the log are moved aside once they are larger than
``journal_bytes`` and ``log_bytes``. ``once_folder`` is the shared folder of ``Run(once=)`` where that names
none. Of a callback without run options ``max_running`` runs go on at the same time, and as many more wait; 0
stands for no bound. With ``key_required`` nothing runs where there is no cluster key. Whether others than
root could change what runs is not looked at with ``insecure``, which the site has asked for, and
``emulated``, as drivers of emulated clusters are. What cannot be written is told to the socket ``syslog``.
"""


RECOVER = "recover"
"""In the place of a token: deliver what waits on this node."""
DRILL = "drill"
"""In the place of a token: what the drill is called follows, and then what GPFS would have said."""

_STARTS_PER_CLEANING = 64
"""One start in this many, chosen by chance, removes what killed runs have left behind."""


def main(**configuration: object) -> None:
    """Run one event, and end the process with its status."""
    posix.umask(0o022)  # before any file is made
    firing = Firing({**CONFIGURATION, **configuration})
    refusal = firing.decide(sys.argv[1:])
    if int(firing.started * 1e6) % _STARTS_PER_CLEANING == 0:
        from . import stale_runs

        stale_runs.remove(firing.place("state") + "/output", firing.node)
    if refusal is None:
        if posix.access(firing.place("state") + "/paused", posix.F_OK):
            from .pause import let_go_if_paused

            let_go_if_paused(firing)
        if firing.options:
            from .arrival import arrive

            arrive(firing, sys.argv[1:])
        from .run import Run

        Run(firing).run()
    status, reason = refusal
    if firing.token == RECOVER:
        from .deliverer import recover

        recover(firing, sys.argv[2:])
    if firing.token == DRILL:
        from . import drill

        drill.begin(firing.configuration, sys.argv[2:])
    if reason:
        from .records import Records
        from .refusal import refuse

        refuse(Records(firing), status, reason)
    posix._exit(status)
