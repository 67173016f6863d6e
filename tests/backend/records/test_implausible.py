"""Numbers nobody could have: kept, flagged, and harmless to the models all the same."""

import json
import math
from typing import Any

import msgspec
import pytest

from backend.feed.bodies import accept
from backend.loading.rate import rate_session
from backend.records import REGISTRY
from backend.records.reading import flags_of
from backend.records.workout_session import WorkoutSession
from tests.backend.build import uid
from tests.backend.records.examples import NOW, encoded


def flags(kind: str, **fields: Any) -> tuple[str, ...]:
    body = encoded(kind, **fields)
    return flags_of(REGISTRY[kind], accept(REGISTRY[kind], body), body, now=NOW)


def sets(number: int, **fields: Any) -> list[dict[str, Any]]:
    rows = [{"uid": f"{n}", **fields} for n in range(number)]
    return [{"uid": "e", "exercise": "squat", "sets": rows}]


class TestSessions:
    @pytest.mark.parametrize(
        "change",
        [
            {"exercises": sets(1, load_kg=1_501)},
            {"exercises": sets(1, reps=10_001)},
            {"exercises": sets(1, height_cm=301)},
            {"exercises": sets(1, duration_s=172_801)},
            {"exercises": sets(1_000, reps=10, load_kg=101)},
            {"elapsed_s": 172_801},
            {"timer_s": 1e9},
        ],
    )
    def test_beyond_what_anybody_did_are_kept_and_flagged(self, change: Any) -> None:
        assert flags("workout_session", **change) == ("implausible",)

    @pytest.mark.parametrize(
        "change",
        [
            {"exercises": sets(100, reps=20, load_kg=300)},
            {"exercises": sets(1, reps=10_000)},
            {"exercises": sets(1, load_kg=0)},
            {"elapsed_s": 86_400, "hr_max": 300},
        ],
    )
    def test_that_somebody_did_are_not(self, change: Any) -> None:
        assert flags("workout_session", **change) == ()

    def test_of_a_thousand_sets_of_a_million_tonnes_overflow_nothing(self) -> None:
        fields = {"exercises": sets(1_000, reps=10**7, load_kg=10**9)}
        assert flags("workout_session", **fields) == ("implausible",)
        body = encoded("workout_session", **fields)
        rated: Any = rate_session(uid(1), msgspec.json.decode(body, type=WorkoutSession))
        assert math.isfinite(rated.volume_kg)
        assert math.isfinite(rated.blu)


class TestOthers:
    @pytest.mark.parametrize(
        ("kind", "change", "expected"),
        [
            ("body_composition", {"fat_pct": 2410}, "implausible"),
            ("body_composition", {"height_cm": 1.715}, "implausible"),
            ("dxa_scan", {"site_results": [{"uid": "a", "site": "total_hip", "t_score": -18}]}, "implausible"),
            ("dxa_scan", {"site_results": [{"uid": "a", "site": "total_hip", "bmd_g_cm2": 790}]}, "implausible"),
            ("strength_test", {"trials": [{"uid": "a", "value": 310, "unit": "kg"}]}, "implausible"),
            ("intake_log", {"items": [{"uid": "a", "code": "calcium", "amount": 41_000, "unit": "mg"}]}, "implausible"),
            ("injury", {"weeks_off": 1000}, "implausible"),
            ("energy_screen", {"bmi": 198}, "implausible"),
            ("energy_screen", {"menarche_age": 41}, "implausible"),
            ("risk_result", {"age_at_calc": 39}, "age_outside_40_90"),
            ("risk_result", {"country_model": None}, "country_model_missing"),
            ("risk_result", {"hip_pct": 11}, "hip_exceeds_mof"),
            ("risk_result", {"mof_pct": 101}, "mof_pct_out_of_range"),
        ],
    )  # fmt: skip
    def test_are_kept_and_flagged(self, kind: str, change: Any, expected: str) -> None:
        assert flags(kind, **change) == (expected,)

    def test_of_another_tool_than_frax_need_no_country(self) -> None:
        assert flags("risk_result", tool="Garvan", country_model=None, age_at_calc=30) == ()

    def test_of_a_unit_we_do_not_know_are_not_judged(self) -> None:
        trials = [{"uid": "a", "value": 310, "unit": "N"}]
        assert flags("strength_test", trials=trials) == ()


def open_words() -> list[tuple[str, str]]:
    """Return the types' fields whose list of values is open."""
    found = []
    for kind in [kind for kind in REGISTRY.values() if kind.owner == "client"]:
        schema = msgspec.json.schema(kind.body)["$defs"][kind.body.__name__]
        for name, field in schema["properties"].items():
            if "x-extensible-enum" in json.dumps(field):
                found.append((kind.name, name))
    return found


class TestUnknownWords:
    @pytest.mark.parametrize(("kind", "name"), open_words())
    def test_are_kept(self, kind: str, name: str) -> None:
        body = encoded(kind, **{name: "a word of a newer app"})
        assert getattr(accept(REGISTRY[kind], body), name) == "a word of a newer app"

    def test_are_in_most_types(self) -> None:
        assert len({kind for kind, _ in open_words()}) >= 10
