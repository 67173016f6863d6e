"""Row-level security stands on every table with personal rows, or is on the written list."""

import uuid

import pytest
from django.db import connection, connections
from django.utils import timezone

from apps.common.actor import acting_as
from apps.insights.services.recompute import recompute_athlete
from tests.apps.insights.recordings import decide
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.sync.test_push import workout
from tests.conftest import Person
from tests.faults.switch import limits_of_operation
from tests.words import said

# Markers: ids and numbers that sweeps over everybody must see; nothing of health.
OPEN = {
    "recompute_queue", "insights_published", "reminders_delivery", "reminders_attempt",
    "uploads_look", "coaching_accessplace", "coaching_consentplace",
}  # fmt: skip
PERSONAL_COLUMNS = ("athlete_id",)
FEED = ("sync_feed", "sync_record", "sync_log", "sync_device_feed")
READ_MODELS = (
    "sessionload", "loadday", "observation", "summary", "panelrow", "sessionsource", "fusion",
    "fusionmember", "fusiondecision", "measured",
)  # fmt: skip


def fetch(statement: str) -> list[tuple[object, ...]]:
    """Run a statement as the app's role."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


class TestCatalogue:
    def test_every_personal_table_is_behind_the_wall(self) -> None:
        tables = fetch(
            "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, "
            "  (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) "
            "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relkind IN ('r', 'p') AND a.attname = 'athlete_id' AND NOT a.attisdropped "
            "  AND c.relnamespace = 'public'::regnamespace"
        )
        assert len(tables) >= 12
        bare = {name for name, walled, policies in tables if not walled or not policies}
        assert bare == OPEN

    def test_the_app_can_not_pass_by(self) -> None:
        roles = fetch(
            "SELECT rolname, rolsuper, rolbypassrls, rolinherit FROM pg_roles "
            "WHERE rolname IN ('mechanostat_app', 'mechanostat_coach') ORDER BY 1"
        )
        assert [row[1:3] for row in roles] == [(False, False), (False, False)]
        assert roles[0] == ("mechanostat_app", False, False, False)
        owned = fetch("SELECT count(*) FROM pg_tables WHERE tableowner = 'mechanostat_app'")
        assert owned == [(0,)]

    def test_limits_of_the_role_hold(self) -> None:
        with limits_of_operation():
            assert fetch("SHOW synchronous_commit") == [("on",)]
            assert fetch("SHOW lock_timeout") == [("3s",)]
            assert fetch("SHOW idle_in_transaction_session_timeout") == [("10s",)]


class TestOwnRows:
    @pytest.fixture
    def filled(self, athlete: Person) -> Person:
        recorded = [workout(source={"system": system}) for system in ("fit", "hevy")]
        page = athlete.sync(
            [*recorded, decide(athlete, *recorded, word="same"), vitamin_d()]
        ).json()["page"]
        athlete.sync([], cursor=page["cursor"])
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        return athlete

    def tables(self) -> list[str]:
        return [*FEED, *(f"insights_{t}" for t in READ_MODELS)]

    def test_are_all_a_person_sees(self, filled: Person, stranger: Person) -> None:
        for table in self.tables():
            query = f"SELECT count(*) FROM {table} WHERE athlete_id = '{filled.id}'"
            assert fetch(query) == [(0,)], f"{table} shows rows to nobody"
            with acting_as(stranger.id):
                assert fetch(query) == [(0,)], f"{table} shows rows to a stranger"
            with acting_as(filled.id):
                assert fetch(query) != [(0,)], f"{table} hides rows from their owner"

    def test_can_not_be_written_for_somebody_else(self, filled: Person, stranger: Person) -> None:
        with acting_as(stranger.id):
            changed = connection.cursor()
            changed.execute(
                "UPDATE insights_loadday SET blu = 0 WHERE athlete_id = %s", [filled.id]
            )
            assert changed.rowcount == 0
            changed.close()

    def test_the_setting_does_not_outlive_its_transaction(self, filled: Person) -> None:
        with acting_as(filled.id):
            assert fetch("SELECT count(*) FROM sync_feed") == [(1,)]
        assert fetch("SELECT coalesce(current_setting('mechanostat.actor', true), '')") == [("",)]
        assert fetch("SELECT current_user") == [("mechanostat_app",)]


class TestAppAlone:
    def test_a_stranger_gets_nothing_with_the_policies_off(
        self, athlete: Person, stranger: Person
    ) -> None:
        recorded = [
            workout(note="CANARY-41.7317", source={"system": one}) for one in ("fit", "hevy")
        ]
        athlete.sync([*recorded, vitamin_d(41.7317)])
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        record = f"records/{recorded[0]['id']}"
        reads = (
            "changes",
            "digest",
            record,
            f"{record}/versions",
            "summary",
            "workouts",
            "fusions",
        )
        tables = [*FEED, *(f"insights_{t}" for t in READ_MODELS)]
        with connections["owner"].cursor() as cursor:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        try:
            seen = b"".join(
                stranger.get(f"/v1/athletes/{who}/{what}").content
                for who in (athlete.id, "me")
                for what in (*reads, "observations?code=vitd_25oh")
            )
            place = {"athlete": str(athlete.id)}
            asked = {"protocol": 1, "request": str(uuid.uuid4()), "feeds": [place]}
            seen += stranger.post("/v1/feeds/changes", asked).content.replace(
                str(athlete.id).encode(), b"the id asked for"
            )
            seen += stranger.get("/v1/feeds/heads").content
            seen += stranger.page.get("/me").content + stranger.sync([]).content
        finally:
            with connections["owner"].cursor() as cursor:
                for table in tables:
                    cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            connections["owner"].close()
        assert "41.7317" not in said(seen.decode())
        assert str(athlete.id).encode() not in seen
