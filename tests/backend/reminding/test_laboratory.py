"""When vitamin D, parathyroid hormone and kidney function are due."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import run
from backend.reminding.laboratory import annual_vitamin_d, kidney_function, pth_after_low
from tests.backend.loading.edges import missing, wrong

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
NONE = st.none()


def due(when: str | None, reason: str | None = None) -> dict[str, object]:
    return {"status": "ok", "due": when, "reason": reason}


class TestAnnualVitaminD:
    GIVEN = {"result_date": "2025-06-10", "latitude": 52, "indication": True}

    def run(self, **change: object) -> Any:
        return run("rem.vitd_annual", self.GIVEN | change)

    @pytest.mark.parametrize(
        ("result_date", "latitude", "expected"),
        [
            # A year later is 10 June 2026, 101 days after 1 March.
            ("2025-06-10", 52, due("2026-03-01", "seasonal_nadir")),
            ("2025-06-10", 35, due("2026-03-01", "seasonal_nadir")),
            ("2025-06-10", 34.9, due("2026-06-10", "one_year")),
            ("2025-06-10", 0, due("2026-06-10", "one_year")),
            ("2025-06-29", 52, due("2026-03-01", "seasonal_nadir")),  # 120 days
            ("2025-06-30", 52, due("2026-06-30", "one_year")),  # 121 days
            ("2025-11-01", 52, due("2027-03-01", "seasonal_nadir")),  # 120 days
            ("2025-10-31", 52, due("2026-10-31", "one_year")),  # 121 days
            ("2025-03-01", 52, due("2026-03-01", "seasonal_nadir")),
            ("2025-12-20", 60, due("2027-03-01", "seasonal_nadir")),
            ("2025-06-10", -35, due("2026-09-01", "seasonal_nadir")),
            ("2025-06-10", -34.9, due("2026-06-10", "one_year")),
            ("2025-12-20", -40, due("2026-09-01", "seasonal_nadir")),  # 110 days
            ("2025-01-10", -40, due("2026-01-10", "one_year")),
            ("2024-02-29", 10, due("2025-02-28", "one_year")),
            ("2023-06-10", 10, due("2024-06-09", "one_year")),  # 365 days across a leap day
        ],
    )
    def test_moves_to_the_yearly_low_of_the_place(
        self, result_date: Any, latitude: Any, expected: Any
    ) -> None:
        assert self.run(result_date=result_date, latitude=latitude) == expected

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"indication": None, "result_date": None}, missing("indication", "result_date")),
            ({"indication": None, "latitude": 99}, missing("indication")),
            ({"indication": False, "latitude": 90.1}, wrong("latitude")),
            ({"latitude": -90.1}, wrong("latitude")),
            ({"result_date": "10 June"}, wrong("result_date")),
            ({"indication": "yes"}, wrong("indication")),
            ({"indication": False}, due(None, "no_indication")),
        ],
    )
    def test_checks_in_order(self, change: Any, expected: Any) -> None:
        assert self.run(**change) == expected

    @given(on=DAYS, latitude=st.floats(-90, 90) | NONE)
    def test_is_within_120_days_of_a_year_later(self, on: Any, latitude: Any) -> None:
        found = annual_vitamin_d(on, latitude=latitude, indication=True)
        assert found.due is not None
        away = abs((found.due - on).days - 365)
        assert away <= (120 if found.reason == "seasonal_nadir" else 0)

    @given(on=DAYS, latitude=st.floats(35, 90))
    def test_is_the_same_half_a_year_apart_on_the_other_side(self, on: Any, latitude: Any) -> None:
        north, south = (
            annual_vitamin_d(on, latitude=side, indication=True) for side in (latitude, -latitude)
        )
        # The lows are 181 or 184 days apart: one of the two is always near enough.
        assert "seasonal_nadir" in (north.reason, south.reason)


class TestParathyroidHormone:
    GIVEN = {"ng_ml": 15, "result_date": "2026-04-02"}
    SET = due("2026-04-16")

    def run(self, **change: object) -> Any:
        return run("rem.pth_after_low_d", self.GIVEN | change)

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({}, SET),
            ({"ng_ml": 19.99}, SET),
            ({"ng_ml": 20}, due(None, "not_low")),
            ({"ng_ml": 20, "dialysis": True, "pth_date": "2026-04-02"}, due(None, "not_low")),
            ({"dialysis": True, "pth_date": "2026-04-02"}, due(None, "clinician_managed")),
            ({"egfr": 29.99}, due(None, "clinician_managed")),
            ({"egfr": 30}, SET),
            ({"egfr": 0}, due(None, "clinician_managed")),
            ({"dialysis": False, "egfr": 90}, SET),
            ({"pth_date": "2026-01-02"}, due(None, "pth_available")),
            ({"pth_date": "2026-01-01"}, SET),
            ({"pth_date": "2026-07-01"}, due(None, "pth_available")),
            ({"pth_date": "2026-07-02"}, SET),
        ],
    )
    def test_low_then_kidney_then_what_is_there(self, change: Any, expected: Any) -> None:
        assert self.run(**change) == expected

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"ng_ml": None, "result_date": None}, missing("ng_ml", "result_date")),
            ({"ng_ml": 500.1}, wrong("ng_ml")),
            ({"ng_ml": -0.1}, wrong("ng_ml")),
            ({"ng_ml": False}, wrong("ng_ml")),
            ({"egfr": -1}, wrong("egfr")),
            ({"dialysis": 1}, wrong("dialysis")),
            ({"pth_date": 20260101}, wrong("pth_date")),
            ({"ng_ml": 500, "pth_date": "soon"}, wrong("pth_date")),
        ],
    )
    def test_checks_in_order(self, change: Any, expected: Any) -> None:
        assert self.run(**change) == expected

    @given(on=DAYS, days=st.integers(0, 400))
    def test_before_and_after_are_alike(self, on: Any, days: Any) -> None:
        on = min(max(on, date(1902, 1, 1)), date(2198, 1, 1))
        apart = timedelta(days=days)
        earlier = pth_after_low(10, on, pth_date=on - apart)
        assert pth_after_low(10, on, pth_date=on + apart) == earlier
        assert (earlier.due is None) == (days <= 90)


class TestKidneyFunction:
    GIVEN = {"result_date": "2026-01-01", "egfr": 75}

    def run(self, **change: object) -> Any:
        return run("rem.creatinine_ckd", self.GIVEN | change)

    @pytest.mark.parametrize(
        ("egfr", "expected"),
        [
            (200, due("2027-01-01")),
            (45, due("2027-01-01")),
            (44.5, due("2027-01-01")),
            (44.49, due("2026-07-02")),
            (44, due("2026-07-02")),
            (30, due("2026-07-02")),
            (29.5, due("2026-07-02")),
            (29.49, due("2026-05-02")),
            (15, due("2026-05-02")),
            (14.9, due(None, "clinician_managed")),
            (0, due(None, "clinician_managed")),
        ],
    )
    def test_stages_the_rounded_value(self, egfr: Any, expected: Any) -> None:
        assert self.run(egfr=egfr) == expected

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"result_date": None, "egfr": None}, missing("egfr", "result_date")),
            ({"egfr": None, "dialysis": True}, missing("egfr")),
            ({"egfr": -1, "dialysis": True}, wrong("egfr")),
            ({"result_date": "2026-13-01"}, wrong("result_date")),
            ({"dialysis": "no"}, wrong("dialysis")),
            ({"dialysis": True}, due(None, "clinician_managed")),
        ],
    )
    def test_checks_in_order(self, change: Any, expected: Any) -> None:
        assert self.run(**change) == expected

    @given(on=DAYS, values=st.tuples(st.floats(15, 200), st.floats(15, 200)))
    def test_worse_kidneys_are_never_looked_at_later(self, on: Any, values: Any) -> None:
        worse, better = (kidney_function(on, egfr=egfr).due for egfr in sorted(values))
        assert worse is not None
        assert better is not None
        assert worse <= better
