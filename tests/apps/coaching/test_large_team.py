"""A team of ten thousand: every athlete exactly once, at the cost of a team of ten."""

import csv
import io
import re
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from apps.coaching import panel_csv
from apps.coaching.live.rights import Look, PageState, page_states
from apps.coaching.panel import PanelQuery, look_at_panel
from apps.coaching.panel_csv import PAGE, panel_file
from apps.coaching.services.teams import create_team
from apps.common.actor import Wall, acting_as
from apps.insights.announcing import announce_panel
from apps.insights.models import PanelRow
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.test_live import cookie, open_page
from tests.apps.matrix.standing import admin
from tests.conftest import make_person
from tests.live import Live

SIZE = 10_000
GROUPS = ("needs_a_look", "silent", "due_soon", "steady")
# Two of each name and a quarter in each group, in an order that is none of those asked for.
FILL = """
WITH person AS (
  INSERT INTO accounts_user (id, password, email, display_name, zone, is_active, is_staff, joined_at)
  SELECT gen_random_uuid(), '!', gen_random_uuid() || '@example.org',
         'Athlete ' || lpad((n / 2)::text, 5, '0'), 'UTC', true, false, now()
  FROM generate_series(0, %(size)s::int - 1) n
  RETURNING id, display_name),
numbered AS (SELECT id, (row_number() OVER (ORDER BY id)) %% 4 AS place FROM person),
granted AS (
  INSERT INTO coaching_consentgrant (athlete_id, id, team_id, invitation_id, categories,
    text_version, text_digest, granted_at, ends_at)
  SELECT id, gen_random_uuid(), %(team)s::uuid, gen_random_uuid(),
         '{sessions,loading,reminders}', '2027-02', '', now(), now() + interval '1 year'
  FROM person)
INSERT INTO insights_panelrow (athlete_id, category, part, severity, since, band, codes, marks,
  next_due_on, last_data_at, as_of, updated_at)
SELECT n.id, c.category,
  jsonb_build_object('band', 'mixed', 'sparkline', '[]'::jsonb, 'facts', '{}'::jsonb,
    'reasons', CASE WHEN r.code IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object(
      'code', r.code, 'sentence', r.code || ' 1 d', 'number', 1, 'unit', 'd', 'baseline', NULL,
      'severity', r.severity, 'record_ids', '[]'::jsonb, 'since', '2026-11-01')) END),
  coalesce(r.severity, 0), CASE WHEN r.code IS NOT NULL THEN date '2026-11-01' END, 'mixed',
  CASE WHEN r.code IS NULL THEN '{}' ELSE ARRAY[r.code] END,
  CASE WHEN r.severity >= 2 THEN ARRAY[r.code || '@2026-11-01'] ELSE '{}' END,
  NULL, now() - CASE WHEN n.place = 1 THEN interval '9 days' ELSE interval '5 hours' END,
  now()::date, now()
FROM numbered n
CROSS JOIN unnest(ARRAY['sessions', 'loading', 'reminders']) AS c (category)
LEFT JOIN (VALUES (0, 'loading', 'loading_gap', 2), (2, 'reminders', 'vitd_retest_due', 1))
  AS r (place, category, code, severity) ON r.place = n.place AND r.category = c.category
"""
ATHLETES = "SELECT athlete_id FROM coaching_consentgrant WHERE team_id = %(team)s"
# The other teams are small, as most are: plans are made for any team.
SMALL = """
WITH team AS (
  INSERT INTO coaching_team (id, name, created_at)
  SELECT gen_random_uuid(), 'Small ' || n, now() FROM generate_series(1, 2000) n RETURNING id)
INSERT INTO coaching_consentgrant (athlete_id, id, team_id, invitation_id, categories,
  text_version, text_digest, granted_at, ends_at)
SELECT gen_random_uuid(), gen_random_uuid(), id, gen_random_uuid(), '{sessions}', '2027-02', '',
       now(), now() + interval '1 year'
FROM team
"""
SETTLE = "ANALYZE insights_panelrow, coaching_consentgrant, coaching_team, accounts_user"


# Whoever sweeps through everybody after these tests would be long on the way.
LEAVE = """
DELETE FROM coaching_accessplace WHERE athlete_id = ANY(%(athletes)s);
DELETE FROM coaching_assignment WHERE athlete_id = ANY(%(athletes)s);
DELETE FROM insights_panelrow WHERE athlete_id = ANY(%(athletes)s);
DELETE FROM coaching_consentgrant g USING coaching_team t
  WHERE t.id = g.team_id AND (t.id = %(team)s OR t.name LIKE 'Small %%');
DELETE FROM coaching_team WHERE name LIKE 'Small %%';
DELETE FROM accounts_user WHERE id = ANY(%(athletes)s);
"""


@dataclass
class Crowd:
    """A team, and who is in it."""

    squad: Squad
    athletes: frozenset[UUID]


@contextmanager
def crowd_of(size: int) -> Iterator[Crowd]:
    """Lend a team of so many athletes, who leave no trace but who looked at them."""
    coach = make_person("Kim Coach")
    squad = Squad(coach, create_team(head=coach.user, name="The club", now=timezone.now()))
    # The superuser: taking the walls off locks tables that the live process is reading.
    with admin() as connected, connected.transaction():
        connected.execute(SMALL)
        connected.execute(FILL, {"size": size, "team": squad.team.id})
        found = connected.execute(ATHLETES, {"team": squad.team.id}).fetchall()
        connected.execute(SETTLE)
    athletes = frozenset(row[0] for row in found)
    yield Crowd(squad, athletes)
    with admin() as connected, connected.transaction():
        params = {"team": squad.team.id, "athletes": list(athletes)}
        for statement in LEAVE.strip().split(";\n"):
            connected.execute(statement.encode(), params)


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    """Ten thousand, for all tests here."""
    with crowd_of(SIZE) as made:
        yield made


def paged(crowd: Crowd, **query: str) -> Iterator[dict[str, Any]]:
    """Yield the pages of the API from the first to the last."""
    while True:
        answer = crowd.squad.coach.get(crowd.squad.panel, limit="200", **query)
        assert answer.status_code == 200, answer.content
        page = answer.json()
        yield page
        if page["next_cursor"] is None:
            return
        query["cursor"] = page["next_cursor"]


def filed(crowd: Crowd) -> Iterator[list[dict[str, str]]]:
    """Yield the rows of the file, piece by piece."""
    pieces = panel_file(
        viewer=crowd.squad.coach.user,
        team_id=crowd.squad.team.id,
        query=PanelQuery(sort="name"),
        now=timezone.now(),
    )
    header = next(pieces)
    for piece in pieces:
        yield list(csv.DictReader(io.StringIO(header + piece)))


class TestPanel:
    def test_pages_through_everybody_once_in_order(self, crowd: Crowd) -> None:
        seen: list[UUID] = []
        groups: list[str] = []
        for page in paged(crowd):
            assert page["counts"] == dict.fromkeys(GROUPS, SIZE // 4)
            assert page["size"] == SIZE
            seen += [UUID(row["athlete_id"]) for row in page["rows"]]
            groups += [row["group"] for row in page["rows"]]
        assert len(seen) == SIZE
        assert set(seen) == crowd.athletes
        assert groups == [group for group in GROUPS for _ in range(SIZE // 4)]

    def test_finds_a_name_and_a_group(self, crowd: Crowd) -> None:
        [page] = paged(crowd, q="ATHLETE 04999")
        assert [row["name"] for row in page["rows"]] == ["Athlete 04999"] * 2
        assert sum(page["counts"].values()) == 2
        first = next(paged(crowd, group="silent"))
        assert {row["group"] for row in first["rows"]} == {"silent"}
        assert first["counts"]["silent"] == SIZE // 4

    @pytest.mark.parametrize("query", [PanelQuery(), PanelQuery(sort="name", limit=200)])
    def test_costs_as_many_statements_as_a_team_of_ten(
        self, crowd: Crowd, sql_statements: Callable[[], Any], query: PanelQuery
    ) -> None:
        costs = []
        with crowd_of(10) as small:
            for squad in (small.squad, crowd.squad):
                with sql_statements() as statements:
                    look_at_panel(
                        viewer=squad.coach.user,
                        team_id=squad.team.id,
                        query=query,
                        now=timezone.now(),
                    )
                costs.append(len(statements))
        assert costs[0] == costs[1]


class TestWall:
    def test_reads_nobody_else_to_know_who_shares(self, crowd: Crowd) -> None:
        """However many the planner expects to share: of many it would rather hash everybody."""
        with acting_as(crowd.squad.coach.id, wall=Wall.COACH), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_nestloop = off")
            cursor.execute("EXPLAIN SELECT * FROM insights_panelrow")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "on accounts_user" in plan
        assert "Seq Scan on accounts_user" not in plan


class TestFile:
    def test_holds_everybody_once_in_order(self, crowd: Crowd) -> None:
        seen: Counter[UUID] = Counter()
        names: list[str] = []
        for rows in filed(crowd):
            assert len(rows) <= PAGE
            seen.update(UUID(row["athlete_id"]) for row in rows)
            names += [row["name"] for row in rows]
        assert set(seen) == crowd.athletes
        assert set(seen.values()) == {1}
        assert names == sorted(names)

    def test_takes_the_memory_of_a_page_however_many_come(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As many pages, of fewer each: memory that is watched is slow."""
        size = SIZE // 10
        monkeypatch.setattr(panel_csv, "PAGE", PAGE // 10)
        peaks: list[int] = []
        with crowd_of(size) as small:
            pages = filed(small)
            tracemalloc.start()
            try:
                for rows in pages:
                    assert len(rows) <= PAGE // 10
                    del rows
                    peaks.append(tracemalloc.get_traced_memory()[1])
                    tracemalloc.reset_peak()
            finally:
                tracemalloc.stop()
        assert len(peaks) == SIZE // PAGE
        assert max(peaks[2:]) < 2 * max(peaks[:2])


class TestPage:
    def test_leads_on_through_its_pages(self, crowd: Crowd) -> None:
        seen: list[str] = []
        path = crowd.squad.page
        for _ in range(4):
            answer = crowd.squad.coach.page.get(path)
            assert answer.status_code == 200
            html = answer.content.decode()
            assert f"{SIZE} athletes" in html
            seen += re.findall(r'data-row="([0-9a-f-]{36})"', html)
            [path] = re.findall(r'href="([^"]+)" rel="next"', html)
            path = path.replace("&amp;", "&")
        assert len(set(seen)) == len(seen) == 400
        assert {UUID(one) for one in seen} <= crowd.athletes

    def test_of_settings_assigns_any_number_of_them(self, crowd: Crowd) -> None:
        assistant = make_person("Assistant")
        before = timezone.now() - timedelta(days=1)
        crowd.squad.team.members.create(user=assistant.user, role="assistant", joined_at=before)
        told = {"coach": str(assistant.id), "athletes": sorted(map(str, crowd.athletes))[:1500]}
        path = f"{crowd.squad.page}/do/assign"
        answer = crowd.squad.coach.page.post(path, told, follow=True)
        assert answer.status_code == 200
        assert "1500 assigned." in answer.content.decode()

    def test_of_news_hears_of_any_of_them(self, crowd: Crowd) -> None:
        session = cookie(crowd.squad.coach.page)["Cookie"].partition("=")[2]
        look = Look(session, crowd.squad.team.id)
        before = page_states([look])[look]
        assert isinstance(before, PageState)
        assert before.athletes == crowd.athletes
        with acting_as(min(crowd.athletes)):
            PanelRow.objects.filter(athlete_id=min(crowd.athletes)).update(
                updated_at=timezone.now()
            )
        assert page_states([look])[look] != before


@pytest.mark.processes
class TestOpenPage:
    def test_is_told_of_each_of_them(self, live: Live, crowd: Crowd) -> None:
        with open_page(live, crowd.squad) as page:
            for athlete_id in (min(crowd.athletes), max(crowd.athletes)):
                known = page.count("panel")
                with acting_as(athlete_id):
                    announce_panel(athlete_id)
                page.tells("panel", beyond=known)
