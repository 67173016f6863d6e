"""Bone density by site: which step is larger than two scans differ by chance."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from backend.bone.change import SITES, has_default_precision
from backend.charts.chart import Cell, Chart, Column, Key
from backend.drawing import ScanPoint, SitePanel, Svg, density_sites, short_date
from backend.models import run
from backend.records.dxa_scan import DxaScan, SiteResult
from backend.summary.facts import Fact, Facts
from backend.summary.measures import machine
from backend.summary.wording import fixed, to_places

NAME = "bone_density"
SITE_NAMES = {
    "lumbar_spine": "Lumbar spine",
    "total_hip": "Total hip",
    "femoral_neck": "Femoral neck",
    "radius_33": "Forearm (radius 33 %)",
    "tblh": "Whole body less head",
}
VERDICTS = {
    "increase": "higher, beyond chance",
    "decrease": "lower, beyond chance",
    "no_real_change": "within chance",
}
SIDES = (None, "left", "right")
FIRST, OTHER_MACHINE, UNKNOWN_CHANCE = "first scan", "first on this machine", "chance not known"
COLUMNS = (
    Column("site", "Site"),
    Column("scanned_on", "Scanned"),
    Column("bmd_g_cm2", "Density", "g/cm2", is_number=True),
    Column("lsc_g_cm2", "Chance (±)", "g/cm2", "not known", is_number=True),
    Column("change_pct", "Change", "%", is_number=True),
    Column("verdict", "Against the last on the machine"),
    Column("t_score", "T", "{T-score}", is_number=True),
    Column("z_score", "Z", "{Z-score}", is_number=True),
    Column("machine", "Machine", blank="not stated"),
)


class _Scan(msgspec.Struct, frozen=True):
    """One site of one scan."""

    record_id: UUID
    day: date
    body: DxaScan
    result: SiteResult
    bmd: float

    @property
    def setting(self) -> tuple[str, ...]:
        """What must be equal for two scans to be compared; a machine nobody names is its own."""
        is_told = self.body.device_id or self.body.model
        return machine(self.body) if is_told else (str(self.record_id),)


class _Step(msgspec.Struct, frozen=True):
    """A scan beside the one before it."""

    scan: _Scan
    chance: float | None
    change_pct: float | None
    verdict: str


def density_chart(facts: Facts) -> Chart:
    """Return the picture of every site with a density, spine first."""
    panels = {
        _panel_name(site, side): steps
        for site in SITES
        for side in SIDES
        if (steps := _steps(facts.scans, site, side))
    }
    drawn = [
        SitePanel(name, tuple(_point(step) for step in steps)) for name, steps in panels.items()
    ]
    steps = [step for each in panels.values() for step in each]
    desc = _describe(panels)

    def draw(ident: str, width: float) -> Svg:
        title = "Bone density over time by site, g/cm²"
        return density_sites(drawn, ident=ident, width=width, title=title, desc=desc)

    return Chart(
        name=NAME, title="Bone density by site", columns=COLUMNS, draw=draw,
        rows=tuple(_row(name, step) for name, each in panels.items() for step in reversed(each)),
        note="A step counts only when it is larger than two scans of the same bone differ by "
        "chance, and only on one machine.",
        caption="By site, newest scan first", legend=_legend(steps),
        foot="Bars reach as far as the least significant change: the facility's own precision "
        "where it is known, else a published one for the site. Machines are never joined; their "
        "numbers differ by more than bone does. Source: scans in your feed.",
        empty="No scan with a bone density yet. Enter one from its printed report: site, density "
        "and machine.",
    )  # fmt: skip


def _panel_name(site: str, side: str | None) -> str:
    return f"{SITE_NAMES[site]}, {side}" if side else SITE_NAMES[site]


def _steps(scans: Sequence[Fact[DxaScan]], site: str, side: str | None) -> list[_Step]:
    """Return the scans of a site, oldest first, each beside the last one on its machine."""
    found = [
        _Scan(scan.record_id, scan.day, scan.body, result, result.bmd_g_cm2)
        for scan in reversed(scans)
        for result in scan.body.site_results
        if result.site == site and result.side == side and result.bmd_g_cm2
    ]
    return [_step(site, scan, found[:index]) for index, scan in enumerate(found)]


def _step(site: str, scan: _Scan, earlier: Sequence[_Scan]) -> _Step:
    chance = _chance(site, scan)
    alike = (one for one in reversed(earlier) if one.setting == scan.setting and one.day < scan.day)
    before = next(alike, None)
    if before is None:
        return _Step(scan, chance, None, OTHER_MACHINE if earlier else FIRST)
    result = run(
        "bone.lsc_change",
        {
            "site": site,
            "bmd1": before.bmd,
            "bmd2": scan.bmd,
            "same_device": True,
            "days_between": (scan.day - before.day).days,
            "precision_sd_g_cm2": (scan.body.facility_precision or {}).get(site),
        },
    )
    change, verdict = result.get("change_pct"), result.get("verdict")
    if not isinstance(change, float) or not isinstance(verdict, str):
        return _Step(scan, chance, None, UNKNOWN_CHANCE)
    return _Step(scan, chance, change, VERDICTS[verdict])


def _chance(site: str, scan: _Scan) -> float | None:
    """Return the least significant change around one scan, or None where no precision is known."""
    own = (scan.body.facility_precision or {}).get(site)
    if own is None and not has_default_precision(site):
        return None
    result = run(
        "bone.lsc_change",
        {"site": site, "bmd1": scan.bmd, "bmd2": scan.bmd, "same_device": True,
         "days_between": 0, "precision_sd_g_cm2": own},
    )  # fmt: skip
    chance = result.get("lsc_g_cm2")
    return chance if isinstance(chance, float) else None


def _point(step: _Step) -> ScanPoint:
    scan = step.scan
    label = f"{fixed(scan.bmd, places=3)} g/cm², {step.verdict}"
    is_within = step.verdict == VERDICTS["no_real_change"]
    return ScanPoint(scan.day, scan.bmd, step.chance, scan.setting, label, is_within)


def _row(name: str, step: _Step) -> tuple[Cell, ...]:
    scan, result = step.scan, step.scan.result
    return (
        name, scan.day, to_places(scan.bmd, places=3),
        None if step.chance is None else to_places(step.chance, places=3),
        None if step.change_pct is None else to_places(step.change_pct),
        step.verdict, _score(result.t_score), _score(result.z_score),
        " ".join(filter(None, machine(scan.body))),
    )  # fmt: skip


def _score(value: float | None) -> float | None:
    """Return a score without digits that no machine prints."""
    return None if value is None else to_places(value, places=2)


def _legend(steps: Sequence[_Step]) -> tuple[Key, ...]:
    keys = [
        (True, "point", "scan"),
        (any(s.verdict == VERDICTS["no_real_change"] for s in steps), "within",
         "step within chance"),
        (any(s.chance is not None for s in steps), "chance", "least significant change"),
        (any(s.verdict == OTHER_MACHINE for s in steps), "break", "another machine"),
    ]  # fmt: skip
    return tuple(Key(mark, text) for present, mark, text in keys if present)


def _describe(panels: dict[str, list[_Step]]) -> str:
    said = []
    for name, steps in panels.items():
        newest = steps[-1]
        count = "1 scan" if len(steps) == 1 else f"{len(steps)} scans"
        said.append(
            f"{name}: {count}, the newest of {short_date(newest.scan.day)} "
            f"{fixed(newest.scan.bmd, places=3)} g/cm², {newest.verdict}."
        )
    return " ".join([*said, "Every number is in the table below."])
