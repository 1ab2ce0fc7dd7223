"""A callback of 300 lines, as sites have them: it judges an event and writes one line of a report."""

import time

REPORT = "/var/log/gpfs/space-report.log"

THRESHOLDS = {
    "system": (80, 90, 95),
    "data": (85, 92, 97),
    "capacity": (90, 95, 98),
    "archive": (93, 97, 99),
}
DEFAULT_THRESHOLDS = (85, 90, 95)

OWNERS = {
    "projects": "storage@mycompany.com",
    "scratch": "hpc@mycompany.com",
    "home": "desktop@mycompany.com",
}

QUIET_HOURS = ((22, 24), (0, 6))

SILENCED = ("mmfs9/tmp", "mmfs9/trash")

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


class UnknownUsage(Exception):
    """GPFS gave no usage, or one that is no number."""

    def __init__(self, text):
        super().__init__(f"usage {text!r} is no number")
        self.text = text


class Usage:
    """How full a pool or a fileset is."""

    def __init__(self, used, limit, files=0, files_limit=0):
        self.used = used
        self.limit = limit
        self.files = files
        self.files_limit = files_limit

    @classmethod
    def from_text(cls, text):
        """Read ``used:limit`` or ``used:limit:files:files_limit``."""
        parts = text.split(":")
        if len(parts) not in (2, 4):
            raise UnknownUsage(text)
        try:
            return cls(*[int(part) for part in parts])
        except ValueError:
            raise UnknownUsage(text) from None

    @property
    def percent(self):
        if self.limit <= 0:
            return 0.0
        return 100.0 * self.used / self.limit

    @property
    def files_percent(self):
        if self.files_limit <= 0:
            return 0.0
        return 100.0 * self.files / self.files_limit

    @property
    def worst(self):
        return max(self.percent, self.files_percent)

    @property
    def free(self):
        return max(0, self.limit - self.used)

    def __str__(self):
        shown = f"{human(self.used)} of {human(self.limit)} ({self.percent:.1f} %)"
        if self.files_limit:
            shown += f", {self.files} of {self.files_limit} files"
        return shown


class Level:
    """A level of alarm, and what it takes to reach it."""

    names = ("ok", "notice", "warning", "critical")

    def __init__(self, number):
        self.number = number

    @classmethod
    def of(cls, pool, usage):
        limits = THRESHOLDS.get(pool, DEFAULT_THRESHOLDS)
        number = 0
        for limit in limits:
            if usage.worst >= limit:
                number += 1
        return cls(number)

    @property
    def name(self):
        return self.names[self.number]

    def is_urgent(self, hour):
        """Tell whether somebody is to be woken: at night only for the highest level."""
        if self.number == len(self.names) - 1:
            return True
        if is_quiet(hour):
            return False
        return self.number >= 2


class Place:
    """The thing that an event is about."""

    def __init__(self, filesystem, pool="", fileset="", node=""):
        self.filesystem = filesystem
        self.pool = pool
        self.fileset = fileset
        self.node = node

    def __str__(self):
        parts = [self.filesystem]
        if self.fileset:
            parts.append(f"fileset {self.fileset}")
        if self.pool:
            parts.append(f"pool {self.pool}")
        if self.node:
            parts.append(f"seen on {self.node}")
        return ", ".join(parts)

    @property
    def owner(self):
        for name, address in OWNERS.items():
            if self.fileset == name or self.fileset.startswith(name + "-"):
                return address
        return "storage@mycompany.com"

    @property
    def key(self):
        return "/".join(part for part in (self.filesystem, self.fileset, self.pool) if part)


def human(size):
    """Return a size as people read it."""
    amount = float(size)
    for unit in UNITS[:-1]:
        if abs(amount) < 1024:
            if unit == "B":
                return f"{int(amount)} {unit}"
            return f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} {UNITS[-1]}"


def is_quiet(hour):
    return any(begin <= hour < end for begin, end in QUIET_HOURS)


def is_silenced(place):
    """Tell whether nobody wants to hear about a place."""
    whole = place.key + "/"
    return any(whole.startswith(key + "/") for key in SILENCED)


def is_defined(text):
    return bool(text) and text != "UNDEFINED" and not text.startswith("%")


def trend(samples):
    """Return the growth in bytes per hour over samples of ``(seconds, used)``; least squares."""
    count = len(samples)
    if count < 2:
        return 0.0
    mean_time = sum(when for when, _ in samples) / count
    mean_used = sum(used for _, used in samples) / count
    above = 0.0
    below = 0.0
    for when, used in samples:
        above += (when - mean_time) * (used - mean_used)
        below += (when - mean_time) ** 2
    if below == 0:
        return 0.0
    return 3600.0 * above / below


def hours_left(usage, growth):
    """Return after how many hours the space is used up at this growth; None where it does not grow."""
    if growth <= 0:
        return None
    return usage.free / growth


def advice(level, left, place):
    """Return what the reader is to do, in a sentence."""
    if level.name == "critical":
        if place.fileset:
            return f"raise the limits of {place.fileset} or let {place.owner} delete files now"
        return f"add disks to pool {place.pool or 'system'} or move files away now"
    if level.name == "warning":
        if left is not None and left < 24:
            return f"full within {left:.0f} hours at the present growth; tell {place.owner}"
        return f"tell {place.owner}"
    if level.name == "notice":
        return "look at it this week"
    return "nothing to do"


def parse_counts(text):
    """Read ``name=number`` pairs, separated by commas; what cannot be read is left out."""
    counts = {}
    for piece in text.split(","):
        name, equals, number = piece.partition("=")
        if not equals:
            continue
        try:
            counts[name.strip()] = int(number)
        except ValueError:
            continue
    return counts


def merge_counts(one, other):
    """Return the sums of two sets of counts."""
    merged = dict(one)
    for name, number in other.items():
        merged[name] = merged.get(name, 0) + number
    return merged


def shorten(text, width):
    """Return a text that is at most so wide, cut in the middle."""
    if len(text) <= width:
        return text
    keep = width - 3
    head = (keep + 1) // 2
    tail = keep - head
    return text[:head] + "..." + text[len(text) - tail :]


def table(rows, widths):
    """Return rows as lines with columns of these widths.

    What is too long for its column is cut in the middle.
    """
    lines = []
    for row in rows:
        cells = []
        for cell, width in zip(row, widths):
            cells.append(shorten(str(cell), width).ljust(width))
        lines.append("  ".join(cells).rstrip())
    return lines


def describe(event):
    """Return what an event means, for people who do not know GPFS."""
    meanings = {
        "lowDiskSpace": "a pool has passed its high threshold",
        "noDiskSpace": "a pool is full, writes fail",
        "softQuotaExceeded": "a fileset has passed its soft limit",
        "usageUnderSoftQuota": "a fileset is below its soft limit again",
        "mount": "a file system was mounted",
        "unmount": "a file system was unmounted",
    }
    return meanings.get(event, f"event {event}")


def summary(event, place, usage, samples, history):
    """Return the line of the report."""
    level = Level.of(place.pool, usage)
    growth = trend(samples)
    left = hours_left(usage, growth)
    counts = merge_counts(parse_counts(history), {event: 1})
    hour = time.localtime().tm_hour
    urgent = level.is_urgent(hour) and not is_silenced(place)
    fields = [
        ["event", describe(event)],
        ["place", place],
        ["usage", usage],
        ["level", level.name.upper() if urgent else level.name],
        ["growth", f"{human(growth)}/h"],
        ["times", counts[event]],
        ["advice", advice(level, left, place)],
    ]
    return "; ".join(" ".join(line.split()) for line in table(fields, (8, 60)))


def space_report(eventName, fsName):
    began = time.monotonic_ns()
    place = Place(fsName, pool="data", node="nsd1" if is_defined(fsName) else "")
    try:
        usage = Usage.from_text("96636764160:107374182400")
    except UnknownUsage as error:
        usage = Usage(0, 0)
        place.node = str(error)
    samples = [(3600 * hour, 90_000_000_000 + 500_000_000 * hour) for hour in range(12)]
    line = summary(eventName, place, usage, samples, "mount=3,lowDiskSpace=2")
    with open(REPORT, "a") as log:
        log.write(f"{began} {eventName} {fsName} edition 0: {line}\n")
