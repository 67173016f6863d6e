"""The long run: ``python -m tests.rebuild --histories 500``.

Prints how far it is, the smallest history of every difference, and the figures at the end.
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
FIGURES = (
    "histories", "steps", "pushed", "corrected", "deleted", "recomputes", "rows", "findings",
)  # fmt: skip
PAUSE_S = 20.0


@dataclass
class Run:
    """What all processes have told so far."""

    tallies: dict[int, dict[str, int]] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)

    def hear(self, worker: int, line: str) -> None:
        """Take in one line of a process."""
        told = json.loads(line)
        if "tally" in told:
            self.tallies[worker] = told["tally"]
        if "failed" in told:
            self.failures[told["failed"]] = told["told"]
            sys.stdout.write(f"\nseed {told['failed']}:\n{told['told']}\n")

    def sum(self, figure: str) -> int:
        """Return one figure over all processes."""
        return sum(int(tally[figure]) for tally in self.tallies.values())


def seeds_of(text: str) -> range:
    """Return the seeds of a span like ``1-500``."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def watch(run: Run, worker: int, process: "subprocess.Popen[str]") -> None:
    """Hear a process out."""
    assert process.stdout is not None
    for line in process.stdout:
        run.hear(worker, line)


def report(run: Run, wanted: int, seconds: float) -> str:
    """Return the figures in one line."""
    figures = ", ".join(f"{run.sum(name):,} {name}" for name in FIGURES)
    return f"{seconds:5.0f} s, of {wanted}: {figures}, {len(run.failures)} differ"


def main(arguments: list[str]) -> int:
    """Play all seeds and return the exit status: 1 after any difference."""
    parser = argparse.ArgumentParser(prog="python -m tests.rebuild", description=__doc__)
    parser.add_argument("--histories", type=int, default=500)
    parser.add_argument("--seeds", type=seeds_of, help="like 1000-1499, in place of --histories")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(arguments)
    seeds = chosen.seeds or range(1000, 1000 + chosen.histories)
    run, started = Run(), time.monotonic()
    processes, threads = [], []
    for worker in range(min(chosen.workers, len(seeds))):
        own = seeds[worker :: chosen.workers]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.rebuild.soak", *map(str, own)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        thread = threading.Thread(target=watch, args=(run, worker, process))
        thread.start()
        processes.append(process)
        threads.append(thread)
    while any(thread.is_alive() for thread in threads):
        for thread in threads:
            thread.join(PAUSE_S / len(threads))
        sys.stdout.write(report(run, len(seeds), time.monotonic() - started) + "\n")
        sys.stdout.flush()
    statuses = [process.wait() for process in processes]
    played = run.sum("histories") + len(run.failures)
    sys.stdout.write(f"\nseeds {seeds[0]} to {seeds[-1]}; not played: {len(seeds) - played}\n")
    sys.stdout.write(f"seeds that differ: {sorted(run.failures) or 'none'}\n")
    return int(bool(run.failures or played != len(seeds) or any(statuses)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
