"""The cast of the authorization matrix: one athlete with everything, and who may see what of it."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.test import Client
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from apps.accounts.models import User
from apps.coaching.categories import Category
from apps.coaching.models import Team
from apps.coaching.services.consent import accept_invitation, end_grant, narrow_grant, pause_grant
from apps.coaching.services.invitations import invite
from apps.coaching.services.teams import archive_team, create_team
from apps.common.actor import acting_as
from apps.insights.models import LoadDay, PanelRow
from tests.apps.coaching.conftest import fill_panel
from tests.apps.integrations.third_party import ThirdParty
from tests.apps.matrix.records import CANARIES, PLAIN
from tests.apps.matrix.things import MALFORMED, MISSING, Things, of_a_team, of_an_athlete
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
THIRD_PARTIES = ("TM", "TN", "TX")
BROWSERS = tuple(actor for actor in ACTORS if actor not in THIRD_PARTIES)
COACHES = ("KD", "KL", "KS", "KA", "KN", "K0", "KU", "KP", "KR")
GRANTED: dict[str, frozenset[Category]] = {
    "KD": DEFAULT,
    "KL": DEFAULT | {Category.LABS},
    "KS": DEFAULT | {Category.LABS_STATUS},
    "KA": FULL,
    "KN": frozenset({Category.SESSIONS}),
}
# What of things is the asker's, somebody else's, deleted, of nobody, and no id at all.
OWN, FOREIGN, GONE, OF_NOBODY, NO_ID = "own", "foreign", "deleted", "missing", "malformed"
VARIANTS = (OWN, FOREIGN, GONE, OF_NOBODY, NO_ID)
MANY = 200
# What others' runs of workers do at instants of their own reaches older casts: days, tokens.
SHARED_FOR_S = 180


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """What it says."""
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """Return what it says as JSON."""
        return json.loads(self.content)


def whole(response: Any) -> Answer:
    """Read all of a response, and close it."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    response.close()
    return Answer(response.status_code, dict(response.headers), content)


@dataclass
class Cast:
    """Everybody, with what addresses name."""

    people: dict[str, Person]
    owned: Things
    foreign: Things
    teams: dict[str, Things] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    grants: dict[str, uuid.UUID] = field(default_factory=dict)

    @property
    def owner(self) -> Person:
        """The athlete it is about."""
        return self.people["OW"]

    @property
    def ids(self) -> set[uuid.UUID]:
        """Whose rows an address can mean: everybody's, a closed account's and nobody's."""
        apart = {uuid.UUID(self.owned.gone["id"]), uuid.UUID(MISSING)}
        return {person.id for person in self.people.values()} | apart

    @property
    def records(self) -> dict[str, str]:
        """The athlete's records by type."""
        return {kind: self.owned.here[kind] for kind in CANARIES.say}

    def named(self, actor: str, slot: str, variant: str = OWN) -> str:
        """Return what stands in an address for an actor; one's own team is a coach's, to others KD's."""
        mine = self.owned.with_those_of(self.teams.get(actor, self.teams["KD"]))
        known = {OWN: mine.here, FOREIGN: self.foreign.here, GONE: mine.gone}.get(variant)
        if known is None:
            wide = {"sha256": "7" * 64, "before": "7" * 64, "after": "7" * 64}
            return MALFORMED if variant == NO_ID else wide.get(slot, MISSING)
        return known[slot] if slot in known else self.secrets[slot]

    def has(self, slot: str, variant: str) -> bool:
        """Return whether there is such a thing that is somebody else's, or gone."""
        things = {FOREIGN: self.foreign.here, GONE: self.owned.gone | self.teams["KD"].gone}
        return slot in things.get(variant, {slot})

    def team_of(self, actor: str) -> str:
        """Return the coach's team; for anybody else the default coach's."""
        return self.named(actor, "team")

    def ask(
        self, actor: str, method: str, path: str, body: object = None, **headers: str
    ) -> Answer:
        """Make a request of the API as an actor."""
        shown = {"Authorization": f"Bearer {self.token(actor)}"} if actor != "A0" else {}
        kind = headers.pop("kind", "application/json")
        call = getattr(Client(), method.lower())
        if method in ("GET", "HEAD"):
            answer = call(path, headers=shown | headers)
        else:
            answer = call(path, body, content_type=kind, headers=shown | headers)
        return whole(answer)

    def token(self, actor: str) -> str:
        """Return what an actor shows to the API."""
        return self.tokens[actor] if actor in self.tokens else self.people[actor].token

    def browse(
        self, actor: str, path: str, *, method: str = "GET", form: Any = None, **headers: str
    ) -> Answer:
        """Open a page or send a form as an actor; third parties have none."""
        browser = Client() if actor == "A0" else self.people[actor].page
        if method == "GET":
            return whole(browser.get(path, headers=headers))
        return whole(browser.post(path, form or {}, headers=headers))


def the_cast() -> Cast:
    """Return the cast that tests share which change nothing of it; after a while a new one."""
    return _cast_of(int(time.monotonic() // SHARED_FOR_S))


@lru_cache(maxsize=1)
def _cast_of(turn: int) -> Cast:
    return assemble()


def assemble() -> Cast:
    """Return the cast, with every grant as its actor has it."""
    owner, other = make_person("Owner Athlete"), make_person("Other Athlete")
    cast = Cast(
        {"OW": owner, "OT": other, "AD": make_person("Staff")},
        of_an_athlete(owner, CANARIES),
        of_an_athlete(other, PLAIN),
    )
    User.objects.filter(pk=cast.people["AD"].id).update(is_staff=True)
    for person in (owner, other):  # what the panel shows is told apart from what the records say
        with acting_as(person.id):
            PanelRow.objects.filter(athlete_id=person.id).delete()
            LoadDay.objects.filter(athlete_id=person.id).delete()
    fill_panel(owner)
    helpers = {name: make_person(name) for name in ("assistant", "leaver", "left")}
    for actor in COACHES:
        cast.people[actor] = make_person(f"Coach {actor}")
        if actor not in ("K0", "KU"):  # they join the team of KA, see below
            team = _team(cast.people[actor], f"Team {actor}")
            cast.grants[actor] = _let(cast, team, actor, owner)
            cast.teams[actor] = of_a_team(team, cast.people[actor], owner, **helpers)
    _join_late(cast)
    now, grants = timezone.now(), cast.grants
    narrow_grant(athlete=owner.user, grant_id=grants["KN"], categories={"sessions"}, now=now)
    pause_grant(athlete=owner.user, grant_id=grants["KP"], now=now)
    end_grant(athlete=owner.user, grant_id=grants["KR"], now=now)
    cast.owned.here["grant"], cast.owned.gone["grant"] = str(grants["KD"]), str(grants["KR"])
    _add_strangers(cast, other, helpers)
    _connect(cast)
    for person in cast.people.values():
        _ = person.page  # signed in before a test takes a wall away
    return cast


def _team(coach: Person, name: str) -> Team:
    return create_team(head=coach.user, name=name, now=timezone.now())


def _let(cast: Cast, team: Team, actor: str, athlete: Person) -> uuid.UUID:
    """Let a coach's team see what its actor has; everything first where it is narrowed later."""
    asked = FULL if actor == "KN" else GRANTED.get(actor, FULL)
    now = timezone.now()
    told: dict[str, Any] = {"categories": asked, "now": now}
    coach = cast.people[actor].user
    invited = invite(coach=coach, team_id=team.id, purpose="Season planning", **told)
    ends_at = now + timedelta(days=30)
    return accept_invitation(athlete=athlete.user, secret=invited.code, ends_at=ends_at, **told).id


def _join_late(cast: Cast) -> None:
    """Let two more coaches join the team with everything, one of them too late."""
    shared, leaver = cast.teams["KA"], make_person("Leaver")
    members = Team.objects.get(pk=shared.here["team"]).members
    now = timezone.now()
    members.create(user=leaver.user, role="assistant", joined_at=now)
    members.create(user=cast.people["K0"].user, role="head", joined_at=now)
    members.create(user=cast.people["KU"].user, role="assistant", joined_at=now - timedelta(days=1))
    another = Things({"leaver": str(leaver.id)})  # one is gone when the first coach took them out
    cast.teams |= {"K0": shared.with_those_of(another), "KU": shared}


def _add_strangers(cast: Cast, other: Person, helpers: dict[str, Person]) -> None:
    """Add a team nobody of the cast is in, with which the other athlete shares; and closed ones."""
    cast.people["KZ"] = coach = make_person("Coach KZ")
    team = _team(coach, "Team KZ")
    grant = _let(cast, team, "KZ", other)
    far = {name: make_person(f"far {name}") for name in helpers}
    theirs = of_a_team(team, coach, other, **far)
    cast.foreign = cast.foreign.with_those_of(theirs)
    # The first summaries of both say the same, and so have the same name.
    cast.foreign.here |= {"grant": str(grant), "before": cast.foreign.here["after"]}
    archived, closed_one = _team(coach, "Archived"), make_person("Closed Account")
    archive_team(head=coach.user, team_id=archived.id, now=timezone.now())
    for actor in ("KD", "KA"):
        _let(cast, Team.objects.get(pk=cast.team_of(actor)), actor, closed_one)
    fill_panel(closed_one)
    User.objects.filter(pk=closed_one.id).update(is_active=False)
    cast.owned.gone |= {"team": str(archived.id), "id": str(closed_one.id)}
    ask: dict[str, Any] = {
        "coach": coach.user, "team_id": team.id, "now": timezone.now(), "max_uses": MANY,
        "categories": {"sessions"}, "purpose": "Planning",
    }  # fmt: skip
    for name, for_coach in (("secret", False), ("joining", True)):
        link = invite(for_coach=for_coach, **ask).link
        cast.secrets[name] = link.rpartition("/")[2]


def _connect(cast: Cast) -> None:
    """Let third parties have tokens."""
    party = ThirdParty()
    owner, other = cast.owner, cast.people["OT"]
    cast.tokens = {
        "TM": party.connect(owner)["access_token"],
        "TN": party.connect(owner, scope="workouts:read")["access_token"],
        "TX": party.connect(other)["access_token"],
    }
    tokens = get_access_token_model().objects.filter(application__client_id=party.client.client_id)
    tokens.update(expires=timezone.now() + timedelta(days=1))  # the cast is shared by many tests
    cast.secrets["client"] = party.client.client_id


def in_order(cells: dict[str, int]) -> Iterator[str]:
    """Yield the actors of a row, the athlete last: what they do ends what others are asked."""
    yield from sorted(cells, key=lambda actor: actor == "OW")
