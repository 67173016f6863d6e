"""A closed account's grants are dead in the database as well, without the app."""

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.coaching.services.teams import create_team
from apps.common.actor import Wall, acting_as
from tests.apps.coaching.conftest import Squad, fill_panel
from tests.apps.matrix.records import CANARIES, sync_everything
from tests.conftest import make_person

TABLES = ("sync_record", "sync_log", "sync_feed", "insights_panelrow", "insights_loadday")


@pytest.mark.parametrize("who", ["athlete", "coach"])
def test_show_no_row_to_the_coachs_role(who: str) -> None:
    athlete, coach = make_person("Aiko Ito"), make_person("Kim Coach")
    squad = Squad(coach, create_team(head=coach.user, name="Team", now=timezone.now()))
    sync_everything(athlete, CANARIES)
    with acting_as(athlete.id), connection.cursor() as cursor:
        cursor.execute("DELETE FROM insights_panelrow; DELETE FROM insights_loadday")
    fill_panel(athlete)
    squad.join(athlete)
    closed = athlete if who == "athlete" else coach
    User.objects.filter(pk=closed.id).update(is_active=False)
    with acting_as(coach.id, wall=Wall.COACH), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE athlete_id = %s", [athlete.id])
            assert cursor.fetchone() == (0,), table
