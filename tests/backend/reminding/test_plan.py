"""What holds for all rules: the catalogue, suppression, order, and how many are due."""

import string
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import REGISTRY, run
from backend.reminding.catalogue import RULES
from backend.reminding.plan import ASKS, reminder_id
from tests.backend.build import TODAY, days_back
from tests.backend.reminding.people import (
    ME,
    WOMAN_40,
    aged,
    ago,
    all_of,
    drug,
    injury,
    lab,
    record,
    scan,
)

NEVER_ON_A_LOCK_SCREEN = (
    "vitamin", "calcium", "pth", "tsh", "ctx", "egfr", "creatinin", "osteopor", "schilddrüse",
    "kalzium", "thyroid", "cycle", "zyklus", "kidney", "niere", "diagnos", "fracture", "bruch",
)  # fmt: skip
DEMANDING = (
    drug("levothyroxine", 900, 50),
    scan(2500, -2.2),
    injury("fracture", 50, 60),
    injury("bone_stress", 60, 61),
    record("risk_result", 90, tool="FRAX", calculated_on=ago(900), country_model="DE"),
    record("strength_test", 10, tested_at=f"{ago(500)}T12:00:00+00:00", test="grip",
           trials=[{"uid": "t", "value": 30, "unit": "kg"}]),
    lab("vitd_25oh", "14", 100, 1),
)  # fmt: skip


class TestCatalogue:
    def test_holds_22_rules_and_each_is_planned(self) -> None:
        assert len(RULES) == 22
        assert RULES.keys() == ASKS.keys()

    @pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
    def test_says_what_stands_behind_a_rule(self, rule: Any) -> None:
        assert rule.id.startswith("rem.")
        assert rule.model is None or rule.model in REGISTRY
        assert rule.evidence in {"RCT", "GL", "COH", "XS", "MECH", "ENG"}
        assert rule.support in {"V", "M", "D", "E"}
        assert rule.priority in range(1, 6)
        assert rule.source
        assert rule.reason

    @pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
    def test_has_words_for_a_lock_screen_in_both_languages(self, rule: Any) -> None:
        assert rule.text.keys() == {"en", "de"}
        for text in rule.text.values():
            names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            assert names <= {"date", "again"}
            assert not any(letter.isdigit() for letter in text)
            assert not any(word in text.lower() for word in NEVER_ON_A_LOCK_SCREEN)
            assert run("summary.text_lint", {"text": text})["violations"] == []

    def test_every_named_model_has_its_rule(self) -> None:
        models = {key for key in REGISTRY if key.startswith("rem.")}
        assert models == {rule.model for rule in RULES.values()} - {None}

    def test_children_have_two_rules(self) -> None:
        made_for = {rule.id for rule in RULES.values() if rule.applies_to_minors}
        assert made_for == {"rem.sync_stale", "rem.injury_check"}

    def test_pregnancy_closes_what_does_not_hold_in_it(self) -> None:
        closed = {rule.id for rule in RULES.values() if not rule.applies_in_pregnancy}
        assert {
            "rem.vitd_retest_low", "rem.dxa_followup", "rem.dxa_first", "rem.alm_repeat",
            "rem.grip_test", "rem.creatinine_ckd", "rem.loading_gap", "rem.menses_gap",
        } <= closed  # fmt: skip
        assert not {"rem.calcium_confirm", "rem.tsh_levothyroxine", "rem.injury_check"} & closed


class TestSuppression:
    @pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
    def test_a_topic_of_a_clinician_is_silent(self, rule: Any) -> None:
        for topic in (rule.topic, *rule.also_topics):
            managed = msgspec.structs.replace(WOMAN_40, clinician_managed=(topic,))
            planned = all_of(*DEMANDING, profile=managed, last_sync=ago(9), weeks=days_back(9))
            assert rule.id not in {one.rule for one in planned}

    @pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
    def test_a_topic_switched_off_is_silent_but_for_the_first_priority(self, rule: Any) -> None:
        rows = (*DEMANDING, lab("calcium", "11", 20, 2))
        off = msgspec.structs.replace(WOMAN_40, reminder_topics_off=(rule.topic, "moon"))
        planned = {one.rule for one in all_of(*rows, profile=off, last_sync=ago(9))}
        usual = {one.rule for one in all_of(*rows, last_sync=ago(9))}
        silent = {
            one for one in usual if RULES[one].topic == rule.topic and RULES[one].priority > 1
        }
        assert planned == usual - silent

    def test_nothing_known_plans_nothing(self) -> None:
        assert all_of() == []


class TestOrder:
    def test_is_by_priority_then_day(self) -> None:
        planned = all_of(*DEMANDING, last_sync=ago(9))
        keys = [(one.priority, one.due_date) for one in planned]
        assert len(keys) > 6
        assert keys == sorted(keys)

    def test_at_most_three_are_due_and_the_rest_stay_scheduled(self) -> None:
        planned = all_of(*DEMANDING, last_sync=ago(9))
        late = [one for one in planned if one.due_date <= TODAY]
        assert [one.state for one in late] == ["due"] * 3 + ["scheduled"] * (len(late) - 3)
        assert len(late) > 4
        assert all(one.state == "scheduled" for one in planned if one.due_date > TODAY)

    def test_the_first_priority_takes_no_place_and_needs_none(self) -> None:
        urgent = lab("calcium", "11", 20, 2)
        planned = all_of(*DEMANDING, urgent, last_sync=ago(9))
        assert (planned[0].rule, planned[0].state) == ("rem.calcium_confirm", "due")
        assert [one.state for one in planned].count("due") == 4

    def test_what_is_done_lets_the_next_one_in(self) -> None:
        before = [one.rule for one in all_of(*DEMANDING, last_sync=ago(9)) if one.state == "due"]
        done = lab("vitd_25oh", "35", 1, 3)
        after = [
            one.rule for one in all_of(*DEMANDING, done, last_sync=ago(9)) if one.state == "due"
        ]
        assert "rem.vitd_retest_low" in before
        assert "rem.vitd_retest_low" not in after
        assert len(before) == len(after) == 3

    @given(st.permutations(DEMANDING))
    def test_does_not_depend_on_the_order_of_records(self, rows: Any) -> None:
        assert all_of(*rows, last_sync=ago(9)) == all_of(*DEMANDING, last_sync=ago(9))

    def test_each_reminder_has_an_id_of_its_own(self) -> None:
        planned = all_of(*DEMANDING, last_sync=ago(9), weeks=days_back(9), profile=aged(66))
        ids = {reminder_id(ME, one.rule, one.source_record) for one in planned}
        assert len(ids) == len(planned)


def test_days_outside_of_thirteen_weeks_change_nothing() -> None:
    inside = days_back(9, 30)
    more = [*inside, *days_back(91, 95, 200, -1)]
    assert all_of(weeks=more) == all_of(weeks=inside) != []
