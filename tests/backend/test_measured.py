"""What a summary says that no session changes, kept from one recompute to the next."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from backend.simulate import demo_athletes, history
from backend.summary import measured as module
from backend.summary.facts import facts_of
from backend.summary.measured import Kept, Measured, measured, recalled
from backend.summary.situation import Situation
from tests.backend.build import ADULT, TODAY, about, days_back, load_day, uid, vitamin_d

RECORDS = [*history(demo_athletes()[0], ending=TODAY, years=2, seed=1, owner=uid(1))]
FACTS = facts_of(((one.type, one.record_id, one.body) for one in RECORDS), zone="UTC")
RESULTS = (vitamin_d("14.50"), vitamin_d("9", record=2, on=TODAY - timedelta(days=200)))


def there(*results: Any, **changed: Any) -> Situation:
    told: dict[str, Any] = {"facts": FACTS, "load_days": days_back(1, 3, 5)} | changed
    return about(*(results or RESULTS), **told)


def kept(situation: Situation) -> Kept:
    _, found = recalled(situation, None)
    assert found is not None
    return found


def text(found: Measured) -> bytes:
    return msgspec.json.encode(found)


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[Situation]:
    """The situations that were worked out anew."""
    asked: list[Situation] = []
    work = module._measured

    def counted(situation: Situation) -> Measured:
        asked.append(situation)
        return work(situation)

    monkeypatch.setattr(module, "_measured", counted)
    return asked


class TestKept:
    def test_says_the_same_to_the_byte_whatever_was_trained(
        self, worked_out: list[Situation]
    ) -> None:
        before = kept(there())
        worked_out.clear()
        now = there(load_days=[*days_back(1, 3, 5), load_day(TODAY, blu=99.0)], coverage_days=7)
        found, to_keep = recalled(now, before)
        assert to_keep is None
        assert not worked_out
        assert found.trends
        assert found.areas["muscle"].findings
        assert text(found) == text(measured(now)) == text(measured(there()))

    @pytest.mark.parametrize(
        "other",
        [
            there(as_of=TODAY + timedelta(days=1)),
            there(vitamin_d("14.51"), RESULTS[1]),
            there(RESULTS[0]),
            there(profile=replace(ADULT, sex="female")),
            there(facts=replace(FACTS, tests=FACTS.tests[1:])),
            there(load_days=days_back(*range(12))),  # three times a week: another need of protein
        ],
        ids=["day", "value", "result", "profile", "test", "habit"],
    )
    def test_is_not_taken_for_what_anything_else_would_say(self, other: Situation) -> None:
        before = kept(there())
        found, to_keep = recalled(other, before)
        assert to_keep is not None
        assert to_keep.key != before.key
        assert text(found) == text(measured(other))

    def test_is_made_anew_when_another_release_kept_it_otherwise(self) -> None:
        before = kept(there())
        found, to_keep = recalled(there(), Kept(before.key, b"\x00"))
        assert to_keep == before
        assert text(found) == text(measured(there()))

    def test_is_nothing_where_it_would_not_read_back_as_it_was(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = measured(there())
        muscle = found.areas["muscle"]
        whole = replace(muscle, findings=(replace(muscle.findings[0], value=5),))
        found = replace(found, areas={**found.areas, "muscle": whole})
        monkeypatch.setattr(module, "_measured", lambda situation: found)
        assert recalled(there(), None) == (found, None)
