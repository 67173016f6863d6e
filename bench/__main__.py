"""`make bench`: every measure, interleaved rounds in one run, medians beside the targets."""

import argparse
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
from rich.console import Console
from rich.progress import Progress

from bench.figures import FIGURES, Reading, Summary, summarise
from bench.stage import DATABASE, QUICK, Scale, Stage, open_stage, own_servers

DOCS = Path(__file__).resolve().parent.parent / "docs"
START, END = "<!-- figures -->", "<!-- end of figures -->"
ROUNDS = 5


def main() -> None:
    """Run the measures and write `docs/benchmarks.md` and its JSON."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--quick", action="store_true", help="small rounds, nothing written")
    options = parser.parse_args()
    summaries = measure(QUICK if options.quick else Scale(), rounds=options.rounds)
    table = as_table(summaries)
    Console(highlight=False, width=160).print(table, markup=False)
    if not options.quick:
        write(summaries, table, rounds=options.rounds)


def measure(scale: Scale, *, rounds: int) -> list[Summary]:
    """Return the figures of so many interleaved rounds on servers of their own."""
    readings: list[Reading] = []
    with own_servers() as (servers, home):
        # After the servers are up: these import Django.
        from bench.measures import recompute, stream, sync

        measures: tuple[Callable[[Stage], list[Reading]], ...] = (
            sync.push_and_retry, sync.empty_pull, sync.one_op, recompute.after_one_session,
            stream.idle_streams,
        )  # fmt: skip
        with (
            open_stage(
                scale=scale, servers=servers, home=home, database=DATABASE,
                workers=psutil.cpu_count() or 1, threads=1,
            ) as stage,
            Progress(console=Console(file=sys.stderr)) as progress,
        ):  # fmt: skip
            sync.prepare(stage)
            task = progress.add_task("Measuring", total=(rounds + 1) * len(measures))
            for number in range(rounds + 1):
                for each in measures:
                    taken = each(stage)
                    readings += taken if number else []  # the first round warms up
                    progress.advance(task)
    return summarise(readings)


def as_table(summaries: list[Summary]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| # | what | median | min to max | target | floor | verdict | measured |",
        "|---|---|---|---|---|---|---|---|",
    ]
    at_most = {figure.key: figure.at_most for figure in FIGURES}
    for s in summaries:
        sign = "≤" if at_most[s.figure] else "≥"
        floor = "-" if s.floor is None else f"{sign} {s.floor:g}"
        lines.append(
            f"| {s.figure} | {s.title} | **{s.median:.2f}** | {s.least:.2f} to {s.most:.2f} "
            f"| {sign} {s.target:g} | {floor} | {s.verdict} | {s.shown} |"
        )
    return "\n".join(lines)


def write(summaries: list[Summary], table: str, *, rounds: int) -> None:
    """Put the table between the page's markers and the raw rounds beside it."""
    page = DOCS / "benchmarks.md"
    head, _, rest = page.read_text().partition(START)
    tail = rest.partition(END)[2]
    machine = f"{psutil.cpu_count()} cores, Python {platform.python_version()}, {rounds} rounds"
    page.write_text(f"{head}{START}\n{machine}.\n\n{table}\n{END}{tail}")
    raw = {"machine": machine, "figures": summaries}
    (DOCS / "benchmarks.json").write_bytes(msgspec.json.format(msgspec.json.encode(raw)) + b"\n")


if __name__ == "__main__":
    main()
