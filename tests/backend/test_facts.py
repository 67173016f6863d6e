"""Records as the models read them: dated by the person's days, newest first."""

from typing import Any

from backend.summary.measures import latest_composition
from tests.backend.build import uid
from tests.backend.test_summary_findings import facts, record


def weighing(number: int, at: str, kg: float) -> Any:
    return record(
        "body_composition", number, measured_at=f"2026-05-01T{at}:00Z", method="scale", mass_kg=kg
    )


class TestOrder:
    def test_of_two_weighings_of_a_day_the_later_one_counts_whatever_their_ids(self) -> None:
        found = facts(weighing(9, "07:00", 70.0), weighing(1, "21:00", 71.5))
        assert [one.record_id for one in found.compositions] == [uid(1), uid(9)]
        newest = latest_composition(found, "mass_kg")
        assert newest is not None
        assert newest[1] == 71.5
