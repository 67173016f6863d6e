"""A coach's panel: 200 athletes of a team, among a thousand people and among a hundred thousand.

The thousand are measured once, before the others are there; the ratio says whether a panel costs more
because of people who are nobody's business of the coach.
"""

import http.client
import os
import statistics
import time
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from apps.accounts.models import User
from apps.coaching.panel import MAX_PAGE, PanelQuery, look_at_panel
from apps.coaching.services.teams import create_team
from bench.figures import Reading, quantile
from bench.people import Phone, new_phone
from bench.stage import Stage

TEAM, FEW = 200, 1_000
WARM = 5

# People with the panel rows that a recompute writes: five shared categories, a reason for every third.
PEOPLE = """
WITH person AS (
  INSERT INTO accounts_user (id, password, email, display_name, zone, is_active, is_staff, joined_at)
  SELECT gen_random_uuid(), '!', gen_random_uuid() || '@bench.invalid', 'Athlete ' || n, 'UTC',
         true, false, %(now)s
  FROM generate_series(1, %(people)s) n RETURNING id, display_name),
granted AS (
  INSERT INTO coaching_consentgrant (athlete_id, id, team_id, invitation_id, categories,
    text_version, text_digest, granted_at, shared_since, ends_at)
  SELECT id, gen_random_uuid(), %(team)s, gen_random_uuid(),
         '{sessions,loading,strength,labs,reminders}', '2027-02', '', %(now)s, %(now)s,
         %(now)s + interval '1 year'
  FROM person),
marked AS (
  INSERT INTO coaching_mark (athlete_id, id, team_id, shared_since, author_id, kind, reasons, ending,
    note, made_at)
  SELECT id, gen_random_uuid(), %(team)s, %(now)s, %(coach)s, 'reviewed',
         '{loading_gap@2026-01-05}', 'monitor', '', %(now)s
  FROM person CROSS JOIN generate_series(1, 2) WHERE hashtext(id::text) %% 3 = 0)
INSERT INTO insights_panelrow (athlete_id, category, part, severity, since, band, codes, marks,
  next_due_on, last_data_at, as_of, updated_at)
SELECT p.id, c.category,
  jsonb_build_object('band', 'mixed', 'reasons', CASE WHEN r.is_raised THEN jsonb_build_array(
      jsonb_build_object('code', 'loading_gap', 'sentence', '0 days with bone-specific loading in '
        'the last 14, against own 2.3 a week in the 6 weeks before', 'number', 0, 'unit', 'd',
        'baseline', 2.3, 'severity', 2, 'record_ids', '[]'::jsonb, 'since', '2026-01-05'))
      ELSE '[]'::jsonb END,
    'sparkline', CASE c.category WHEN 'loading' THEN '[1,2,3,4,5,6,7,8,9,10]'::jsonb
      ELSE '[]'::jsonb END,
    'facts', jsonb_build_object('covered_days', '27', 'sessions_7d', '4', 'minutes_7d', '210')),
  CASE WHEN r.is_raised THEN 2 ELSE 0 END, CASE WHEN r.is_raised THEN date '2026-01-05' END, 'mixed',
  CASE WHEN r.is_raised THEN '{loading_gap}'::text[] ELSE '{}' END,
  CASE WHEN r.is_raised THEN '{loading_gap@2026-01-05}'::text[] ELSE '{}' END,
  NULL, %(now)s - interval '5 hours', %(now)s::date, %(now)s
FROM person p
CROSS JOIN unnest(ARRAY['sessions', 'loading', 'strength', 'labs', 'reminders']) AS c (category)
CROSS JOIN LATERAL (
  SELECT c.category = 'loading' AND hashtext(p.id::text) %% 2 = 0 AS is_raised) r
"""
SETTLED = (
    "VACUUM ANALYZE insights_panelrow, coaching_consentgrant, coaching_mark, coaching_teammember, "
    "coaching_team, accounts_user"
)


def of_a_team(stage: Stage) -> list[Reading]:
    """P7: median time of the API's answer among many people against that among a thousand."""
    coach, team_id, few = _few(stage)
    _many(stage)
    many = _asked(stage, coach, team_id)
    api_ms, page_ms = many["api"], many["page"]
    return [
        Reading("P7", statistics.median(api_ms) / few, {
            "people": stage.scale.panel_people, "few_ms": few, "ms": statistics.median(api_ms),
            "p99_ms": quantile(api_ms, 0.99), "page_ms": statistics.median(page_ms),
            "page_p99_ms": quantile(page_ms, 0.99),
            "statements": _statements(coach.athlete_id, team_id)}),
    ]  # fmt: skip


@cache
def _few(stage: Stage) -> tuple[Phone, UUID, float]:
    """Make a coach, a team and a thousand people; return the API's median in milliseconds."""
    coach = new_phone()
    head = User.objects.get(pk=coach.athlete_id)
    team = create_team(head=head, name="Bench", now=timezone.now())
    _fill(stage, TEAM, team_id=team.id, coach=coach)
    _fill(stage, FEW - TEAM, team_id=_elsewhere(), coach=coach)
    return coach, team.id, statistics.median(_asked(stage, coach, team.id)["api"])


@cache
def _many(stage: Stage) -> None:
    """Add teams of other coaches until so many people are there."""
    coach = new_phone()
    for _ in range((stage.scale.panel_people - FEW) // FEW):
        _fill(stage, FEW, team_id=_elsewhere(), coach=coach)
    with stage.admin() as database:
        database.execute(SETTLED)


def _elsewhere() -> UUID:
    head = User.objects.get(pk=new_phone().athlete_id)
    return create_team(head=head, name="Elsewhere", now=timezone.now()).id


def _fill(stage: Stage, people: int, *, team_id: UUID, coach: Phone) -> None:
    given = {"people": people, "team": team_id, "coach": coach.athlete_id, "now": timezone.now()}
    with stage.admin() as database:
        database.execute(PEOPLE, given)
        if people <= FEW - TEAM:  # the loop of `_many` does it once
            database.execute(SETTLED)


def _asked(stage: Stage, coach: Phone, team_id: UUID) -> dict[str, list[float]]:
    """Return the milliseconds of each answer, of the API and of the page in turns."""
    browser = Client()
    with override_settings(SECRET_KEY=os.environ["SECRET_KEY"]):  # the web processes' own
        browser.force_login(User.objects.get(pk=coach.athlete_id))
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    addresses: dict[str, tuple[str, dict[str, str]]] = {
        "api": (
            f"/v1/teams/{team_id}/panel?limit={MAX_PAGE}",
            {"Authorization": f"Bearer {coach.token}"},
        ),
        "page": (
            f"/coach/teams/{team_id}",
            {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"},
        ),
    }
    taken: dict[str, list[float]] = {name: [] for name in addresses}
    web = http.client.HTTPConnection("127.0.0.1", stage.port, timeout=60)
    for number in range(WARM + stage.scale.panel_looks):
        for name, (path, headers) in addresses.items():
            started = time.perf_counter()
            web.request("GET", path, headers={"Host": "127.0.0.1", **headers})
            answer = web.getresponse()
            body = answer.read()
            if answer.status != 200 or body.count(b"Athlete ") < TEAM:
                raise RuntimeError(f"No panel of {TEAM} at {path}: {answer.status}")
            if number >= WARM:
                taken[name].append(1e3 * (time.perf_counter() - started))
    web.close()
    return taken


def _statements(coach_id: UUID, team_id: UUID) -> int:
    statements: list[Any] = []

    def note(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        statements.append(statement)
        return execute(statement, params, many, context)

    with connection.execute_wrapper(note):
        look_at_panel(
            viewer=User.objects.get(pk=coach_id),
            team_id=team_id,
            query=PanelQuery(limit=MAX_PAGE),
            now=timezone.now(),
        )
    return len(statements) - 1  # without the one that found the coach
