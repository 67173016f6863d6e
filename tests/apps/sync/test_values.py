"""The catalogue's values, one table: refused where no reading is right, flagged where one is odd."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.apps.sync.ops import feed, lab, op_id, put, workout
from tests.conftest import Person

REFUSED = "rejected"


@dataclass(frozen=True)
class Case:
    """An op, and its result: the field that is refused, or what the kept record is flagged as."""

    name: str
    op: dict[str, Any]
    refused_at: str | None = None
    flags: tuple[str, ...] = ()
    code: str = "invalid"


def session(day: str, **body: Any) -> dict[str, Any]:
    """Return a put of a workout of one hour on a day."""
    times = {"started_at": f"{day}T18:00:00+01:00", "ended_at": f"{day}T19:00:00+01:00"}
    return workout(**{"local_date": day, "utc_offset_min": 60, **times, **body})


def sets(load_kg: float, count: int) -> list[dict[str, Any]]:
    """Return one exercise of many sets."""
    each = [{"uid": f"s{number}", "reps": 5, "load_kg": load_kg} for number in range(count)]
    return [{"uid": "e1", "exercise": "back_squat", "sets": each}]


NO_TIMES = ("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
            "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z")  # fmt: skip
CODE = {"system": "http://loinc.org", "code": "62292-8"}

CASES = [
    *(Case(f"V01 begun {text}", workout(started_at=text), "/set/started_at") for text in NO_TIMES),
    *(Case(f"V01 drawn {text}", lab(collected_at=text), "/set/collected_at") for text in NO_TIMES),
    Case("V01 30 February", workout(local_date="2026-02-30"), "/set/local_date"),
    Case("V03 ended in a leap second", session("2026-02-26", ended_at="2026-02-26T18:45:60+01:00"),
         flags=("leap_second",)),
    Case("V03 drawn in a leap second", lab(collected_at="2016-12-31T23:59:60Z"),
         flags=("leap_second",)),
    *(Case(f"V04 {offset}", workout(started_at=f"2026-02-26T18:00:00{offset}"), "/set/started_at")
      for offset in ("+14:01", "-14:01", "+99:99")),
    Case("V05 in the year 2051", session("2051-11-20"), flags=("in_future",)),
    Case("V05 in the year 1949", session("1949-11-20"), flags=("too_early",)),
    Case("V06 ended before it began", session("2026-02-20", ended_at="2026-02-20T17:00:00+01:00"),
         flags=("ends_before_start",)),
    Case("V06 of 40 days", session("2026-01-02", ended_at="2026-02-11T18:00:00+01:00"),
         flags=("implausible",)),
    Case("V09 900 nmol/L", lab(900), flags=("implausible",)),
    Case("V10 below zero", lab(-5), "/set/value"),
    Case("V10 minus zero", lab(-0.0), "/set/value"),
    Case("V10 next to nothing", lab(1e-320), "/set/value"),
    Case("V11 a unit nobody knows", lab(unit="foo"), "/set/unit"),
    Case("V11 a unit of another dimension", lab(unit="kg"), "/set/unit"),
    Case("V11 a unit nobody knows, of a code alone",
         lab(unit="foo", analyte=None, codes=[CODE]), flags=("unit_unknown",)),
    Case("V13 a comparator nobody knows", lab(comparator="<<"), "/set/comparator"),
    Case("V13 a text for a number", lab(value=">100"), "/set/value"),  # type: ignore[arg-type]  # meant
    Case("V14 a code nobody knows",
         lab(analyte=None, codes=[{"system": "http://loinc.org", "code": "99999-9"}])),
    Case("V14 an analyte nobody knows", lab(analyte="unheard_of")),
    Case("V16 a thousand sets of a thousand million kg",
         session("2026-02-20", exercises=sets(1e9, 1_000)), flags=("implausible",)),
    Case("V17 a text that turns, hides and piles up",
         workout(title="\u202eabc\u200b e" + "\u0301" * 100)),
    *(Case(f"V18 {text}", workout(title=text)) for text in
      ("<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "' OR 1=1--")),
    Case("V24 a record that the server owns", put("risk_summary", {"band": "supportive"}), "/type",
         code="server-owned"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_is_refused_alone_or_kept_as_it_was_sent(athlete: Person, case: Case) -> None:
    body = {name: value for name, value in case.op["set"].items() if value is not None}
    good = workout()
    answer = athlete.sync([{**case.op, "op": op_id(), "set": body}, good])
    assert answer.status_code == 200, answer.content
    result, other = answer.json()["results"]
    assert other["status"] == "applied"
    if case.refused_at is not None:
        assert (result["status"], result["code"]) == (REFUSED, case.code), result
        assert result["pointers"] == [case.refused_at]
        return
    assert result["status"] == "applied", result
    assert tuple(result.get("flags", ())) == case.flags
    (kept,) = [row for row in feed(athlete) if row["id"] == case.op["id"]]
    assert kept["body"] == body
