"""Summaries that were published, what differs between them, and how a measure moved."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from apps.common.actor import acting_as
from apps.insights.models import PanelRow
from apps.insights.services.derive import KEPT_CLOSED
from apps.insights.services.recompute import drain, recompute_athlete
from backend.records.ids import ack_id
from tests.apps.insights.test_recompute import rows_of, vitamin_d
from tests.apps.integrations.third_party import ThirdParty
from tests.apps.sync.ops import changed, deleted
from tests.conftest import Person

NOW = datetime.now(UTC)  # noqa: TID251 (the edge of a test)


def noon(days: int) -> str:
    return (NOW.replace(hour=12, minute=0, second=0) - timedelta(days=days)).isoformat()


def put(type_name: str, **body: Any) -> dict[str, Any]:
    return {
        "op": str(uuid.uuid4()), "type": type_name, "id": str(uuid.uuid4()), "action": "put",
        "base": None, "schema": 1, "set": body,
    }  # fmt: skip


def grip(days: int, kg: float) -> dict[str, Any]:
    trials = [{"uid": "t", "value": kg, "unit": "kg"}]
    return put("strength_test", tested_at=noon(days), test="grip", side="right", trials=trials)


def sync(person: Person, *ops: dict[str, Any]) -> None:
    results = person.sync(list(ops)).json()["results"]
    assert all(one["status"] in ("applied", "merged") for one in results), results
    recompute_athlete(athlete_id=person.id, now=timezone.now())


def summaries(person: Person, **query: Any) -> Any:
    return person.get("/v1/athletes/me/summaries", **query).json()


def diff(person: Person, before: str, after: str) -> Any:
    return person.get(f"/v1/athletes/me/summaries/{before}/diff/{after}").json()["diff"]


class TestSummaries:
    def test_are_kept_once_for_equal_inputs(self, athlete: Person) -> None:
        op = vitamin_d(drawn=noon(30))
        sync(athlete, op)
        sync(athlete, grip(3, 40))
        assert len(summaries(athlete)["summaries"]) == 2
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        assert len(summaries(athlete)["summaries"]) == 2

    def test_come_in_pages(self, athlete: Person) -> None:
        for kg in (40, 41, 42):
            sync(athlete, grip(3, kg))
        whole = [one["id"] for one in summaries(athlete)["summaries"]]
        first = summaries(athlete, limit=2)
        rest = summaries(athlete, limit=2, cursor=first["next_cursor"])
        assert [one["id"] for one in (*first["summaries"], *rest["summaries"])] == whole
        assert (len(whole), rest["next_cursor"]) == (3, None)


class TestDiff:
    def test_names_what_came_was_corrected_and_left(self, athlete: Person) -> None:
        low, other = vitamin_d(drawn=noon(30)), grip(3, 40)
        sync(athlete, low, other)
        sync(
            athlete, changed(low, set={"value": 90}), deleted(other),
            put("injury", kind="bone_stress", site="tibia", onset_date=noon(9)[:10]),
        )  # fmt: skip
        newer, older = (one["id"] for one in summaries(athlete)["summaries"])
        told = diff(athlete, older, newer)
        assert [one["kind"] for one in told["added"]] == ["injuries"]
        assert [one["key"] for one in told["corrected"]] == [low["id"]]
        assert [one["key"] for one in told["removed"]] == [other["id"]]
        assert (told["aged_out"], told["versions"]) == ([], [])
        moved = {one["domain"]: one for one in told["domains"]}
        assert moved["recovery_energy"]["after_band"] == "review"
        assert [one["code"] for one in moved["recovery_energy"]["findings"]] == [
            "bone_stress_current"
        ]
        levels = {
            one["code"]: (one["before_level"], one["after_level"])
            for one in moved["nutrition_hormones"]["findings"]
        }
        assert levels == {"vitd_low": (1, None), "vitd_adequate": (None, 0)}

    def test_backwards_tells_the_opposite(self, athlete: Person) -> None:
        sync(athlete, vitamin_d(drawn=noon(30)))
        sync(athlete, grip(3, 40))
        newer, older = (one["id"] for one in summaries(athlete)["summaries"])
        assert diff(athlete, older, newer)["added"] == diff(athlete, newer, older)["removed"]
        same = diff(athlete, newer, newer)
        assert same["domains"] == same["added"] == same["corrected"] == []

    def test_of_somebody_elses_summary_is_not_found(
        self, athlete: Person, stranger: Person
    ) -> None:
        sync(athlete, grip(3, 40))
        (one,) = (kept["id"] for kept in summaries(athlete)["summaries"])
        path = f"/v1/athletes/me/summaries/{one}/diff/{one}"
        assert athlete.get(path).status_code == 200
        assert stranger.get(path).status_code == 404
        assert stranger.get(path.replace("me", str(athlete.id))).status_code == 404


class TestTrend:
    def trend(self, person: Person, measure: str) -> Any:
        return person.get(f"/v1/athletes/me/trends/{measure}").json()

    def test_of_grip_is_worse_beyond_five_kilograms(self, athlete: Person) -> None:
        sync(athlete, grip(200, 45), grip(3, 40))
        told = self.trend(athlete, "grip_kg")
        assert told["trend"]["verdict"] == "worsening"
        assert (told["trend"]["before"], told["trend"]["after"]) == (45, 40)
        assert [one["value"] for one in told["points"]] == [40, 45]

    def test_of_vitamin_d_knows_the_season(self, athlete: Person) -> None:
        spring = vitamin_d(drawn="2026-03-10T08:00:00Z") | {}
        autumn = vitamin_d(drawn="2026-09-10T08:00:00Z")
        spring["set"] |= {"value": 50, "unit": "nmol/L", "lab": "North"}
        autumn["set"] |= {"value": 74, "unit": "nmol/L", "lab": "North"}
        sync(athlete, spring, autumn)
        told = self.trend(athlete, "vitd_25oh")["trend"]
        assert round(told["cvi_pct"], 1) == 18.1
        assert told["verdict"] == "no_real_change"

    def test_of_two_laboratories_is_not_compared(self, athlete: Person) -> None:
        one, two = vitamin_d(drawn=noon(200)), vitamin_d(drawn=noon(20))
        one["set"] |= {"lab": "North", "value": 20}
        two["set"] |= {"lab": "South", "value": 90}
        sync(athlete, one, two)
        assert self.trend(athlete, "vitd_25oh")["trend"]["verdict"] == "not_comparable"

    def test_of_a_single_value_is_the_first(self, athlete: Person) -> None:
        sync(athlete, grip(3, 40))
        assert self.trend(athlete, "grip_kg")["trend"]["verdict"] == "first_value"

    def test_without_values_is_null_and_unknown_measures_are_not_found(
        self, athlete: Person
    ) -> None:
        sync(athlete, grip(3, 40))
        told = self.trend(athlete, "tsh")
        assert (told["trend"], told["points"]) == (None, [])
        assert athlete.get("/v1/athletes/me/trends/mood").status_code == 404

    def test_stands_in_the_summary_too(self, athlete: Person) -> None:
        sync(athlete, grip(200, 45), grip(3, 40))
        drain(now=timezone.now())
        told = athlete.get("/v1/athletes/me/summary").json()["summary"]["trends"]
        assert [(one["measure"], one["verdict"]) for one in told] == [("grip_kg", "worsening")]


class TestAnswersToReminders:
    def test_show_on_every_device(self, athlete: Person) -> None:
        sync(athlete, vitamin_d(drawn=noon(200)))
        (key, before) = self.retest(athlete)
        assert before["state"] == "due"
        until = noon(-3)[:10]
        sync(athlete, self.ack(key, "snoozed", noon(0), snooze_until=until))
        _, snoozed = self.retest(athlete)
        assert (snoozed["state"], snoozed["due_date"]) == ("snoozed", until)
        sync(athlete, self.ack(key, "done", noon(-1)))
        assert self.retest(athlete)[1]["state"] == "done"
        assert len(summaries(athlete)["summaries"]) == 1, "no summary rests on answers"

    def ack(self, key: str, action: str, acted_at: str, **more: Any) -> dict[str, Any]:
        """Return an answer, under the id that follows from what it answers."""
        op = put("reminder_ack", reminder=key, action=action, acted_at=acted_at, **more)
        return op | {"id": str(ack_id(uuid.UUID(key), action, acted_at))}

    def retest(self, person: Person) -> tuple[str, Any]:
        found = {
            row["id"]: row["body"]
            for row in rows_of(person, "reminder")
            if row["body"]["rule"] == "rem.vitd_retest_low"
        }
        ((key, body),) = found.items()
        return key, body


class TestWhatIsRead:
    def test_of_one_kind_of_test_is_not_crowded_out_by_another(self, athlete: Person) -> None:
        jumps = [
            put(
                "strength_test", tested_at=noon(1 + n // 24), test="countermovement_jump",
                trials=[{"uid": "t", "value": 30, "unit": "cm"}],
            )
            for n in range(150)
        ]  # fmt: skip
        sync(athlete, grip(30, 40), grip(200, 46), *jumps)
        told = athlete.get("/v1/athletes/me/trends/grip_kg").json()
        assert told["trend"]["verdict"] == "worsening"

    def test_of_a_scales_lean_mass_is_not_crowded_out_by_its_weights(self, athlete: Person) -> None:
        def weigh(days: int, **told: Any) -> dict[str, Any]:
            return put("body_composition", measured_at=noon(days), method="dxa", device="A", **told)

        sync(athlete, weigh(300, alm_kg=20), *(weigh(n, mass_kg=70) for n in range(60)))
        told = athlete.get("/v1/athletes/me/trends/alm_kg").json()
        assert told["trend"]["verdict"] == "first_value"


class TestTime:
    def test_keeps_the_summary_of_before_when_a_finding_ages_out(self, athlete: Person) -> None:
        sync(athlete, grip(364, 46), grip(300, 40))
        recompute_athlete(athlete_id=athlete.id, now=timezone.now() + timedelta(days=70))
        newer, older = (one["id"] for one in summaries(athlete)["summaries"])
        told = diff(athlete, older, newer)
        assert told["added"] == told["corrected"] == told["removed"] == []
        (muscle,) = (one for one in told["domains"] if one["domain"] == "muscle")
        assert [one["after_level"] for one in muscle["findings"]] == [None]

    def test_of_the_newest_data_is_the_athletes_own_day(self, athlete: Person) -> None:
        sync(athlete, vitamin_d(drawn="2031-01-01T08:00:00Z"), vitamin_d(drawn=noon(20)))
        rows = PanelRow.objects.filter(athlete_id=athlete.id)
        with acting_as(athlete.id):
            last = {row.last_data_at.date() for row in rows if row.last_data_at}
        assert last == {datetime.fromisoformat(noon(20)).date()}


class TestClosedReminders:
    def test_do_not_pile_up(self, athlete: Person) -> None:
        for number in range(KEPT_CLOSED + 3):
            sync(athlete, vitamin_d(drawn=noon(60 - number)))
        states = [row["body"]["state"] for row in rows_of(athlete, "reminder")]
        assert states.count("closed") == KEPT_CLOSED


class TestScopes:
    def test_of_a_laboratory_trend_is_the_one_of_results(self, athlete: Person) -> None:
        sync(athlete, vitamin_d(drawn=noon(20)), grip(3, 40))
        token = ThirdParty().connect(athlete, scope="summary:read")["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        path = "/v1/athletes/me/trends/"
        assert Client().get(f"{path}grip_kg", headers=headers).status_code == 200
        assert Client().get(f"{path}vitd_25oh", headers=headers).status_code == 403

    def test_of_an_id_that_is_none_is_not_found(self, athlete: Person) -> None:
        for odd in ("a%00", "zz", "A" * 64):
            path = f"/v1/athletes/me/summaries/{odd}/diff/b"
            assert athlete.get(path).status_code == 404
