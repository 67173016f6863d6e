"""The one error of this package, and how a server's own words become one clear line."""

import re

OWN_SERVERS = "or set DATABASE_URL and REDIS_URL to servers of your own"


class EmbeddedServerError(Exception):
    """An embedded server can't run; the message says what was wrong and what to do."""


# What the servers, initdb and the operating system say -> what to tell. First match wins.
_KNOWN: tuple[tuple[str, str], ...] = (
    (
        r"No space left on device|Disk quota exceeded|MISCONF.*disk",
        "The disk that holds {place} is full. Free some space and start again.",
    ),
    (
        r"lock file \S+ already exists|Address already in use|could not bind Unix address",
        "Another server already uses the sockets in {sockets}. Stop it, " + OWN_SERVERS + ".",
    ),
    (
        r"could not look up effective user ID",
        "PostgreSQL needs a named user and this process's user id has no entry in the user "
        "database. Run as a user that has one, " + OWN_SERVERS + ".",
    ),
    (
        r"could not (?:create shared memory|resize shared memory|map anonymous shared memory)",
        "The machine lets PostgreSQL have too little shared memory. Raise the limit, "
        + OWN_SERVERS
        + ".",
    ),
    (
        r"Permission denied|Operation not permitted|Read-only file system",
        "The files in {place} can't be written by the user who runs this. Give that user the "
        "folder, or choose another with MECHANOSTAT_HOME.",
    ),
)


def explain(said: str, *, place: object, sockets: object = "", log: object = None) -> str:
    """Return one line for what a server, a program or the system ``said`` when it failed."""
    for pattern, line in _KNOWN:
        if re.search(pattern, said):
            return line.format(place=place, sockets=sockets)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"FATAL|PANIC|[Ee]rror", line)]
    last = (telling or lines or ["it said nothing"])[-1]
    where = f" More in {log}." if log else ""
    return f"A server in {place} did not start: {last}.{where}"
