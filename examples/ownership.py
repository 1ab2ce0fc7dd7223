#!/usr/bin/env python3
"""Two ways to leave no files of root's behind: give them to a user, or become that user.

    ./ownership.py FILESYSTEM USER LOGFILE REPORTFILE

GPFS calls functions as root, so what they create belongs to root, and a mistake in them has root's reach.
The first function below stays root and makes a log that belongs to USER. The second gives up root's rights
before it does anything else; what it writes belongs to USER because it is USER.

The second way is the safer one, wherever the work needs none of root's rights.
"""

import os
import pwd
import sys

from arcapix.fs.gpfs import Filesystem

if len(sys.argv) != 5 or any(word.startswith("-") for word in sys.argv[1:]):
    print(__doc__, file=sys.stderr)
    sys.exit(2)
filesystem, user, logfile, reportfile = sys.argv[1:]


def open_log_of(user, path):
    """Open a log; a new one belongs to the user, and nobody else can write to it."""
    # No symbolic link is followed: else whoever may write in the folder could make root append to any file.
    flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.fdopen(os.open(path, flags), "a")
    # By the descriptor, and only for a file made here: the path may lead to another file by now.
    account = pwd.getpwnam(user)  # asked on the node: numbers may differ from those where this was installed
    os.fchown(descriptor, account.pw_uid, account.pw_gid)
    os.fchmod(descriptor, 0o640)
    return os.fdopen(descriptor, "a")


def log_mount(fsName, myNode):
    with open_log_of(user, logfile) as log:
        log.write(f"{fsName} was mounted on {myNode}\n")


def become(user):
    """Give up root's rights for good. The order matters: only root may change its groups."""
    account = pwd.getpwnam(user)
    if os.geteuid() == account.pw_uid:
        return
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def report_mount(fsName, myNode):
    become(user)
    # What is needed from here on must be imported at the top of the file: this user may be unable to read it.
    os.umask(0o027)
    with open(reportfile, "a") as report:
        ids = f"uid {os.getuid()}, gid {os.getgid()}, groups {os.getgroups()}"
        report.write(f"{fsName} was mounted on {myNode}; written as {ids}\n")


for identifier, function in (("mount-log", log_mount), ("mount-report", report_mount)):
    callback = Filesystem(filesystem).onMount.new(identifier, function)
    print(f"installed {callback.id}")
