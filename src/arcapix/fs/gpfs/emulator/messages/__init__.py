"""The texts of GPFS, each with the evidence for it.

``{command}`` is the name of the command that prints. Marks: doc, recorded, field, inferred, unverified.
"""

from __future__ import annotations

MISSING_ARGUMENTS = "{command}: Missing arguments."  # recorded (mmcrcluster 4.2.3)
USAGE = "Usage:"  # recorded
INCORRECT_OPTION = "{command}: Incorrect option: {option}"  # unverified
INVALID_PARAMETER = "{command}: Incorrect value for option {option}: {value}"  # unverified
EXTRA_ARGUMENT = "{command}: Incorrect extra argument: {word}"  # unverified
COMMAND_FAILED = (
    "{command}: Command failed. Examine previous error messages to determine cause."  # recorded, 5.x
)
COMMAND_FAILED_OLD = (
    "{command}: Command failed.  Examine previous error messages to determine cause."  # recorded, 3.x-4.x
)
COMPLETED = "{command}: Command successfully completed"  # recorded
PROPAGATING = (  # recorded (mmcrcluster 4.2.3 and siblings)
    "{command}: Propagating the cluster configuration data to all\n"
    "  affected nodes.  This is an asynchronous process."
)

UNKNOWN_FILESYSTEM = (
    "{command}: File system {device} is not known to the GPFS cluster."  # recorded (mmlsquota)
)
FILESYSTEM_EXISTS = (
    "{command}: There is already an existing file system using {device} as its device name."  # unverified
)
FILESYSTEM_NAME = "{command}: Incorrect file system name: {device}"  # unverified
FILESYSTEM_MOUNTED = "{command}: File system {device} is still mounted."  # unverified
DISK_IN_USE = "{command}: Disk {disk} already belongs to a file system."  # unverified
NO_CLUSTER = "{command}: This node does not belong to a GPFS cluster."  # recorded (3.5)
NO_FILESYSTEMS = "{command}: No file systems were found."  # field
UNKNOWN_NODE = "{command}: Incorrect node {node} specified for command."  # unverified
DAEMON_UNREACHABLE = "Failed to connect to file system daemon: No such process"  # recorded (mmlsquota)
DAEMON_DOWN = "{command}: GPFS is down on this node."  # recorded
NO_CCR_QUORUM = "get file failed: Not enough CCR quorum nodes available (err 809)"  # unverified

LOCK_RETRY = "{command}: Unable to obtain the GPFS configuration file lock. Retrying ..."  # doc, 6027-1262
LOCK_TIMEOUT = "{command}: Timed out waiting for lock. Try again later."  # doc, 6027-1229

CALLBACK_EXISTS = "{command}: Callback identifier {identifier} is already defined."  # unverified
CALLBACK_UNKNOWN = "{command}: Callback identifier {identifier} was not found."  # unverified
CALLBACK_RESERVED = "{command}: Callback identifier {identifier} is reserved for internal use."  # inferred
CALLBACK_BAD_IDENTIFIER = "{command}: Incorrect callback identifier: {identifier}"  # unverified
CALLBACK_NONE = "{command}: No callbacks are defined."  # unverified
EVENT_UNKNOWN = "{command}: Incorrect event specified: {event}"  # unverified
VARIABLE_UNKNOWN = "{command}: Incorrect variable specified: %{variable}"  # unverified
PARMS_TOO_LONG = "{command}: The parameter string is longer than {limit} characters."  # unverified
COMMAND_NOT_FOUND = "{command}: Command {path} was not found or is not executable."  # unverified
COMMAND_NOT_ABSOLUTE = "{command}: The command must be a full path name: {path}"  # inferred
TIEBREAKER_GUARD = (
    "{command}: GPFS must be stopped on all nodes to change a tiebreakerCheck callback."  # inferred
)
SPEC_FILE_UNREADABLE = "{command}: Cannot open file {path}."  # unverified
OPTIONS_EXCLUDE = "{command}: Options {one} and {other} cannot be used together."  # unverified

STARTING = "Starting GPFS ..."  # recorded (mmstartup)
ALREADY_ACTIVE = "{node}:  The GPFS subsystem is already active."  # recorded
SHUTDOWN_UNMOUNTING = "Starting force unmount of GPFS file systems"  # recorded
SHUTDOWN_DAEMONS = "Shutting down GPFS daemons"  # recorded
SHUTDOWN_NODE = "{node}:  Shutting down!"  # recorded
SHUTDOWN_KILL = "{node}:  'shutdown' command about to kill process {pid}"  # recorded (4.2)
SHUTDOWN_UNLOADING = "{node}:  Unloading modules from /lib/modules/{kernel}/extra"  # recorded (4.2)
SHUTDOWN_UNLOADED_26 = "{node}:  Unloading module mmfs26"  # recorded (4.2)
SHUTDOWN_UNLOADED_LINUX = "{node}:  Unloading module mmfslinux"  # recorded (4.2)
SHUTDOWN_FINISHED = "Finished"  # recorded
RUNNING = "Running {elapsed}, pid {pid}"  # recorded (mmdiag)
MOUNTING = "Mounting file systems ..."  # recorded (mmmount)
UNMOUNTING = "Unmounting file systems ..."  # recorded (mmumount)
MOUNTED_ON = "File system {device} is mounted on {count} nodes"  # recorded, also of one node
MOUNT_UNDER_WAY = "{command}: File system {device} is being mounted or unmounted already."  # unverified
NOT_MOUNTED = "File system {device} is not mounted."  # unverified
MANAGER_APPOINTED = "Node {node} appointed as manager for {what}."  # unverified
MANAGER_UNFIT = "{command}: Node {node} cannot be the manager."  # unverified

LOG_LAUNCH = (
    "[I] Calling user exit script {identifier}: event {event}, {mode} command {command}."  # recorded (Async)
)
LOG_EXIT = (
    "[I] CallExitScript: exit script {identifier} on event {event} returned code {status}, {action}."  # doc
)
LOG_READY = "[N] mmfsd ready"  # recorded
LOG_CLUSTER_MANAGER = "[N] This node ({ip} ({short})) is now Cluster Manager for {cluster}."  # recorded
LOG_NODE_MANAGER = "[I] Node {ip} ({short}) is now the Group Leader."  # recorded
LOG_QUORUM_LOST = "[E] Lost quorum. Unmounting file systems."  # inferred
LOG_MOUNT = "[I] Command: mount {device}"  # inferred
LOG_UNMOUNT = "[I] Command: unmount {device}"  # inferred
LOG_SHUTDOWN = "[N] mmfsd is shutting down."  # inferred
LOG_NOT_STARTED = "[E] Could not start user exit script {identifier}: {reason}"  # inferred

NOT_EMULATED_OPTION = "{command}: option {option} is not emulated"  # the emulator's own
NOT_EMULATED_COMMAND = "{command}: this command is not emulated"  # the emulator's own
ABANDONED = "{command}: whoever gave the command has ended"  # the emulator's own
NOT_EMULATED_STATUS = 124
"""Exit status of what GPFS has and the emulator has not; no mm command is known to use it."""
