"""The one composite: bone loading units of sessions, days and weeks."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from backend.contract import Model
from backend.inputs import Inputs, Stop, require
from backend.loading.forces import recovered_share
from backend.loading.tables import (
    BINS,
    CONSTANTS,
    EDGE_SLACK,
    MEASURED_PLACEMENTS,
    SPORTS,
    sport_blocks,
)
from backend.readmodels import Block
from backend.results import Result, ok

HOUR = timedelta(hours=1)
GROUP_GAP = timedelta(minutes=CONSTANTS.group_gap_min.value)
TIERS = ("A", "B", "C")
CARRYING_SHARE = 0.20  # a tier counts for the week's quality from this share of its units
LONGEST_MIN = 1440.0


class Units(msgspec.Struct, frozen=True):
    """What blocks amount to: units, and how many cycles lie in which range of force."""

    blu: float
    habitual_cycles: float
    sub_bw_cycles: float
    cycles_ge_2bw: float
    cycles_ge_3bw: float


class Bout(msgspec.Struct, frozen=True):
    """One session as the day sees it: when, its blocks, and its place in the caller's list."""

    start: datetime
    end: datetime
    blocks: tuple[Block, ...]
    index: int = 0


class Group(msgspec.Struct, frozen=True):
    """Bouts close enough to be one; ``factor`` is None when nothing loaded bone."""

    bouts: tuple[Bout, ...]
    blu: float
    factor: float | None


def units_of(blocks: Iterable[Block]) -> Units:
    """Return the units of one session's blocks, pooled per bin before the logarithm.

    Blocks without cycles are dropped; an edge belongs to the bin above it, with a slack of
    1e-9 body weights. Splitting a block changes nothing.
    Source:
        our composite on the osteogenic index (Turner & Robling 2003); not a validated score.
    """
    kept = [block for block in blocks if block.cycles > 0]

    def cycles(low: float, high: float = math.inf) -> float:
        at_least, below = low - EDGE_SLACK, high - EDGE_SLACK
        return math.fsum(b.cycles for b in kept if at_least <= b.bw < below)

    uppers = [low for low, _ in BINS[1:]] + [math.inf]
    blu = math.fsum(
        weight * math.log(cycles(low, high) + 1)
        for (low, weight), high in zip(BINS, uppers, strict=True)
    )
    return Units(blu, cycles(1.0, 1.5), cycles(-math.inf, 1.0), cycles(2.0), cycles(3.0))


def group_day(bouts: Sequence[Bout], *, previous_loading_end: datetime | None) -> list[Group]:
    """Return a day's bouts by start, merged when less than 30 min lie between, with factors.

    A group's factor comes from the hours since bone was last loaded; groups without units
    do not reset that clock. A loading end after a group's start counts as no rest at all.
    """
    merged: list[list[Bout]] = []
    ends: list[datetime] = []
    for bout in sorted(bouts, key=lambda b: (b.start, b.end)):
        if merged and bout.start < ends[-1] + GROUP_GAP:
            merged[-1].append(bout)
            ends[-1] = max(ends[-1], bout.end)
        else:
            merged.append([bout])
            ends.append(bout.end)
    groups, loaded_until = [], previous_loading_end
    for members, end in zip(merged, ends, strict=True):
        blu = units_of(block for bout in members for block in bout.blocks).blu
        factor = None
        if blu > 0:
            since = None if loaded_until is None else (members[0].start - loaded_until) / HOUR
            rest = None if since is None else max(since, 0.0)
            factor, loaded_until = recovered_share(rest), end
        groups.append(Group(tuple(members), blu, factor))
    return groups


def quality(blu_by_tier: dict[str, float]) -> tuple[str | None, float | None]:
    """Return the lowest tier that carries at least 20 % of the units, and A's share.

    Both are None when nothing loaded bone.
    """
    total = math.fsum(blu_by_tier[tier] for tier in TIERS)
    if total <= 0:
        return None, None
    least = CARRYING_SHARE - EDGE_SLACK  # 0.6 of 3.0 is a fifth, not a hair less
    carrying = [tier for tier in TIERS if blu_by_tier[tier] / total >= least]
    return carrying[-1], blu_by_tier["A"] / total


def read_blocks(given: Inputs) -> tuple[Block, ...]:
    """Return the ``blocks`` of an input; a force below 0 can not be true."""
    rows = given.rows("blocks", "bw", "cycles")
    return tuple(Block(row.number("bw", low=0), row.number("cycles")) for row in rows)


def session_blu(given: Inputs) -> Result:
    """Return ``Units`` of ``blocks`` [{bw, cycles}]; see ``units_of``."""
    given.need("blocks")
    return ok(**msgspec.structs.asdict(units_of(read_blocks(given))))


def tier_c_session(given: Inputs) -> Result:
    """Return estimated units of ``minutes`` (0 < x <= 1440) of a listed ``activity``."""
    given.need("activity", "minutes")
    minutes = given.number("minutes", low=0, high=LONGEST_MIN, above=True)
    activity = given.text("activity")
    if activity not in SPORTS:
        raise Stop.not_applicable("activity_not_in_table")
    units = units_of(sport_blocks(activity, minutes))
    return ok(
        blu=units.blu,
        cycles_ge_2bw=units.cycles_ge_2bw,
        cycles_ge_3bw=units.cycles_ge_3bw,
        tier="C",
    )


def select_tier(given: Inputs) -> Result:
    """Return the best usable source: A measured, B sets, C estimate, D not rated."""
    histogram = given.flag("histogram")
    placement = given.text("placement") if "placement" in given else None
    mass = given.optional_number("body_mass_kg", low=0, above=True)
    coverage = given.optional_number("coverage", low=0, high=1)
    sets = given.optional_number("computable_sets", low=0)
    activity = given.text("activity") if "activity" in given else None
    minutes = given.optional_number("minutes", low=0)
    measured = histogram and placement in MEASURED_PLACEMENTS and mass is not None
    if measured and coverage is not None and coverage >= CONSTANTS.measured_coverage.value:
        return ok(tier="A")
    if sets is not None and sets >= 1:
        return ok(tier="B")
    return ok(tier="C" if activity in SPORTS and minutes is not None else "D")


def day_blu(given: Inputs) -> Result:
    """Return a day's units after recovery, and its ``groups`` [{blu, factor}] in order."""
    given.need("sessions")
    rows = given.rows("sessions", "start", "end", "blocks")
    for row in rows:
        row.rows("blocks", "bw", "cycles")
    previous = given.instant("previous_loading_end") if "previous_loading_end" in given else None
    bouts = [Bout(row.instant("start"), row.instant("end"), read_blocks(row)) for row in rows]
    if any(bout.end < bout.start for bout in bouts):
        raise Stop.out_of_range("end")
    groups = group_day(bouts, previous_loading_end=previous)
    loading_from = next((group.bouts[0].start for group in groups if group.blu > 0), None)
    if previous is not None and loading_from is not None and previous > loading_from:
        raise Stop.out_of_range("previous_loading_end")
    return ok(
        day_blu=math.fsum(group.blu * (group.factor or 0.0) for group in groups),
        groups=[{"blu": group.blu, "factor": group.factor} for group in groups],
    )


def week_quality(given: Inputs) -> Result:
    """Return the data ``tier`` of a week's ``blu_by_tier`` {A, B, C}; see ``quality``."""
    given.need("blu_by_tier")
    tiers = Inputs(given.mapping("blu_by_tier"))
    require(tier for tier in TIERS if tier not in tiers)
    tier, share = quality({tier: tiers.number(tier, low=0) for tier in TIERS})
    return ok(tier=tier, measured_fraction=share)


MODELS = (
    Model(
        key="load.select_tier",
        fn=select_tier,
        inputs=(),
        optional=(
            "histogram",
            "placement",
            "body_mass_kg",
            "coverage",
            "computable_sets",
            "activity",
            "minutes",
        ),
        outputs=("tier",),
        grade="ENG",
        citation="our convention",
        section="1.5",
    ),
    Model(
        key="load.session_blu",
        fn=session_blu,
        inputs=("blocks",),
        outputs=Units.__struct_fields__,
        grade="ENG",
        citation="our composite on Turner & Robling 2003, Exerc Sport Sci Rev 31:45-50",
        section="1.5",
    ),
    Model(
        key="load.day_blu",
        fn=day_blu,
        inputs=("sessions",),
        optional=("previous_loading_end",),
        outputs=("day_blu", "groups"),
        grade="ENG",
        citation="our composite on Turner & Robling 2003, Exerc Sport Sci Rev 31:45-50",
        section="1.5",
    ),
    Model(
        key="load.week_quality",
        fn=week_quality,
        inputs=("blu_by_tier",),
        outputs=("tier", "measured_fraction"),
        grade="ENG",
        citation="our convention",
        section="1.5",
    ),
    Model(
        key="load.tier_c_session",
        fn=tier_c_session,
        inputs=("activity", "minutes"),
        outputs=("blu", "cycles_ge_2bw", "cycles_ge_3bw", "tier"),
        grade="ENG",
        citation="our estimates near Ricard & Veatch 1994, J Appl Biomech 10:14",
        section="1.6",
    ),
)
