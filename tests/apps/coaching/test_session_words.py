"""What a coach reads of one session."""

from apps.coaching.pages.sessions import session_of


class TestSession:
    def test_rounds_halves_away_from_zero(self) -> None:
        body = {
            "local_date": "2026-05-01",
            "activity": "running",
            "distance_m": 5125,
            "hr_avg": 140.5,
        }
        plank = {"exercise": "plank", "sets": [{"duration_s": 62.5}]}
        told = session_of(body | {"exercises": [plank]})
        assert told.facts == (("Distance", "5.13 km"), ("Heart rate, mean", "141 a minute"))
        assert told.exercises[0].sets == "63 s"
