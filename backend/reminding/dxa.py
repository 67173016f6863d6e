"""When the next DXA scan is due."""

from datetime import date

from backend.bone.intervals import OPTIONAL, REQUIRED, Interval, read_interval
from backend.contract import Model
from backend.days import months_later
from backend.inputs import Inputs
from backend.results import Result, ok


def next_scan(scan_date: date, interval: Interval) -> date:
    """Return the day of the next scan, counted in calendar months."""
    return months_later(scan_date, interval.months)


def dxa_followup(given: Inputs) -> Result:
    """Return when a scan of ``scan_date`` is ``due`` again (ISO date) and on what ``basis``.

    The other inputs are those of ``bone.dxa_interval``; see ``interval_after``.
    """
    given.need("scan_date", *REQUIRED)
    scan_date = given.day("scan_date")
    interval = read_interval(given)
    return ok(due=next_scan(scan_date, interval).isoformat(), basis=interval.basis)


MODELS = (
    Model(
        key="rem.dxa_followup",
        fn=dxa_followup,
        inputs=("scan_date", *REQUIRED),
        optional=OPTIONAL,
        outputs=("due", "basis"),
        grade="COH",
        citation="Gourlay et al. 2012, doi 10.1056/NEJMoa1107142; our convention for others",
        section="8.2",
    ),
)
