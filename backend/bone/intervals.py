"""How many months after a scan the next one is worth making."""

import msgspec

from backend.bone.scores import as_printed
from backend.bone.tables import CONSTANTS, read_within
from backend.contract import Model
from backend.inputs import SEXES, Inputs
from backend.results import Result, ok

REQUIRED = ("sex", "age", "t_lowest")
OPTIONAL = ("bone_drug_started_months_ago", "glucocorticoid", "prior_fragility_fracture")


class Interval(msgspec.Struct, frozen=True):
    """Months until the next scan, and the rule they rest on."""

    months: int
    basis: str


def interval_after(
    *,
    sex: str,
    age: float,
    t_lowest: float,
    bone_drug_started_months_ago: float | None = None,
    glucocorticoid: bool = False,
    prior_fragility_fracture: bool = False,
) -> Interval:
    """Return when to scan again; the first rule that fits decides.

    Args:
        sex: ``female`` or ``male``.
        age: completed years at the scan.
        t_lowest: lowest T-score; rounded to one decimal here.
        bone_drug_started_months_ago: None when no bone drug is taken.
        glucocorticoid: taken for three months or longer.
        prior_fragility_fracture: any ever.
    Source:
        Gourlay et al. 2012, doi 10.1056/NEJMoa1107142, for untreated women from 67; for
        others guidelines from memory and our convention.
    """
    rules, printed = CONSTANTS.interval, as_printed(t_lowest)
    if bone_drug_started_months_ago is not None:
        new = bone_drug_started_months_ago < rules.drug_settled_after_months.value
        return Interval((rules.drug_new if new else rules.drug_settled).months, "on_treatment")
    if glucocorticoid:
        return Interval(rules.glucocorticoid.months, "glucocorticoid")
    if prior_fragility_fracture or printed <= CONSTANTS.classes.osteoporosis_range_to_t.value:
        return Interval(rules.clinician_directed.months, "clinician_directed")
    if sex == "female" and age >= rules.gourlay_2012_from_y.value:
        return Interval(rules.gourlay_2012.at(printed), "gourlay_2012")
    return Interval(rules.convention.at(printed), "convention")


def read_interval(given: Inputs) -> Interval:
    """Return ``interval_after`` of a model's inputs, whose ``REQUIRED`` are not missing."""
    drug_months, glucocorticoid, fracture = OPTIONAL
    return interval_after(
        sex=given.choice("sex", SEXES),
        age=read_within(given, "age", "age"),
        t_lowest=read_within(given, "t_lowest", "score"),
        bone_drug_started_months_ago=given.optional_number(drug_months, low=0),
        glucocorticoid=given.flag(glucocorticoid),
        prior_fragility_fracture=given.flag(fracture),
    )


def dxa_interval(given: Inputs) -> Result:
    """Return the ``Interval`` until the next scan; see ``interval_after``."""
    given.need(*REQUIRED)
    return ok(**msgspec.structs.asdict(read_interval(given)))


MODELS = (
    Model(
        key="bone.dxa_interval",
        fn=dxa_interval,
        inputs=REQUIRED,
        optional=OPTIONAL,
        outputs=Interval.__struct_fields__,
        grade="COH",
        citation="Gourlay et al. 2012, doi 10.1056/NEJMoa1107142; our convention for others",
        section="3.4",
    ),
)
