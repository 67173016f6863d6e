"""`manage.py import_file`: what of a file arrives in an athlete's feed."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.backend.formats.test_actigraph import landings, made
from tests.conftest import ROOT, Person


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Return a made-up raw recording of ActiGraph; its name tells nothing."""
    path = tmp_path / "export.txt"
    path.write_bytes(made(landings()))
    return path


def workouts(athlete: Person) -> list[dict[str, Any]]:
    answer = athlete.get("/v1/athletes/me/changes", types="workout_session")
    return [row["body"] for row in answer.json()["page"]["rows"]]


def load(athlete: Person, path: Path, **options: Any) -> None:
    call_command("import_file", str(path), athlete=athlete.user.email, **options)


class TestImportFile:
    def test_brings_raw_accelerometry_as_a_workout_with_impacts(
        self, athlete: Person, recording: Path
    ) -> None:
        load(
            athlete, recording, placement="hip", activity="running", zone="Europe/Berlin",
            body_mass_kg=70.0,
        )  # fmt: skip
        (body,) = workouts(athlete)
        assert (body["activity"], body["body_mass_kg"]) == ("running", 70.0)
        assert body["started_at"] == "2021-04-06T15:43:00+02:00"
        assert body["impacts"]["placement"] == "hip"
        assert sum(one["count"] for one in body["impacts"]["bins"]) == 10

    def test_changes_nothing_the_second_time(self, athlete: Person, recording: Path) -> None:
        load(athlete, recording, placement="hip")
        (before,) = workouts(athlete)
        load(athlete, recording, placement="wrist")
        assert workouts(athlete) == [before]

    def test_brings_a_fit_activity_without_asking_for_a_placement(self, athlete: Person) -> None:
        load(athlete, ROOT / "tests" / "data" / "strength.fit")
        assert [body["source"]["format"] for body in workouts(athlete)] == ["fit"]

    def test_asks_where_a_monitor_was_worn(self, athlete: Person, recording: Path) -> None:
        with pytest.raises(CommandError, match=r"placement_missing.*--placement"):
            load(athlete, recording)
        assert workouts(athlete) == []

    def test_tells_code_and_line_of_a_refusal(self, athlete: Person, tmp_path: Path) -> None:
        path = tmp_path / "counts.csv"
        path.write_bytes(made(landings(), epoch="00:00:05"))
        with pytest.raises(CommandError, match=r"\[format.unreadable\] at 10: .*counts per epoch"):
            load(athlete, path, placement="hip")

    def test_refuses_a_zone_nobody_knows(self, athlete: Person, recording: Path) -> None:
        with pytest.raises(CommandError, match="No zone"):
            load(athlete, recording, placement="hip", zone="Mars/Olympus")
