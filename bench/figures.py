"""What is measured, what is asked of it, and how rounds become one figure."""

from dataclasses import dataclass, field
from statistics import median

import msgspec


@dataclass(frozen=True)
class Figure:
    """One line of the table; ``at_most`` when less is better.

    ``shows`` words the medians of what was measured beside the ratio.
    """

    key: str
    title: str
    target: float
    floor: float | None
    shows: str
    at_most: bool = False

    def verdict(self, value: float) -> str:
        """Return how a value stands to the target and the floor."""
        if self._reaches(value, self.target):
            return "target"
        if self.floor is None:
            return "misses"
        return "floor" if self._reaches(value, self.floor) else "misses"

    def _reaches(self, value: float, bar: float) -> bool:
        return value <= bar if self.at_most else value >= bar


_CPU = "; CPU per record {server_us:.0f} µs server + {postgres_us:.0f} µs PostgreSQL"
_CPU_REQUEST = "; CPU per request {server_us:.0f} µs server + {postgres_us:.0f} µs PostgreSQL"

FIGURES = (
    Figure(
        "P1", "push 1,000 new ops a request, 1 connection, of COPY", 0.60, 0.30,
        "{rate:,.0f} of {limit:,.0f} rec/s" + _CPU,
    ),
    Figure(
        "P2", "the same, 2 connections, 2 athletes, of one-connection COPY", 1.00, 0.55,
        "{rate:,.0f} of {limit:,.0f} rec/s" + _CPU,
    ),
    Figure(
        "P3", "the acknowledged batch again, against its first push", 2.5, 1.1,
        "{rate:,.0f} rec/s; rows written {rows_written:.0f}" + _CPU,
    ),
    Figure(
        "P4", "pull of 1,000 records, of COPY TO of the same rows", 0.50, 0.25,
        "{rate:,.0f} of {limit:,.0f} rec/s" + _CPU,
    ),
    Figure(
        "P5", "empty pull, 16 connections, of the bare server's hello", 0.50, 0.18,
        "{rate:,.0f} of {limit:,.0f} req/s" + _CPU_REQUEST,
    ),
    Figure(
        "P6", "one-op push, 16 connections, of one-row commits at 16 clients", 0.35, 0.10,
        "{rate:,.0f} of {limit:,.0f} /s; p50 {p50_ms:.1f} ms, p99 {p99_ms:.1f} ms"
        + _CPU_REQUEST,
    ),
    Figure(
        "P6 tail", "one-op push, 64 connections, p99 over p50", 4.0, None,
        "{rate:,.0f} /s; p50 {p50_ms:.1f} ms, p99 {p99_ms:.1f} ms", at_most=True,
    ),
    Figure(
        "Lock", "share of a 1,000-op push during which its feed is locked", 0.90, None,
        "{held_ms:.1f} of {push_ms:.1f} ms", at_most=True,
    ),
    Figure(
        "Load", "first load of 20,000 records while written to, of the same in peace", 0.50, None,
        "{rate:,.0f} of {peace:,.0f} rec/s; {writes:.0f} pushes meanwhile, p50 {write_ms:.1f} ms",
    ),
    Figure(
        "P13", "memory of the largest web process after bulk requests, MB", 120, 180,
        "{requests:,.0f} requests of 1,000 ops; {before:.0f} MB after the first, {grown:+.1f} MB since",
        at_most=True,
    ),
    Figure(
        "P12 push", "push of new records, of Kinto 26.5", 300, 100,
        "{ours:,.0f} against {theirs:,.1f} rec/s",
    ),
    Figure(
        "P12 pull", "pull of 1,000 records, of Kinto 26.5", 40, 12,
        "{ours:,.0f} against {theirs:,.0f} rec/s",
    ),
    Figure(
        "P12 empty", "nothing changed, 16 connections, of Kinto 26.5", 40, 8,
        "{ours:,.0f} against {theirs:,.0f} req/s",
    ),
    Figure(
        "P12 one", "one new record a request, 16 connections, of Kinto 26.5", 30, 8,
        "{ours:,.0f} against {theirs:,.1f} /s",
    ),
    Figure(
        "P7", "panel of 200 among many people, time of the API against that among 1,000", 1.1, 1.5,
        "API {ms:.0f} ms (p99 {p99_ms:.0f}) among {people:,.0f}, {few_ms:.0f} ms among 1,000; "
        "page {page_ms:.0f} ms (p99 {page_p99_ms:.0f}); {statements:.0f} statements",
        at_most=True,
    ),
    Figure(
        "P8 wall", "recompute after one new session, 10 years against 1 month", 1.05, 1.3,
        "{long_ms:.1f} against {short_ms:.1f} ms; of 2 years {rich_ms:.1f} ms", at_most=True,
    ),
    Figure(
        "P8 CPU", "the same, CPU of Python and PostgreSQL together", 1.05, 1.3,
        "{long_ms:.1f} against {short_ms:.1f} ms; of 2 years {rich_ms:.1f} ms", at_most=True,
    ),
    Figure(
        "P9", "recomputes per second of CPU (one core), all domains, 2 years", 150, 60,
        "{wall_rate:.0f}/s by the clock; {python_ms:.2f} ms Python + {postgres_ms:.2f} ms PostgreSQL",
    ),
    Figure(
        "P11", "rebuild, time of each of many people (2 years) against each of a few", 1.1, 1.5,
        "{each_ms:.0f} ms each of {many:.0f} after {few:.0f}; process grew by {grown_mb:+.1f} MB; "
        "10,000 people would take one process {hours:.1f} h",
        at_most=True,
    ),
    Figure(
        "P10 p50", "push to summary in the feed, seconds, median", 0.5, 5.0,
        "{rate:.0f} pushes/s from {phones:.0f} phones, {cpu_percent:.0f} % of all cores busy",
        at_most=True,
    ),
    Figure(
        "P10 p99", "push to summary in the feed, seconds, 99th percentile", 3.0, 5.0,
        "{pushes:.0f} pushes a round", at_most=True,
    ),
    Figure(
        "P13 stream", "memory of an idle stream, kB", 100, 150,
        "{streams:.0f} streams, process {whole_mb:.0f} MB; a push reaches another device after "
        "p50 {p50_ms:.1f} ms, p99 {p99_ms:.1f} ms (answered itself after {answered_ms:.1f} ms)",
        at_most=True,
    ),
    Figure(
        "P7b", "news of a row on a coach's open page, ms from the commit, 99th percentile", 100, 500,
        "{pages:.0f} open pages of 10 athletes each, {rate:.0f} pushes/s from their phones; p50 "
        "{p50_ms:.1f} ms of {events:.0f}; a page costs {each_kb:.0f} kB, process {whole_mb:.0f} MB",
        at_most=True,
    ),
    Figure(
        "N1", "due nudges claimed and handed to an APNs server per second of CPU (one core)", 300, 100,
        "{rate:,.0f}/s by the clock of one sender; p99 {p99_s:.1f} s after all fell due at once; "
        "sender {rss_mb:.0f} MB",
    ),
    Figure(
        "N2", "a look when nothing is due, 1,000,000 waiting against none", 1.1, 1.5,
        "{ms:.2f} ms", at_most=True,
    ),
    Figure(
        "N3", "nudges handed over twice by 4 senders at once", 0, 0,
        "{rate:,.0f}/s together, p99 {p99_s:.1f} s after all fell due at once", at_most=True,
    ),
)  # fmt: skip
BY_KEY = {figure.key: figure for figure in FIGURES}


@dataclass(frozen=True)
class Reading:
    """One round's value of a figure, and what it was made of."""

    figure: str
    value: float
    parts: dict[str, float] = field(default_factory=dict)


class Summary(msgspec.Struct):
    """A figure over all rounds, as it stands in the JSON."""

    figure: str
    title: str
    target: float
    floor: float | None
    median: float
    least: float
    most: float
    rounds: list[float]
    parts: dict[str, float]
    verdict: str
    shown: str


def summarise(readings: list[Reading]) -> list[Summary]:
    """Return one summary for each figure that was read, in the order of the catalogue."""
    return [
        _summary(figure, mine)
        for figure in FIGURES
        if (mine := [reading for reading in readings if reading.figure == figure.key])
    ]


def _summary(figure: Figure, readings: list[Reading]) -> Summary:
    values = [reading.value for reading in readings]
    middle = median(values)
    parts = {
        name: median(reading.parts[name] for reading in readings) for name in readings[0].parts
    }
    return Summary(
        figure=figure.key,
        title=figure.title,
        target=figure.target,
        floor=figure.floor,
        median=middle,
        least=min(values),
        most=max(values),
        rounds=values,
        parts=parts,
        verdict=figure.verdict(middle),
        shown=figure.shows.format(**parts),
    )


def quantile(values: list[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
