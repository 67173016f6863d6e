"""The long profile: ``python -m tests.machine --histories 2000 --seeds 1-40``.

Prints how far it is, every violation with its history, and the figures at the end.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FIGURES = ("histories", "steps", "requests", "ops", "faults", "forks", "restores", "crashes")
PAUSE_S = 30.0


@dataclass
class Run:
    """What all processes have told so far."""

    tallies: dict[int, dict[str, int]] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)

    def hear(self, worker: int, line: str) -> None:
        """Take in one line of a process."""
        told = json.loads(line)
        if "tally" in told:
            self.tallies[worker] = told["tally"]
        if "done" in told:
            self.done.add(told["done"])
        if "failed" in told:
            self.failures[told["failed"]] = told["told"]
            sys.stdout.write(f"\nseed {told['failed']}:\n{told['told']}\n")

    def sum(self, figure: str) -> int:
        """Return one figure over all processes."""
        return sum(int(tally[figure]) for tally in self.tallies.values())


def seeds_of(text: str) -> list[int]:
    """Return the seeds of a list like ``1-20,33``."""
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def watch(run: Run, worker: int, process: "subprocess.Popen[str]") -> None:
    """Hear a process out."""
    assert process.stdout is not None
    for line in process.stdout:
        run.hear(worker, line)


def report(run: Run, seconds: float) -> str:
    """Return the figures in one line."""
    figures = ", ".join(f"{run.sum(name):,} {name}" for name in FIGURES)
    return f"{seconds:6.0f} s: {figures}, {len(run.failures)} violations"


def main(arguments: list[str]) -> int:
    """Play all seeds and return the exit status: 1 after any violation."""
    parser = argparse.ArgumentParser(prog="python -m tests.machine", description=__doc__)
    parser.add_argument("--histories", type=int, default=2_000, help="over all seeds")
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-40"))
    parser.add_argument("--steps", type=int, default=25, help="of each history")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(arguments)
    each = -(-chosen.histories // len(chosen.seeds))
    run, started = Run(), time.monotonic()
    processes, threads = [], []
    for worker in range(min(chosen.workers, len(chosen.seeds))):
        own = chosen.seeds[worker :: chosen.workers]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.machine.soak", str(each), str(chosen.steps),
             *map(str, own)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        thread = threading.Thread(target=watch, args=(run, worker, process))
        thread.start()
        processes.append(process)
        threads.append(thread)
    while any(thread.is_alive() for thread in threads):
        for thread in threads:
            thread.join(PAUSE_S / len(threads))
        sys.stdout.write(report(run, time.monotonic() - started) + "\n")
        sys.stdout.flush()
    statuses = [process.wait() for process in processes]
    unplayed = set(chosen.seeds) - run.done
    sys.stdout.write(f"\nseeds {chosen.seeds[0]} to {chosen.seeds[-1]}, {each} histories each\n")
    sys.stdout.write(f"seeds with a violation: {sorted(run.failures) or 'none'}\n")
    sys.stdout.write(f"seeds not played: {sorted(unplayed) or 'none'}\n")
    sys.stdout.write(report(run, time.monotonic() - started) + "\n")
    return int(bool(run.failures or unplayed or any(statuses)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
