"""Models of laboratory values: unit conversion, the class of a vitamin D result, all others."""

from decimal import Decimal

from backend.contract import Model
from backend.inputs import LARGEST, Inputs, Stop, as_printed
from backend.labs import analytes
from backend.labs.change import MODELS as CHANGE
from backend.labs.kidney import MODELS as KIDNEY
from backend.labs.patterns import MODELS as PATTERNS
from backend.labs.tables import CONSTANTS
from backend.results import Result, ok

DEFAULT_SCHEME = "mechanostat_v1"
# Per scheme: (limit, limit included, class) from low to high, then the class above the last.
Steps = tuple[tuple[float, bool, str], ...]
SCHEMES: dict[str, tuple[Steps, str]] = {
    "mechanostat_v1": (
        (
            (12, False, "very_low"),
            (20, False, "low"),
            (30, False, "adequate_for_most"),
            (100, True, "adequate"),
            (150, True, "high"),
        ),
        "toxicity_range",
    ),
    "es2011": (
        (
            (20, False, "deficiency"),
            (30, False, "insufficiency"),
            (100, True, "sufficiency"),
            (150, True, "above_100"),
        ),
        "toxicity_range",
    ),
    "iom2011": (
        (
            (12, False, "at_risk_of_deficiency"),
            (20, False, "at_risk_of_inadequacy"),
            (50, True, "adequate"),
        ),
        "above_50",
    ),
    "es2024": ((), "not_classified"),
}


def convert(given: Inputs) -> Result:
    """Return ``value`` of an ``analyte`` turned from unit ``from`` into unit ``to``.

    One of the two must be canonical, unless they are the same; else ``no_conversion``.
    """
    given.need("analyte", "value", "from", "to")
    analyte = given.text("analyte")
    value = given.number("value", low=0, high=LARGEST)
    source, target = (analytes.unit_as(analyte, given.text(name)) for name in ("from", "to"))
    if source == target:
        return ok(value=value)
    base = analytes.unit_of(analyte)
    forward = analytes.factor_of(analyte, source) if target == base else None
    backward = analytes.factor_of(analyte, target) if source == base else None
    if forward:
        divide, by = forward.divide is not None, forward.divide or forward.multiply
    elif backward:
        divide, by = backward.divide is None, backward.divide or backward.multiply
    else:
        raise Stop.not_applicable("no_conversion")
    turn = analytes.EXACT.divide if divide else analytes.EXACT.multiply
    return ok(value=float(turn(as_printed(value), by or Decimal(1))))


def vitd_class(given: Inputs) -> Result:
    """Return the class ``cls`` of a 25-OH vitamin D of ``ng_ml`` (0-500) by a ``scheme``.

    Source:
        Holick 2011, doi 10.1210/jc.2011-0385; IOM 2011; Demay 2024, JCEM 109:1907.
    """
    given.need("ng_ml")
    value = given.number("ng_ml", low=0, high=CONSTANTS.vitd_most_ng_ml.value)
    steps, above = SCHEMES[given.choice("scheme", SCHEMES, default=DEFAULT_SCHEME)]
    for limit, included, name in steps:
        if value < limit or (included and value == limit):
            return ok(cls=name)
    return ok(cls=above)


MODELS = (
    Model(
        key="lab.convert",
        fn=convert,
        inputs=("analyte", "value", "from", "to"),
        outputs=("value",),
        grade="ENG",
        citation="molar masses; see the analyte table",
        section="4.1",
    ),
    Model(
        key="lab.vitd_class",
        fn=vitd_class,
        inputs=("ng_ml",),
        optional=("scheme",),
        outputs=("cls",),
        grade="GL",
        citation="Holick 2011, doi 10.1210/jc.2011-0385; IOM 2011; Demay 2024, JCEM 109:1907",
        section="4.3",
    ),
    *KIDNEY,
    *CHANGE,
    *PATTERNS,
)
