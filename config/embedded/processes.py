"""Which processes live, told apart from those that only have the same number."""

import contextlib
import functools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.embedded.errors import EmbeddedServerError

_LINUX_STAT = Path("/proc/self/stat")


@dataclass(frozen=True)
class Account:
    """The system user that the servers run as when this process is root."""

    name: str
    uid: int
    gid: int


@functools.cache
def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()


def birth_mark(pid: int) -> str | None:
    """Return a mark of when process ``pid`` started, or None when it is gone or a zombie.

    A number is reused, a number with its mark is not. On Linux the mark is counted from the
    boot and not from the wall clock: a clock that is set would otherwise make every living
    process look like another one.
    """
    if not _LINUX_STAT.exists():
        try:
            process = psutil.Process(pid)
            gone = process.status() == psutil.STATUS_ZOMBIE
            return None if gone else f"{process.create_time():.2f}"
        except psutil.Error:
            return None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name in brackets may hold anything; state is the 3rd field, the start the 22nd.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZXx" else f"{_boot_id()}:{fields[19]}"


def processes_in(folder: Path, *, names: Iterable[str]) -> list[psutil.Process]:
    """Return living processes called one of ``names`` that work in ``folder``.

    PostgreSQL and Valkey both change into their data folder, so this finds a server whatever
    became of its pid file and socket, also when the folder was deleted under it.
    """
    wanted = frozenset(names)
    places = {str(folder), f"{folder} (deleted)"}
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() in wanted and process.cwd() in places:
                found.append(process)
        except psutil.Error:  # ended meanwhile, a zombie, or another user's
            continue
    return found


def living(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Return those of ``processes`` that still run; a zombie does not."""
    return [each for each in processes if each.is_running() and birth_mark(each.pid) is not None]


def end(processes: Sequence[psutil.Process], *, sig: signal.Signals, grace_s: float) -> None:
    """Send ``sig``, give ``grace_s`` seconds, then kill what is left."""
    for wanted, patience_s in ((sig, grace_s), (signal.SIGKILL, 10.0)):
        remaining = living(processes)
        for process in remaining:
            with contextlib.suppress(psutil.Error):
                process.send_signal(wanted)
        if wait_until(lambda: not living(processes), timeout_s=patience_s):
            return


def wait_until(condition: Callable[[], bool], *, timeout_s: float) -> bool:
    """Poll ``condition`` until it holds; False when it did not within ``timeout_s``."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def run_program(
    argv: Sequence[str | Path], *, account: Account | None, cwd: Path, timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run one of the wheels' programs to its end, as ``account`` when this process is root.

    The environment is empty but for what the programs need: a PGPORT or PGDATA of the caller
    must not redirect them, and errors must be in English to be understood.
    """
    try:
        return subprocess.run(  # noqa: S603 (fixed programs, no shell)
            [str(part) for part in argv],
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd=cwd,
            env={"PATH": os.defpath, "LC_ALL": "C", "HOME": str(cwd)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise EmbeddedServerError(
            f"{Path(argv[0]).name} did not finish within {timeout_s:.0f} s; "
            "the machine may be overloaded. Start again."
        ) from late
