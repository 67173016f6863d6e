"""The cast of the authorization matrix: one athlete with everything, and who may see what of it."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.coaching.categories import Category
from apps.coaching.models import Team
from apps.coaching.services.consent import accept_invitation, end_grant, narrow_grant, pause_grant
from apps.coaching.services.invitations import invite
from apps.coaching.services.teams import create_team
from apps.common.actor import acting_as
from apps.insights.models import LoadDay, PanelRow
from apps.insights.services.recompute import recompute_athlete
from tests.apps.coaching.conftest import fill_panel
from tests.apps.insights.recordings import put
from tests.apps.integrations.third_party import ThirdParty
from tests.apps.uploads.sending import sha256, store
from tests.conftest import Person, make_person

FULL = frozenset(Category) - {Category.LABS_STATUS}
DEFAULT = frozenset({Category.SESSIONS, Category.LOADING})
# Who is asked, in the order of the columns.
ACTORS = (
    "A0",  # nobody
    "OW",  # the athlete
    "OT",  # another athlete
    "KD",  # a coach with the usual grant: sessions and loading
    "KL",  # a coach with laboratory values, too
    "KS",  # a coach with the status of laboratory results only
    "KA",  # a coach with everything that can be shared
    "KN",  # a coach whose grant was everything and was narrowed to sessions
    "K0",  # a coach of a team the athlete shares with, who joined after that
    "KU",  # an assistant there, to whom the athlete is not assigned
    "KP",  # a coach whose grant is paused
    "KR",  # a coach whose grant was ended
    "TM",  # a third party with all scopes
    "TN",  # a third party without the scope
    "TX",  # a third party of another athlete
    "AD",  # staff
)
COACHES = ("KD", "KL", "KS", "KA", "KN", "K0", "KU", "KP", "KR")
GRANTED: dict[str, frozenset[Category]] = {
    "KD": DEFAULT,
    "KL": DEFAULT | {Category.LABS},
    "KS": DEFAULT | {Category.LABS_STATUS},
    "KA": FULL,
    "KN": frozenset({Category.SESSIONS}),
}
# Words that stand in one record each, in a field that its category opens.
CANARY: dict[str, str] = {
    "workout_session": "CANARY-SESSION",
    "lab_result": "CANARY-LAB",
    "strength_test": "CANARY-STRENGTH",
    "body_composition": "CANARY-BODY",
    "dxa_scan": "CANARY-DXA",
    "injury": "CANARY-INJURY",
    "cycle_log": "2026-01-13",
    "energy_screen": "CANARY-ENERGY",
    "intake_log": "CANARY-INTAKE",
    "medication": "CANARY-MEDICATION",
    "goal": "CANARY-GOAL",
    "athlete_profile": "CANARY-PROFILE",
}
A_FILE = b"a report of the laboratory, CANARY-FILE"
NOTE = "CANARY-NOTE"  # a word to oneself, in each of them
OPENS = {
    "workout_session": Category.SESSIONS,
    "lab_result": Category.LABS,
    "strength_test": Category.STRENGTH,
    "body_composition": Category.BODY_COMPOSITION,
    "dxa_scan": Category.DXA,
    "injury": Category.INJURIES,
    "cycle_log": Category.CYCLE,
}


@dataclass
class Cast:
    """Everybody, with the ids that addresses name."""

    people: dict[str, Person]
    teams: dict[str, Team]
    tokens: dict[str, str]
    records: dict[str, str]
    sha256: str
    grants: dict[str, uuid.UUID] = field(default_factory=dict)

    @property
    def owner(self) -> Person:
        """The athlete it is about."""
        return self.people["OW"]

    def ask(self, actor: str, method: str, path: str, body: object = None) -> Any:
        """Make a request of the API as an actor."""
        headers = {"Authorization": f"Bearer {self.token(actor)}"} if actor != "A0" else {}
        call = getattr(Client(), method.lower())
        if method in ("GET", "DELETE"):
            answer = call(path, headers=headers)
        else:
            answer = call(path, body, content_type="application/json", headers=headers)
        answer.close()
        return answer

    def token(self, actor: str) -> str:
        """Return what an actor shows to the API."""
        return self.tokens[actor] if actor in self.tokens else self.people[actor].token

    def browse(self, actor: str, path: str) -> Any:
        """Open a page as an actor; third parties have none."""
        return Client().get(path) if actor == "A0" else self.people[actor].page.get(path)

    def team_of(self, actor: str) -> uuid.UUID:
        """Return the coach's team; for anybody else the default coach's."""
        return self.teams.get(actor, self.teams["KD"]).id


def assemble() -> Cast:
    """Return the cast, with every grant as its actor has it."""
    owner = make_person("Owner Athlete")
    records = _filled(owner)
    store(owner, A_FILE)
    with acting_as(owner.id):  # what the panel shows is told apart from what the records say
        PanelRow.objects.filter(athlete_id=owner.id).delete()
        LoadDay.objects.filter(athlete_id=owner.id).delete()
    fill_panel(owner)
    people = {"OW": owner, "OT": make_person("Other Athlete"), "AD": make_person("Staff")}
    User.objects.filter(pk=people["AD"].id).update(is_staff=True)
    cast = Cast(people, {}, {}, records, sha256(A_FILE))
    for actor in COACHES:
        cast.people[actor] = make_person(f"Coach {actor}")
        if actor in ("K0", "KU"):  # they join the team of KA, see below
            continue
        cast.teams[actor] = create_team(
            head=cast.people[actor].user, name=f"Team {actor}", now=timezone.now()
        )
        cast.grants[actor] = _let(cast, actor, GRANTED.get(actor, FULL))
    now = timezone.now()
    members = cast.teams["KA"].members
    members.create(user=cast.people["K0"].user, role="head", joined_at=now)
    long_ago = now - timedelta(days=1)
    members.create(user=cast.people["KU"].user, role="assistant", joined_at=long_ago)
    cast.teams |= {"K0": cast.teams["KA"], "KU": cast.teams["KA"]}
    athlete, grants = owner.user, cast.grants
    narrow_grant(athlete=athlete, grant_id=grants["KN"], categories={"sessions"}, now=now)
    pause_grant(athlete=athlete, grant_id=grants["KP"], now=now)
    end_grant(athlete=athlete, grant_id=grants["KR"], now=now)
    party = ThirdParty()
    cast.tokens = {
        "TM": party.connect(owner)["access_token"],
        "TN": party.connect(owner, scope="workouts:read")["access_token"],
        "TX": party.connect(people["OT"])["access_token"],
    }
    return cast


def _let(cast: Cast, actor: str, categories: frozenset[Category]) -> uuid.UUID:
    """Let a coach's team see these categories; everything first where it is narrowed later."""
    asked = FULL if actor == "KN" else categories
    now = timezone.now()
    invited = invite(
        coach=cast.people[actor].user,
        team_id=cast.teams[actor].id,
        categories=asked,
        purpose="Season planning",
        now=now,
    )
    return accept_invitation(
        athlete=cast.owner.user,
        secret=invited.code,
        categories=asked,
        ends_at=now + timedelta(days=30),
        now=now,
    ).id


def _filled(owner: Person) -> dict[str, str]:
    """Sync a record of every type that a person writes; return their ids by type."""
    at, day, say = "2026-02-17T08:00:00+01:00", "2026-02-17", CANARY
    bodies: dict[str, dict[str, Any]] = {
        "workout_session": {
            "started_at": at, "ended_at": "2026-02-17T09:00:00+01:00", "utc_offset_min": 60,
            "local_date": day, "activity": "running", "title": say["workout_session"],
        },
        "lab_result": {
            "analyte": "vitd_25oh", "value": 41.5, "unit": "nmol/L", "status": "final",
            "collected_at": at, "ref_text": say["lab_result"],
        },
        "strength_test": {
            "tested_at": at, "test": "grip", "protocol": say["strength_test"],
            "trials": [{"uid": "t", "value": 31, "unit": "kg"}],
        },
        "body_composition": {
            "measured_at": at, "method": "scale", "mass_kg": 61,
            "muscle_density": {"value": 70, "unit": "HU", "site": say["body_composition"]},
        },
        "dxa_scan": {
            "scanned_at": at, "manufacturer": say["dxa_scan"],
            "site_results": [{"uid": "s", "site": "total_hip", "bmd_g_cm2": 0.81, "t_score": -1.2}],
        },
        "injury": {"kind": "bone_stress", "site": say["injury"], "onset_date": day},
        "cycle_log": {"local_date": say["cycle_log"], "kind": "period_start"},
        "energy_screen": {"answered_at": at, "menses_12mo": 4, "diary": say["energy_screen"]},
        "intake_log": {
            "taken_at": at, "local_date": day, "kind": "food",
            "items": [{"uid": "i", "code": say["intake_log"], "amount": 20, "unit": "g"}],
        },
        "medication": {"code": "other", "name": say["medication"], "started_date": day},
        "goal": {"measure": say["goal"], "direction": "raise"},
        "athlete_profile": {"sex": "female", "zone": "Europe/Oslo", "diary": say["athlete_profile"]},
    }  # fmt: skip
    ops = [
        put(kind, {**body, "note": NOTE}, record=str(owner.id) if kind == "athlete_profile" else None)
        for kind, body in bodies.items()
    ]  # fmt: skip
    answer = owner.sync(ops)
    assert {one["status"] for one in answer.json()["results"]} == {"applied"}, answer.content
    recompute_athlete(athlete_id=owner.id, now=timezone.now())
    return {op["type"]: op["id"] for op in ops}
