"""`make bench`: every measure, interleaved rounds in one run, medians beside the targets."""

import argparse
import platform
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
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
    parser.add_argument("--peers", action="store_true", help="Kinto beside us, from PyPI (P12)")
    parser.add_argument("--only", default="", help="measures by name, with commas; nothing written")
    parser.add_argument("--bulk", type=int, help="requests of 1,000 ops a round for P13")
    options = parser.parse_args()
    scale = QUICK if options.quick else Scale()
    if options.bulk:
        scale = replace(scale, bulk_requests=options.bulk)
    only = frozenset(filter(None, options.only.split(",")))
    summaries = measure(scale, rounds=options.rounds, peers=options.peers, only=only)
    table = as_table(summaries)
    Console(highlight=False, width=160).print(table, markup=False)
    if not (options.quick or only):
        write(summaries, table, rounds=options.rounds)


def measure(
    scale: Scale, *, rounds: int, peers: bool = False, only: frozenset[str] = frozenset()
) -> list[Summary]:
    """Return the figures of so many interleaved rounds on servers of their own."""
    readings: list[Reading] = []
    cores = psutil.cpu_count() or 1
    with ExitStack() as opened:
        servers, home = opened.enter_context(own_servers())
        # After the servers are up: these import Django.
        from bench.kinto import open_kinto
        from bench.measures import (
            contention,
            latency,
            memory,
            nudges,
            pages,
            panel,
            rebuild,
            recompute,
            stream,
            sync,
        )
        from bench.measures import peers as others

        stage = opened.enter_context(
            open_stage(
                scale=scale, servers=servers, home=home, database=DATABASE,
                workers=cores, threads=1,
            )
        )  # fmt: skip
        measures: list[Callable[[Stage], list[Reading]]] = [
            sync.push_and_retry, sync.empty_pull, sync.one_op, contention.lock_held,
            contention.bootstrap, memory.after_bulk, recompute.after_one_session,
            stream.idle_streams, pages.open_pages, latency.push_to_summary, rebuild.everybody,
            nudges.due, panel.of_a_team,
        ]  # fmt: skip
        if peers:
            kinto = opened.enter_context(open_kinto(stage, processes=cores))
            measures.append(partial(others.against_kinto, kinto=kinto))
        if only:
            measures = [each for each in measures if _name(each) in only]
        progress = opened.enter_context(Progress(console=Console(file=sys.stderr)))
        sync.prepare(stage)
        task = progress.add_task("Measuring", total=(rounds + 1) * len(measures))
        for number in range(rounds + 1):
            for each in measures:
                taken = each(stage)
                readings += taken if number else []  # the first round warms up
                progress.advance(task)
    return summarise(readings)


def _name(measure: Callable[[Stage], list[Reading]]) -> str:
    function = measure.func if isinstance(measure, partial) else measure
    return str(getattr(function, "__name__", ""))


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
