"""No part tells anything that was shared under another name.

Whatever changes in the records of one category changes the parts of that category and, where
something is due by it, the reminders; every other part stays the same to the last byte.
"""

import re
from typing import Any

import msgspec
import pytest

from backend.panel import CATEGORIES, PanelPart
from backend.panel.due import CHECK_IN, WORDS
from backend.reminding.catalogue import RULES
from tests.backend.build import days_back, vitamin_d
from tests.backend.panel.scenes import (
    AT_RISK,
    LOST,
    STEADY,
    WOMAN_30,
    WOMAN_70,
    ago,
    grip,
    injury,
    lean,
    parts,
    period,
    quiet,
    result,
    said,
    scan,
    screen,
    stepped,
)

LABS = (
    vitamin_d("9", on=ago(100)),
    result("pth", "95.7", "pg/mL", 61, ref_low=15, ref_high=65),
    result("calcium", "11.47", "mg/dL", 62),
    result("egfr", "19", "mL/min/{1.73_m2}", 63),
    result("albumin", "3.13", "g/dL", 64, ref_low="3.5", ref_high=5),
    result("tsh", "0.13", "mIU/L", 65, ref_low="0.4", ref_high=4),
)
# Of each category what a person has, and what they might have in its place.
GIVEN: dict[str, tuple[Any, ...]] = {
    "sessions": (
        {"days": STEADY, "said": ()},
        {"days": stepped(), "said": [said(1, "out")]},
        {"days": quiet(18), "said": [said(1, "limited")]},
        {"days": days_back(*range(28), srpe_au=300.0), "said": ()},
    ),
    "strength": (
        {"records": [grip(200, 36, 10), grip(20, 14, 11)]}, {"records": [grip(20, 40, 11)]}, {},
    ),
    "body_composition": (
        {"records": [lean(300, 21.0, 30, mass_kg=71.3), lean(30, 13.0, 31, mass_kg=44.7)]},
        {"records": [lean(30, 21.0, 31, mass_kg=71.3)]}, {},
    ),
    "labs": ({"labs": LABS}, {"labs": LABS[:1]}, {"labs": LABS[2:]}, {"labs": ()}),
    "dxa": (
        {"records": LOST},
        {"records": [scan(20, 41, lumbar_spine={"t_score": -3.1, "z_score": -2.7, "tbs": 1.1})]},
        {},
    ),
    "injuries": (
        {"records": [injury(70, 9, "bone_stress", "tibia")]},
        {"records": [injury(71, 400, "fracture", "hip", fragility=True)]}, {},
    ),
    "cycle": ({"records": [period(95)]}, {"records": [period(3), period(1, 81, "none_today")]}, {}),
    "energy": (
        {"records": [screen(20, **AT_RISK)]},
        {"records": [screen(20, primary_or_12mo_amenorrhoea=True, bsi_history=True)]}, {},
    ),
}  # fmt: skip
OWN = {name: {name, "reminders"} for name in GIVEN} | {
    "sessions": {"sessions", "loading", "reminders"},
    "labs": {"labs", "labs_status", "reminders"},
}
PEOPLE = {
    "of 30": WOMAN_30,
    "of 70": WOMAN_70,
    "on dialysis": msgspec.structs.replace(WOMAN_70, dialysis=True),
    "of 15": msgspec.structs.replace(WOMAN_30, born_date=ago(15 * 366)),
    "with child": msgspec.structs.replace(WOMAN_30, pregnant=True),
}


def made(profile: Any, **chosen: int) -> dict[str, PanelPart]:
    """Return the parts of who has everything; ``chosen`` is what of a category, the first if not."""
    given: dict[str, Any] = {"records": []}
    labs: Any = ()
    for name, choices in GIVEN.items():
        one = dict(choices[chosen.get(name, 0)])
        labs = one.pop("labs", labs)
        given["records"] = [*given["records"], *one.pop("records", ())]
        given |= one
    return parts(*labs, profile=profile, **given)


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("category", GIVEN)
class TestAPart:
    def test_stays_as_it_is_whatever_another_category_holds(
        self, category: str, person: str
    ) -> None:
        before = made(PEOPLE[person])
        moved = set()
        for choice in range(1, len(GIVEN[category])):
            after = made(PEOPLE[person], **{category: choice})
            moved |= {name for name in CATEGORIES if after[name] != before[name]}
        assert moved <= OWN[category]
        assert category in moved  # or the test would say nothing


class TestReminders:
    def test_have_words_for_every_topic_and_none_that_tells_a_result(self) -> None:
        topics = {rule.topic for rule in RULES.values()}
        said_of = {topic: WORDS.get(topic, CHECK_IN) for topic in topics}
        # One word for what a low, a high and a usual result lead to, and one for all questions.
        assert said_of["pth"] == said_of["calcium"] == said_of["kidney"] == said_of["tsh"]
        assert said_of["recovery"] == said_of["injury"] == said_of["frax"] == CHECK_IN

    def test_say_the_same_of_low_and_usual_results(self) -> None:
        sentences = set()
        for value, back in (("9", 90), ("14", 90)):
            part = parts(vitamin_d(value, on=ago(back)), result("pth", "40", "pg/mL"))["reminders"]
            sentences |= {(one.code, one.sentence, one.severity) for one in part.reasons}
        assert len(sentences) == 1

    @pytest.mark.parametrize("person", PEOPLE)
    def test_hold_days_and_counts_alone(self, person: str) -> None:
        part = made(PEOPLE[person])["reminders"]
        assert set(part.facts) <= {"open", "next_due_on"}
        for one in part.reasons:
            assert re.fullmatch(
                r"[a-zD -]+ (overdue \d+ d|due in \d+ d|due today \(0 d\)), planned for \d+ \w+ \d+",
                one.sentence,
            )


class TestStatus:
    @pytest.mark.parametrize("person", PEOPLE)
    def test_holds_words_and_counts_and_no_record(self, person: str) -> None:
        part = made(PEOPLE[person])["labs_status"]
        assert set(part.facts.values()) <= {"in range", "outside", "due"}
        for one in part.reasons:
            assert re.fullmatch(r"\d+ [^\d]+", one.sentence)
            assert (one.record_ids, one.baseline, one.unit) == ((), None, "1")
            assert one.since.weekday() == 0  # a week, not the day of a sample
        assert part.sparkline == ()

    def test_is_the_same_for_every_value_of_a_class_and_every_day_of_a_week(self) -> None:
        told = {
            msgspec.json.encode(parts(vitamin_d(value, on=ago(back)))["labs_status"])
            for value, back in (("5", 31), ("11", 31), ("9", 34))
        }
        assert len(told) == 1

    def test_speaks_of_the_same_results_as_the_values(self) -> None:
        part = made(WOMAN_70)
        outside = {name for name, word in part["labs_status"].facts.items() if word == "outside"}
        named = {key for one in part["labs"].reasons for key in one.record_ids}
        assert outside == {
            "vitamin_d" if one.analyte == "vitd_25oh" else one.analyte
            for one in LABS
            if one.record_id in named
        }
        assert part["labs_status"].severity == part["labs"].severity == 3
