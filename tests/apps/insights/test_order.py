"""What is derived depends on the inputs alone, never on the order or number of runs."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.insights.models import Published
from apps.insights.services import recompute
from apps.insights.services.recompute import drain, recompute_athlete, start_day
from tests.apps.insights.test_recompute import reminders_of, rows_of, vitamin_d
from tests.apps.sync.test_push import workout
from tests.conftest import Person, make_person


def ago(days: int) -> dict[str, Any]:
    """Return a put of a run so many days ago."""
    start = timezone.now() - timedelta(days=days, hours=2)
    return workout(
        started_at=start.isoformat(), ended_at=(start + timedelta(hours=1)).isoformat(),
        utc_offset_min=0, local_date=str(start.date()), rpe=6,
    )  # fmt: skip


def delete(op: dict[str, Any]) -> dict[str, Any]:
    """Return the deletion of what an op made."""
    return {
        "op": str(uuid.uuid4()), "type": op["type"], "id": op["id"], "action": "delete",
        "base": op["op"],
    }  # fmt: skip


@pytest.fixture
def nobody_else() -> None:
    """Forget what is due of other tests' athletes: they would come first, so many at a time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM recompute_queue")
        cursor.execute(
            "UPDATE insights_published SET next_day_at = now() + interval '1 day'"
            " WHERE next_day_at <= now()"
        )


def derived(person: Person) -> list[Any]:
    """Return everything derived in the feed, without the versions' own numbers."""
    kinds = ("risk_summary", "reminder")
    return [row["body"] | {"covers_seq": 0} for kind in kinds for row in rows_of(person, kind)]


def settled(person: Person) -> list[Any]:
    """Recompute and return what stands; a second run without new input changes nothing."""
    drain(now=timezone.now())
    first = derived(person)
    recompute_athlete(athlete_id=person.id, now=timezone.now())
    assert derived(person) == first
    return first


class TestDeletions:
    @pytest.mark.parametrize("gone", [0, 1])
    def test_of_the_first_or_last_session_are_seen_at_once(
        self, athlete: Person, gone: int
    ) -> None:
        ops = [ago(20), ago(2)]
        athlete.sync(ops)
        settled(athlete)
        athlete.sync([delete(ops[gone])])
        settled(athlete)

    def test_of_the_newest_results_bring_back_the_one_before(self, athlete: Person) -> None:
        results = [vitamin_d(drawn=f"2026-10-0{day}T08:00:00Z") for day in (1, 2, 3, 4)]
        athlete.sync(results)
        settled(athlete)
        athlete.sync([delete(op) for op in results[1:]])
        settled(athlete)
        standing = reminders_of(athlete)
        open_ones = [body["source_record"] for body in standing if body["state"] != "closed"]
        assert open_ones == [results[0]["id"]]


class TestUnusableResults:
    def test_do_not_hide_the_usable_one(self, athlete: Person) -> None:
        low = vitamin_d(drawn="2026-10-01T08:00:00Z")
        athlete.sync([low])
        settled(athlete)
        later = [vitamin_d(drawn=f"2026-10-1{day}T08:00:00Z") for day in range(4)]
        for op in later:
            op["set"]["status"] = "preliminary"
        athlete.sync(later)
        settled(athlete)
        (reminder,) = reminders_of(athlete)
        assert reminder["state"] != "closed"


@pytest.mark.usefixtures("nobody_else")
class TestNewDay:
    def test_one_odd_zone_does_not_stop_the_others(self, athlete: Person) -> None:
        other = make_person()
        for person, zone in ((athlete, "posixrules"), (other, "Pacific/Auckland")):
            profile = {
                "op": str(uuid.uuid4()), "type": "athlete_profile", "id": str(person.id),
                "action": "put", "base": None, "schema": 1, "set": {"zone": zone},
            }  # fmt: skip
            assert person.sync([profile]).json()["results"][0]["status"] == "applied"
        drain(now=timezone.now())
        people = [athlete.id, other.id]
        Published.objects.filter(athlete_id__in=people).update(next_day_at=timezone.now())
        start_day(now=timezone.now())
        later = Published.objects.filter(athlete_id__in=people, next_day_at__gt=timezone.now())
        assert later.count() == 2


@pytest.mark.usefixtures("nobody_else")
class TestPoison:
    def test_counts_against_the_poisoned_alone(
        self, athlete: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        innocents = [make_person() for _ in range(3)]
        athlete.sync([workout()])
        for person in innocents:
            person.sync([workout()])
        real = recompute.recompute_athlete

        class Killed(BaseException):
            """Stands for the end of the process."""

        def run(*, athlete_id: uuid.UUID, now: datetime) -> bool:
            if athlete_id == athlete.id:
                raise Killed
            return real(athlete_id=athlete_id, now=now)

        monkeypatch.setattr(recompute, "recompute_athlete", run)
        for _ in range(8):
            _end_leases()
            try:
                drain(now=timezone.now())
            except Killed:
                continue
        states = {person.id: _state(person) for person in (athlete, *innocents)}
        assert states.pop(athlete.id) == "failed"
        assert set(states.values()) == {"current"}

        monkeypatch.setattr(recompute, "recompute_athlete", real)
        athlete.sync([workout()])
        drain(now=timezone.now())
        assert _state(athlete) == "current"


@pytest.mark.usefixtures("nobody_else")
class TestDraining:
    def test_wakes_whoever_delivers_at_once_and_after_the_last(
        self, athlete: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        woken: list[str] = []
        monkeypatch.setattr(recompute, "wake", woken.append)
        monkeypatch.setattr(recompute, "WAKE_EVERY_S", 3600.0)
        for person in (athlete, make_person(), make_person()):
            person.sync([workout()])
        assert drain(now=timezone.now(), limit=1) == 1
        assert woken == ["reminders.deliver"]
        athlete.sync([workout()])
        assert drain(now=timezone.now()) == 3
        # And another worker, once it is seen that there is more than one athlete.
        assert woken == [
            "reminders.deliver", "reminders.deliver", "insights.recompute", "reminders.deliver",
        ]  # fmt: skip
        assert drain(now=timezone.now()) == 0
        assert len(woken) == 4

    def test_wakes_nobody_when_nothing_could_be_published(
        self, athlete: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        woken: list[str] = []
        monkeypatch.setattr(recompute, "wake", woken.append)
        monkeypatch.setattr(recompute, "recompute_athlete", lambda **_: False)
        athlete.sync([workout()])
        assert drain(now=timezone.now(), limit=1) == 1
        assert woken == []


class TestRoundTrips:
    def test_are_six_after_a_session_that_stands_alone(
        self, athlete: Person, trips: list[int]
    ) -> None:
        athlete.sync([ago(1), vitamin_d()])
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        athlete.sync([ago(0)])
        trips.clear()
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        assert len(trips) == 6, "feed, what is near, the rest, its end; lock, write with the commit"


def _state(person: Person) -> str:
    return str(person.get("/v1/athletes/me/changes").json()["derived"]["state"])


def _end_leases() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE recompute_queue SET lease_until = NULL WHERE state = 'open'")
