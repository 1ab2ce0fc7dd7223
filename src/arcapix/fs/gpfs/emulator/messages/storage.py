"""The texts of GPFS about filesets, pools, disks, quotas and snapshots, each with the evidence for it.

``{command}`` is the name of the command that prints. Marks: doc, recorded, field, inferred, unverified.
"""

from __future__ import annotations

FILESETS_TITLE = "Filesets in file system '{filesystem}':"  # recorded
FILESET_USAGE = "Collecting fileset usage information ..."  # field
FILESET_UNKNOWN = "Fileset named {fileset} does not exist."  # recorded (5.1, status 22)
FILESET_EXISTS = "Fileset named {fileset} already exists."  # inferred
FILESET_BAD_NAME = "{command}: Incorrect fileset name: {fileset}"  # unverified
FILESET_CREATED = "Fileset {fileset} created with id {id} root inode {inode}."  # recorded
FILESET_LINKED = "Fileset {fileset} linked at {path}"  # recorded
FILESET_UNLINKED = "Fileset {fileset} unlinked."  # recorded
FILESET_CHANGED = "Fileset {fileset} changed."  # unverified
IAM_MODE_LOOSER = "The IAM mode of fileset {fileset} cannot be changed from {now} to {mode}."  # unverified
INODES_SET = "Set maxInodes for inode space {space} to {limit}"  # unverified
FILESET_DELETED = "Fileset {fileset} deleted."  # recorded (5.1.2, one site)
FILESET_IS_LINKED = "Fileset {fileset} is linked at {path}."  # unverified
FILESET_NOT_LINKED = "Fileset {fileset} is not linked."  # unverified
FILESET_MUST_BE_UNLINKED = "Fileset {fileset} must be unlinked to be deleted."  # inferred
FILESET_NOT_EMPTY = "Fileset {fileset} contains user files. To delete it, use the -f option."  # inferred
FILESET_HOLDS_FILESETS = "Fileset {fileset} owns an inode space that other filesets use."  # unverified
FILESET_HAS_SNAPSHOTS = "Fileset {fileset} has snapshots."  # unverified
FILESET_IS_ROOT = "The root fileset cannot be {done}."  # unverified
FILESET_IS_DEPENDENT = "Fileset {fileset} is not an independent fileset."  # unverified
NOT_A_JUNCTION = "No fileset is linked at {path}."  # unverified
JUNCTION_EXISTS = "{command}: {path}: File exists"  # unverified
JUNCTION_NO_PARENT = "{command}: {path}: No such file or directory"  # unverified
JUNCTION_OUTSIDE = "{command}: {path} is not in file system {filesystem}."  # unverified
INODES_BELOW_ALLOCATED = (  # unverified
    "The inode limit cannot be less than the number of allocated inodes: {allocated}."
)
INODES_PREALLOCATED = "The number of inodes to preallocate exceeds the inode limit."  # unverified
CHECKING_FILESET = "Checking fileset ..."  # inferred; that there are six such lines is recorded
CHECKED_FILESET = "Checking fileset complete."  # inferred likewise
DELETING_FILES = "Deleting user files ..."  # inferred likewise
DELETED_FILES = (  # recorded
    " 100.00 % complete on {date}  ( {inodes:8d} inodes with total {size:10d} MB data processed)"
)
DELETING_FILESET = "Deleting fileset ..."  # inferred likewise

POOLS_TITLE = "Storage pools in file system at '{path}':"  # recorded
POOL_UNKNOWN = "{command}: Storage pool {pool} does not exist."  # unverified

POLICY_TITLE = (
    "/* The emulated cluster has no policy: this is when it raises lowDiskSpace. */"  # the emulator's own
)
POLICY_RULE = "RULE 'low-{pool}' LIST 'low-{pool}' FROM POOL '{pool}' THRESHOLD({threshold})"  # doc

NO_METADATA_DISK = "{command}: No disk in the storage pool system holds metadata."  # unverified
DISK_UNKNOWN = "{command}: Disk {disk} was not found in file system {filesystem}."  # unverified
DISKS_ALL_UP = "6027-623 All disks up and ready"  # unverified
NO_DISKS = "{command}: No disks were found."  # field
REDISCOVER = "mmnsddiscover:  Attempting to rediscover the disks.  This may take a while ..."  # unverified
REDISCOVERED = "mmnsddiscover:  Finished."  # unverified

QUOTA_REPORT = "*** Report for {kind} quotas on {filesystem}"  # recorded
QUOTA_STATE = "{filesystem}: {kind} quota is {state}; default quota is {default}"  # unverified
QUOTA_OFF = "{command}: {kind} quotas are not enabled in file system {filesystem}."  # unverified
QUOTA_NO_LIMITS = "no limits"  # recorded
QUOTA_OF_GROUP = "Disk quotas for group {group} (gid {id}):"  # recorded
QUOTA_NONE_ENABLED = (  # recorded
    "No quota enabled file system found.\n{command}: tslsquota{options} failed. Error code {code}."
)
QUOTA_DEFAULT_ON = "default on"  # recorded
QUOTA_BAD_LIMIT = "{command}: Incorrect quota limit: {limit}"  # unverified
QUOTA_SOFT_ABOVE_HARD = "{command}: The soft limit is greater than the hard limit."  # unverified
QUOTA_NO_OWNER = "{command}: {owner} is not a known {kind}."  # unverified
QUOTA_NOT_PER_FILESET = (  # unverified
    "{command}: Per-fileset quotas are not enabled in file system {filesystem}."
)

SNAPSHOTS_TITLE = "Snapshots in file system {filesystem}:"  # recorded
SNAPSHOTS_NONE = "No snapshots in file system {filesystem}"  # field
SNAPSHOT_FLUSHING = "Flushing dirty data for snapshot {snapshot}..."  # recorded (5.0, one site)
SNAPSHOT_QUIESCING = "Quiescing all file system operations."  # recorded (5.0, one site)
SNAPSHOT_CREATED = "Snapshot {snapshot} created with id {id}."  # recorded (5.0, one site)
SNAPSHOT_INVALIDATING = "Invalidating snapshot files in {snapshot}..."  # recorded (5.0, one site)
SNAPSHOT_DELETING = "Deleting files in snapshot {snapshot}..."  # recorded (5.0, one site), the name inferred
SNAPSHOT_INVALIDATING_FILESETS = (  # recorded (5.0, one site)
    "Invalidating snapshot files in {snapshot}/F/..."
)
SNAPSHOT_DELETED = "Delete snapshot {snapshot} successful."  # recorded (5.0, one site)
SNAPSHOT_EXISTS = "Snapshot {snapshot} already exists."  # unverified
SNAPSHOT_UNKNOWN = "Cannot find snapshot {snapshot} in file system {filesystem}."  # unverified
SNAPSHOT_BAD_NAME = "{command}: Incorrect snapshot name: {snapshot}"  # unverified
SNAPSHOT_DIRECTORY = 'Snapshot directory for "{filesystem}" is "{name}" ({where})'  # field (a parser)
SNAPSHOT_DIRECTORY_FILESETS = (  # field (a parser)
    'Fileset snapshot directory for "{filesystem}" is "{name}" ({where})'
)
SNAPSHOT_DIRECTORY_GLOBAL = (  # field (a parser)
    'Global snapshot directory for "{filesystem}" is "{name}" in {where}'
)

BAD_NUMBER = "{command}: Incorrect number for option {option}: {value}"  # unverified
BAD_ACTION = "{command}: Incorrect action: {action}"  # unverified
