"""The made parts of the page, by the names of their markers."""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

import msgspec

from backend.bone.tables import CONSTANTS as BONE
from backend.fusion.tables import RULE
from backend.impacts.table import DETECTOR
from backend.labs.analytes import ANALYTES, Analyte, Reference
from backend.labs.models import DEFAULT_SCHEME, SCHEMES
from backend.labs.tables import CONSTANTS as LABS
from backend.loading.bpaq import WEIGHTS
from backend.loading.tables import ACCELERATION, BINS, CONSTANTS, JUMPS, LIFTS, SPORTS
from backend.models import REGISTRY
from backend.muscle.tables import CONSTANTS as MUSCLE
from backend.nutrition.tables import CONSTANTS as NUTRITION
from backend.reminding.catalogue import RULES
from backend.reminding.intervals import INTERVALS
from backend.science.markdown import code, constants, mark, number, table
from backend.screens.tables import POINTS

TIMES = "\u00d7"
YES_NO = {True: "yes", False: "no"}


def _bins() -> str:
    edges = [low for low, _ in BINS]
    names = [f"{number(a)} to {number(b)}" for a, b in pairwise(edges)]
    names.append(f"{number(edges[-1])} and more")
    return table(
        ("peak force, BW (lower edge included)", "weight"),
        ((name, number(weight)) for name, (_, weight) in zip(names, BINS, strict=True)),
    )


def _sports() -> str:
    rows = dict.fromkeys(SPORTS.values())
    return table(
        ("activity", f"BW {TIMES} cycles per minute", "support", "source"),
        (
            (
                code(row.activities),
                " and ".join(f"{number(b.bw)} {TIMES} {number(b.per_minute)}" for b in row.blocks)
                or "none",
                row.support,
                row.source,
            )
            for row in rows
        ),
    )


def _jumps() -> str:
    return table(
        ("jump or landing", "BW", "support", "source"),
        ((f"`{row.exercise}`", number(row.bw), row.support, row.source) for row in JUMPS.values()),
    )


def _lifts() -> str:
    return table(
        ("exercise", "kind", "usual tempo", "multi-joint", "support"),
        (
            (f"`{row.key}`", row.kind, row.tempo, YES_NO[row.multi_joint], row.support)
            for row in LIFTS.values()
        ),
    )


def _analytes() -> str:
    return table(
        ("analyte", "LOINC", "unit", "to that unit", "interval where none was printed", "CVi / CVg, %"),
        (
            (
                f"`{one.key}` {one.label}",
                "; ".join(f"{c.code} [{c.support}]" for c in one.loinc) or "none",
                one.unit or "as printed",
                "; ".join(_factors(one)) or "none",
                "; ".join(map(_interval, one.fallback)) or "none",
                "; ".join(_variation(one)) or "none",
            )
            for one in ANALYTES.values()
        ),
    )  # fmt: skip


def _factors(one: Analyte) -> Iterator[str]:
    for row in one.factors:
        by = f"÷ {row.divide}" if row.divide is not None else f"{TIMES} {row.multiply}"
        yield f"{row.unit} {by} {mark(row.support, row.source)}"


def _interval(row: Reference) -> str:
    ages = {
        (True, True): f"{row.from_y} to {row.to_y} y",
        (True, False): f"from {row.from_y} y",
        (False, True): f"to {row.to_y} y",
        (False, False): "",
    }[row.from_y is not None, row.to_y is not None]
    menopause = f"{row.menopause}-menopausal" if row.menopause else ""
    who = " ".join(part for part in (row.sex or "", menopause, ages, row.assay or "") if part)
    if row.low is None:
        span = f"{'at most' if row.high_included else 'below'} {row.high}"
    else:
        span = f"{row.low} to {row.high}" if row.high is not None else f"from {row.low}"
    return f"{who}: {span} {mark(row.support, row.source)}" if who else (
        f"{span} {mark(row.support, row.source)}"
    )  # fmt: skip


def _variation(one: Analyte) -> Iterator[str]:
    for row in one.variation:
        group = "" if row.group == "all" else f"{row.group} "
        between = "unknown" if row.cvg_pct is None else str(row.cvg_pct)
        yield f"{group}{row.cvi_pct} / {between} {mark(row.support, row.source)}"


def _schemes() -> str:
    rows = []
    for key, (steps, above) in SCHEMES.items():
        parts = [f"{'≤' if held else '<'} {number(at)} `{name}`" for at, held, name in steps]
        parts.append(f"more `{above}`" if steps else f"always `{above}`")
        rows.append((f"`{key}`{' (default)' if key == DEFAULT_SCHEME else ''}", "; ".join(parts)))
    return table(("scheme", "classes, ng/mL"), rows)


def _rules() -> str:
    return table(
        ("", "rule", "what the person reads", "P", "evidence", "under 18", "pregnant", "support", "source"),
        (
            (
                f"R{place:02}", f"`{rule.id}` {rule.rule_version}", rule.text["en"],
                str(rule.priority), rule.evidence, YES_NO[rule.applies_to_minors],
                YES_NO[rule.applies_in_pregnancy], rule.support, rule.source,
            )
            for place, rule in enumerate(RULES.values(), 1)
        ),
    )  # fmt: skip


def _models() -> str:
    return table(
        ("model", "section", "inputs (*optional*)", "outputs", "evidence", "citation"),
        (
            (
                f"`{model.key}` {model.version}",
                model.section,
                ", ".join([*model.inputs, *(f"*{name}*" for name in model.optional)]),
                ", ".join(model.outputs),
                model.grade,
                model.citation,
            )
            for model in REGISTRY.values()
        ),
    )


def _held(file: str, held: msgspec.Struct) -> Callable[[], str]:
    def made() -> str:
        version = getattr(held, "version", None)
        return f"`backend/{file}`, version {version}:\n\n{constants(held)}"

    return made


TABLES: Mapping[str, Callable[[], str]] = {
    "loading constants": _held("loading/constants.toml", CONSTANTS),
    "loading bins": _bins,
    "loading acceleration": _held("loading/acceleration.toml", ACCELERATION),
    "impact detector": _held("impacts/detector.toml", DETECTOR),
    "jumps": _jumps,
    "lifts": _lifts,
    "sports": _sports,
    "questionnaire": _held("loading/bpaq.toml", WEIGHTS),
    "fusion": _held("fusion/rule.toml", RULE),
    "muscle": _held("muscle/constants.toml", MUSCLE),
    "bone": _held("bone/constants.toml", BONE),
    "analytes": _analytes,
    "vitamin D schemes": _schemes,
    "laboratory constants": _held("labs/constants.toml", LABS),
    "nutrition": _held("nutrition/constants.toml", NUTRITION),
    "screens": _held("screens/points.toml", POINTS),
    "reminder rules": _rules,
    "reminder intervals": _held("reminding/intervals.toml", INTERVALS),
    "models": _models,
}
