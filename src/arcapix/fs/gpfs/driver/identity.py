"""The user that a function runs as."""

from __future__ import annotations

import posix


class Unavailable(Exception):
    """The user of a run cannot be had on this node."""


class Identity:
    """The user that a function runs as.

    Args:
        name: Its name.
        user: Its number.
        group: That of its group.
    """

    def __init__(self, name: str, user: int, group: int) -> None:
        self.name = name
        self.user = user
        self.group = group

    @classmethod
    def of(cls, name: str) -> Identity:
        """Return the user with a name.

        Raises:
            Unavailable: There is none on this node, or this process may not become it.
        """
        import pwd

        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            raise Unavailable(f"there is no user {name!r} on this node") from None
        if posix.geteuid() not in (0, entry.pw_uid):
            raise Unavailable(
                f"only root may run a function as {name!r}; the driver runs as {posix.geteuid()}"
            )
        return cls(name, entry.pw_uid, entry.pw_gid)

    def take(self) -> None:
        """Become this user, with all its groups, for good.

        Raises:
            OSError: That is not possible.
        """
        if posix.geteuid() == 0:
            posix.initgroups(self.name, self.group)
            posix.setresgid(self.group, self.group, self.group)
            posix.setresuid(self.user, self.user, self.user)
