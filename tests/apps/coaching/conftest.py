"""A team, its coach, and athletes whose panel rows are known."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connections
from django.utils import timezone

from apps.coaching.categories import Category
from apps.coaching.models import AccessPlace, ConsentGrant, Team
from apps.coaching.services.consent import accept_invitation
from apps.coaching.services.invitations import invite
from apps.coaching.services.teams import create_team
from apps.common.actor import acting_as
from apps.common.limits import _shared
from apps.insights.models import LoadDay, PanelRow
from tests.browsing import axe as axe
from tests.browsing import beside as beside
from tests.browsing import browser as browser
from tests.conftest import Person, make_person

EVERYTHING = frozenset(Category) - {Category.LABS_STATUS}  # a lesser level of lab results
# What a panel row says of each category; every word stands in no template.
CANARY = {
    "sessions": "CANARYSESSIONS 3 of the last 28 days",
    "loading": "CANARYLOADING +62 % in 7 days against own mean 410",
    "strength": "CANARYSTRENGTH grip 31.7317 kg",
    "body_composition": "CANARYBODY 51.7317 kg",
    "labs": "CANARYLABS 41.7317 nmol/l",
    "labs_status": "CANARYSTATUS outside",
    "dxa": "CANARYDXA -2.7317",
    "injuries": "CANARYINJURY tibia",
    "cycle": "CANARYCYCLE none for 61.7317 d",
    "energy": "CANARYENERGY moderate",
    "reminders": "CANARYRETEST overdue 19 d",
}


@dataclass
class Squad:
    """A team and its head coach."""

    coach: Person
    team: Team

    @property
    def page(self) -> str:
        """Address of the roster page."""
        return f"/coach/teams/{self.team.id}"

    @property
    def panel(self) -> str:
        """Address of the panel in the API."""
        return f"/v1/teams/{self.team.id}/panel"

    def one(self, athlete_id: UUID) -> str:
        """Return the address of one athlete in the API."""
        return f"/v1/teams/{self.team.id}/athletes/{athlete_id}"

    def join(
        self, athlete: Person, categories: frozenset[str] = EVERYTHING, *, days: int = 30
    ) -> ConsentGrant:
        """Let an athlete share with the team."""
        now = timezone.now()
        invited = invite(
            coach=self.coach.user,
            team_id=self.team.id,
            categories=EVERYTHING,
            purpose="Season planning",
            now=now,
        )
        return accept_invitation(
            athlete=athlete.user,
            secret=invited.code,
            categories=categories,
            ends_at=now + timedelta(days=days),
            now=now,
        )


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Let each test count its own guesses."""
    _shared().storage.reset()


def leave_nobody_to_tell() -> None:
    """Let no athlete of earlier tests wait to be told who looked: who waits longest is first."""
    AccessPlace.objects.exclude(due_at=None).update(due_at=None)


@pytest.fixture
def nobody_to_tell() -> None:
    """Let a test tell of its own looks alone."""
    leave_nobody_to_tell()


@pytest.fixture
def squad() -> Squad:
    """A coach with a team of nobody yet."""
    coach = make_person("Kim Coach")
    return Squad(coach, create_team(head=coach.user, name="Middle distance", now=timezone.now()))


@pytest.fixture
def other_squad() -> Squad:
    """Another coach with another team."""
    coach = make_person("Olu Other")
    return Squad(coach, create_team(head=coach.user, name="Throwers", now=timezone.now()))


def reason(code: str, sentence: str, *, severity: int = 2) -> dict[str, Any]:
    """Return a reason as it is stored."""
    return {
        "code": code,
        "sentence": sentence,
        "number": 1.0,
        "unit": "d",
        "baseline": None,
        "severity": severity,
        "record_ids": [],
        "since": "2026-11-01",
    }


def fill_panel(
    athlete: Person, *, last_data_at: datetime | None = None, reasons: bool = True
) -> None:
    """Write the athlete's panel rows, one canary per category, and a loading day."""
    now = timezone.now()
    facts = {
        "sessions": {"sessions_7d": "777001", "minutes_7d": "777002", "covered_days": "28"},
        "loading": {"blu_7d": "777003"},
        "labs": {"vitd_25oh": "41.7317 nmol/l", "vitd_25oh_on": "2019-10-05"},
        "reminders": {"open": "1", "next_due_on": "2031-11-05"},
    }
    sparkline = [100.0] * 9 + [777003.0]
    with acting_as(athlete.id):
        PanelRow.objects.bulk_create(
            PanelRow(
                athlete_id=athlete.id,
                category=category,
                part={
                    "band": "review",
                    "reasons": [reason(f"{category}_code", sentence)] if reasons else [],
                    "sparkline": sparkline if category == "loading" else [],
                    "facts": facts.get(category, {}),
                },
                last_data_at=last_data_at or now - timedelta(hours=6),
                as_of=now.date(),
                updated_at=now,
            )
            for category, sentence in CANARY.items()
        )
        LoadDay.objects.create(
            athlete_id=athlete.id,
            local_date=now.date(),
            blu=777003.0,
            blu_by_tier={"A": 1.0},
            day_class="high",
            heavy_day=False,
            cycles_ge_2bw=100.0,
            cycles_ge_3bw=80.0,
            heavy_reps=0,
            minutes=777045.0,
            srpe_au=300.0,
            volume_kg=0.0,
            sessions=1,
            last_loading_end=datetime.combine(date(2026, 11, 1), datetime.min.time(), UTC),
        )


@pytest.fixture
def filled() -> Callable[[str], Person]:
    """Make an athlete whose panel rows hold the canaries."""

    def make(name: str = "Aiko Ito") -> Person:
        person = make_person(name)
        fill_panel(person)
        return person

    return make


@pytest.fixture
def owner_sql() -> Callable[..., None]:
    """Run a statement as the owner of the tables, past every wall of the app."""
    config = connections["owner"].get_connection_params()
    config.pop("cursor_factory", None)
    config.pop("context", None)

    def run(statement: str, *params: object) -> None:
        with psycopg.connect(**config, autocommit=True) as connection:
            connection.execute(statement, params or None)

    return run
