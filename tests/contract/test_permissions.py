"""Who may do what: a row per route and method, a column per actor; a route without a row fails.

The things addressed belong to the athlete. The coach has the athlete's grant for everything
but laboratory results; the stranger is signed in and has nothing to do with either.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from apps.coaching.categories import CONSENT_TEXT_VERSION
from apps.coaching.live.pages import PATH as NEWS
from apps.coaching.services.consent import accept_invitation
from apps.coaching.services.guardians import ask_guardian
from apps.coaching.services.invitations import invite
from apps.coaching.services.marks import review
from apps.coaching.services.notes import write_note
from apps.coaching.services.teams import create_team
from apps.insights.services.recompute import recompute_athlete
from apps.reminders.services.calendars import make_calendar
from apps.reminders.services.links import stop_link
from apps.reminders.services.wishes import add_wish
from apps.sync.live.asgi import PATH as STREAM
from backend.records.fusion import fusion_id
from backend.records.reminder_wish import ReminderWish
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.sync.test_push import workout
from tests.apps.uploads.sending import PIECE, begin, declaring, piece, sha256, store
from tests.conftest import Person, make_person
from tests.live import PATIENCE_S

ACTORS = ("nobody", "athlete", "stranger", "coach")
# Answers of a page to somebody who is not signed in: to the sign-in page.
IN = 302
# Routes of the live process
LIVE = (STREAM.removeprefix("/"), NEWS.format(team="<uuid:team_id>").removeprefix("/"))
A_FILE, ANOTHER_FILE = b"a file", b"another file"
A_PIECE = {"Tus-Resumable": "1.0.0", **declaring(ANOTHER_FILE), **piece(0)}

# (method, route): answers to nobody, athlete, stranger, coach
TABLE: dict[tuple[str, str], tuple[int, int, int, int]] = {
    ("GET", "livez"): (200, 200, 200, 200),
    ("GET", "readyz"): (200, 200, 200, 200),
    ("GET", "openapi.json"): (200, 200, 200, 200),
    ("GET", "docs"): (200, 200, 200, 200),
    ("GET", ""): (IN, IN, IN, IN),
    ("GET", "sign-in"): (200, IN, IN, IN),
    ("GET", "sign-up"): (200, 200, 200, 200),
    ("GET", "static/<path:path>"): (200, 200, 200, 200),
    # Browsers report a broken content policy; nobody has to be signed in for that.
    ("POST", "csp-reports"): (204, 204, 204, 204),
    # The web app: files, the same for everybody
    ("GET", "app"): (200, 200, 200, 200),
    ("GET", "app/manifest.webmanifest"): (200, 200, 200, 200),
    ("GET", "app/tables.json"): (200, 200, 200, 200),
    ("GET", "app/sw.js"): (200, 200, 200, 200),
    ("GET", "app/qr.svg"): (200, 200, 200, 200),
    ("GET", ".well-known/oauth-authorization-server"): (200, 200, 200, 200),
    ("GET", ".well-known/oauth-protected-resource"): (200, 200, 200, 200),
    # The API: bearer tokens
    ("POST", "v1/auth/sign-up"): (422, 422, 422, 422),
    ("POST", "v1/auth/sign-in"): (422, 422, 422, 422),
    ("POST", "v1/auth/sign-out"): (401, 204, 204, 204),
    ("GET", "v1/devices"): (401, 200, 200, 200),
    ("POST", "v1/devices"): (401, 422, 422, 422),
    ("PUT", "v1/devices/<uuid:device_id>/push-token"): (401, 422, 422, 422),
    ("DELETE", "v1/devices/<uuid:device_id>/push-token"): (401, 204, 404, 404),
    ("DELETE", "v1/devices/<uuid:device_id>"): (401, 204, 404, 404),
    ("POST", "v1/athletes/<str:athlete>/sync"): (401, 200, 403, 403),
    ("POST", "v1/athletes/<str:athlete>/ops"): (401, 200, 403, 403),
    ("POST", "v1/athletes/<str:athlete>/ops/lookup"): (401, 200, 403, 403),
    ("GET", "v1/athletes/<str:athlete>/changes"): (401, 200, 403, 403),
    ("GET", "v1/athletes/<str:athlete>/digest"): (401, 200, 403, 403),
    ("GET", "v1/athletes/<str:athlete>/records/<str:record>"): (401, 200, 403, 403),
    ("GET", "v1/athletes/<str:athlete>/records/<str:record>/versions"): (401, 200, 403, 403),
    ("GET", "v1/sync/config"): (200, 200, 200, 200),
    # The vector answers with a part for each feed; tests of it look at the parts.
    ("GET", "v1/feeds/heads"): (401, 200, 200, 200),
    ("POST", "v1/feeds/changes"): (401, 200, 200, 200),
    # In the live process; everybody's own feed and those shared with them
    ("GET", "v1/stream"): (401, 200, 200, 200),
    ("GET", "coach/teams/<uuid:team_id>/live"): (401, 404, 404, 200),
    ("GET", "v1/athletes/<str:athlete>/summary"): (401, 200, 404, 404),
    ("GET", "v1/athletes/<str:athlete>/summaries"): (401, 200, 404, 404),
    ("GET", "v1/athletes/<str:athlete>/summaries/<str:before>/diff/<str:after>"): (
        401,
        404,
        404,
        404,
    ),
    ("GET", "v1/athletes/<str:athlete>/trends/<str:measure>"): (401, 404, 404, 404),
    ("GET", "v1/athletes/<str:athlete>/observations"): (401, 200, 404, 404),
    ("GET", "v1/athletes/<str:athlete>/workouts"): (401, 200, 404, 404),
    ("GET", "v1/athletes/<str:athlete>/blobs/<str:sha256>"): (401, 200, 404, 404),
    ("OPTIONS", "v1/uploads"): (204, 204, 204, 204),
    ("POST", "v1/uploads"): (401, 201, 201, 201),
    ("OPTIONS", "v1/uploads/<uuid:upload_id>"): (204, 204, 204, 204),
    ("HEAD", "v1/uploads/<uuid:upload_id>"): (401, 200, 404, 404),
    ("PATCH", "v1/uploads/<uuid:upload_id>"): (401, 204, 404, 404),
    ("DELETE", "v1/uploads/<uuid:upload_id>"): (401, 204, 404, 404),
    ("GET", "v1/athletes/<str:athlete>/fusions"): (401, 200, 404, 404),
    ("GET", "v1/athletes/<str:athlete>/charts/<str:name>"): (401, 200, 404, 404),
    ("GET", "v1/models"): (200, 200, 200, 200),
    ("POST", "v1/models/<str:key>/run"): (404, 404, 404, 404),
    ("GET", "v1/teams"): (401, 200, 200, 200),
    ("POST", "v1/teams"): (401, 422, 422, 422),
    ("POST", "v1/teams/join"): (401, 422, 422, 422),
    ("PATCH", "v1/teams/<uuid:team_id>"): (401, 404, 404, 200),
    ("GET", "v1/teams/<uuid:team_id>/coaches"): (401, 404, 404, 200),
    ("DELETE", "v1/teams/<uuid:team_id>/coaches/<uuid:user_id>"): (401, 404, 404, 204),
    ("PUT", "v1/teams/<uuid:team_id>/coaches/<uuid:user_id>/athletes"): (401, 404, 404, 200),
    ("POST", "v1/teams/<uuid:team_id>/hand-over"): (401, 404, 404, 204),
    ("PUT", "v1/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/tags"): (401, 404, 404, 200),
    ("GET", "v1/teams/<uuid:team_id>/invitations"): (401, 404, 404, 200),
    ("POST", "v1/teams/<uuid:team_id>/invitations"): (401, 404, 404, 201),
    ("DELETE", "v1/teams/<uuid:team_id>/invitations/<uuid:invitation_id>"): (401, 404, 404, 204),
    ("GET", "v1/teams/<uuid:team_id>/panel"): (401, 404, 404, 200),
    ("GET", "v1/teams/<uuid:team_id>/panel.csv"): (401, 404, 404, 200),
    ("GET", "v1/teams/<uuid:team_id>/athletes/<uuid:athlete_id>"): (401, 404, 404, 200),
    ("GET", "v1/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/marks"): (401, 404, 404, 200),
    ("POST", "v1/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/marks"): (401, 404, 404, 201),
    ("DELETE", "v1/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/marks/<uuid:mark_id>"): (
        401,
        404,
        404,
        200,
    ),
    ("GET", "v1/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/notes"): (401, 404, 404, 200),
    ("POST", "v1/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/notes"): (401, 404, 404, 201),
    ("PATCH", "v1/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/notes/<uuid:note_id>"): (
        401,
        404,
        404,
        204,
    ),
    ("DELETE", "v1/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/notes/<uuid:note_id>"): (
        401,
        404,
        404,
        204,
    ),
    ("GET", "v1/invitations/<str:secret>"): (401, 200, 200, 200),
    ("POST", "v1/invitations/accept"): (401, 422, 422, 422),
    ("GET", "v1/me/grants"): (401, 200, 200, 200),
    ("POST", "v1/me/grants/<uuid:grant_id>/narrow"): (401, 200, 404, 404),
    ("GET", "v1/invitations/<str:secret>/preview"): (401, 200, 200, 200),
    ("POST", "v1/me/guardian-requests"): (401, 422, 422, 422),
    ("POST", "v1/me/grants/<uuid:grant_id>/pause"): (401, 200, 404, 404),
    ("POST", "v1/me/grants/<uuid:grant_id>/resume"): (401, 200, 404, 404),
    ("POST", "v1/me/grants/<uuid:grant_id>/renew"): (401, 200, 404, 404),
    ("POST", "v1/me/grants/<uuid:grant_id>/end"): (401, 200, 404, 404),
    ("GET", "v1/me/access-log"): (401, 200, 200, 200),
    ("GET", "v1/me/inbox"): (401, 200, 200, 200),
    ("POST", "v1/me/inbox/<uuid:reminder_id>/seen"): (401, 404, 404, 404),
    ("POST", "v1/me/inbox/<uuid:reminder_id>/answer"): (401, 404, 404, 404),
    ("GET", "v1/me/preferences"): (401, 200, 200, 200),
    ("PATCH", "v1/me/preferences"): (401, 200, 200, 200),
    ("GET", "v1/me/reminder-wishes"): (401, 200, 200, 200),
    ("POST", "v1/me/reminder-wishes"): (401, 422, 422, 422),
    ("PATCH", "v1/me/reminder-wishes/<uuid:wish_id>"): (401, 200, 404, 404),
    ("DELETE", "v1/me/reminder-wishes/<uuid:wish_id>"): (401, 204, 404, 404),
    ("POST", "v1/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/reminder-proposals"): (
        401,
        404,
        404,
        201,
    ),
    ("GET", "v1/me/calendar"): (401, 200, 200, 200),
    ("POST", "v1/me/calendar"): (401, 201, 201, 201),
    ("DELETE", "v1/me/calendar"): (401, 204, 204, 204),
    # A signed link is the right itself, whoever follows it
    ("GET", "r/<str:token>"): (200, 200, 200, 200),
    ("POST", "r/<str:token>"): (200, 200, 200, 200),
    ("GET", "guardian/<str:guardian>"): (200, 200, 200, 200),
    ("POST", "guardian/<str:guardian>"): (422, 422, 422, 422),
    ("GET", "v1/push/config"): (401, 200, 200, 200),
    # So is a secret address
    ("GET", "calendar/<str:calendar>.ics"): (200, 200, 200, 200),
    # Third parties authenticate as clients
    ("GET", "o/authorize"): (IN, 400, 400, 400),
    ("POST", "o/authorize"): (IN, 400, 400, 400),
    ("POST", "o/token"): (400, 400, 400, 400),
    ("POST", "o/revoke"): (400, 400, 400, 400),
    # Pages: a signed-in browser
    ("POST", "sign-out"): (IN, IN, IN, IN),
    ("GET", "me"): (IN, 200, 200, 200),
    ("POST", "me/fusions/<uuid:fusion_id>"): (IN, IN, 404, 404),
    ("GET", "me/inbox"): (IN, 200, 200, 200),
    ("POST", "me/inbox/<uuid:reminder_id>/seen"): (IN, 404, 404, 404),
    ("POST", "me/inbox/<uuid:reminder_id>/answer"): (IN, 404, 404, 404),
    ("GET", "me/preferences"): (IN, 200, 200, 200),
    ("POST", "me/preferences"): (IN, 422, 422, 422),
    ("POST", "me/reminder-wishes"): (IN, IN, IN, IN),
    ("POST", "me/reminder-wishes/<uuid:wish_id>"): (IN, IN, 404, 404),
    ("POST", "me/calendar"): (IN, 200, 200, 200),
    ("GET", "me/sharing"): (IN, 200, 200, 200),
    ("POST", "me/sharing/<uuid:grant_id>/narrow"): (IN, IN, 404, 404),
    ("POST", "me/sharing/<uuid:grant_id>/pause"): (IN, IN, 404, 404),
    ("POST", "me/sharing/<uuid:grant_id>/resume"): (IN, IN, 404, 404),
    ("GET", "me/sharing/<uuid:grant_id>/renew"): (IN, 200, 404, 404),
    ("POST", "me/sharing/<uuid:grant_id>/end"): (IN, IN, 404, 404),
    ("GET", "me/access"): (IN, 200, 200, 200),
    ("GET", "me/access.csv"): (IN, 200, 200, 200),
    ("GET", "me/apps"): (IN, 200, 200, 200),
    ("POST", "me/apps/<slug:client_id>/end"): (IN, IN, IN, IN),
    ("POST", "invitations"): (IN, IN, IN, IN),
    ("GET", "invitations/<str:secret>"): (IN, 200, 200, 200),
    ("POST", "me/notes/<uuid:note_id>/answer"): (IN, 302, 404, 404),
    ("GET", "invitations/<str:secret>/preview"): (IN, 200, 200, 200),
    ("GET", "coach"): (IN, 200, 200, IN),
    ("GET", "coach/teams/<uuid:team_id>"): (IN, 404, 404, 200),
    ("GET", "coach/teams/<uuid:team_id>/invite"): (IN, 404, 404, 200),
    ("POST", "coach/teams/<uuid:team_id>/invitations/<uuid:invitation_id>/withdraw"): (
        IN,
        404,
        404,
        IN,
    ),
    ("GET", "coach/teams/<uuid:team_id>/athletes/<uuid:athlete_id>"): (IN, 404, 404, 200),
    ("GET", "coach/teams/<uuid:team_id>/settings"): (IN, 404, 404, 200),
    ("POST", "coach/teams/<uuid:team_id>/rename"): (IN, 404, 404, 422),
    ("POST", "coach/teams/<uuid:team_id>/do/<slug:action>"): (IN, 404, 404, IN),
    ("GET", "coach/join/<str:secret>"): (IN, 404, 404, 404),
    ("GET", "coach/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/review"): (IN, 404, 404, 200),
    ("GET", "coach/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/snooze"): (IN, 404, 404, 200),
    ("POST", "coach/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/nudge"): (IN, 404, 404, IN),
    ("POST", "coach/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/undo"): (IN, 404, 404, 404),
    ("POST", "coach/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/note"): (IN, 404, 404, 422),
    (
        "POST",
        "coach/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/notes/<uuid:note_id>/take-back",
    ): (IN, 404, 404, 302),
}


@dataclass
class Scene:
    """The actors and the ids that addresses need."""

    people: dict[str, Person]
    ids: dict[str, Any]
    live_url: str = ""

    def ask(self, actor: str, method: str, route: str) -> int:
        """Return the status of one request."""
        path = "/" + route
        for name, value in self.ids.items():
            for kind in ("uuid", "str", "slug", "path"):
                path = path.replace(f"<{kind}:{name}>", str(value))
        path += "?code=vitd_25oh" if route.endswith("/observations") else ""
        is_page = not path.startswith(("/v1/", "/o/token", "/o/revoke"))
        person = self.people.get(actor)
        if route in LIVE:
            headers = person.headers if person else {}
            if path != STREAM and person:
                name = settings.SESSION_COOKIE_NAME
                headers = {"Cookie": f"{name}={person.page.cookies[name].value}"}
            with httpx2.stream(
                method, self.live_url + path, headers=headers, timeout=PATIENCE_S
            ) as opened:
                return opened.status_code
        if is_page:
            client = Client()
            if person:
                client.force_login(person.user)
            body: Any = {"categories": ["sessions"], "decision": "separate", "action": "delete"}
            answer = client.get(path) if method == "GET" else client.post(path, body)
        else:
            headers = person.headers if person and path.startswith("/v1/") else {}
            if route.startswith("v1/uploads"):
                headers = headers | A_PIECE
                answer = Client().generic(method, path, b"", PIECE, headers=headers)
            else:
                answer = (
                    getattr(Client(), method.lower())(
                        path, self.body(route), content_type="application/json", headers=headers
                    )
                    if method != "GET"
                    else Client().get(path, headers=headers)
                )
        answer.close()
        return int(answer.status_code)

    def body(self, route: str) -> dict[str, Any]:
        """Return the smallest body that lets an allowed actor pass."""
        if route.endswith(("/sync", "/ops")):
            return {"protocol": 1, "request": str(uuid.uuid4()), "ops": []}
        if route.endswith("/ops/lookup"):
            return {"ops": []}
        if route.endswith("/feeds/changes"):
            places = [{"athlete": str(self.ids["athlete"])}]
            return {"protocol": 1, "request": str(uuid.uuid4()), "feeds": places}
        if route.endswith("/reminder-proposals"):
            return {"title": "Repeat DXA", "due_date": f"{timezone.now().year + 1}-03-01"}
        if route.endswith("/marks"):
            return {"kind": "reviewed", "ending": "monitor"}
        if route.endswith("/notes"):
            return {"text": "Two easy days."}
        if route.endswith("/renew"):
            ends_at = timezone.now() + timedelta(days=60)
            words = {"text_version": CONSENT_TEXT_VERSION, "is_adult": True}
            return {"ends_at": ends_at.isoformat(), **words}
        if route.endswith("/answer"):
            return {"action": "done"}
        if route.endswith("/narrow"):
            return {"categories": ["sessions"]}
        if route.endswith("/hand-over"):
            return {"to": self.ids["user_id"]}
        if route.endswith("/tags"):
            return {"tags": ["800 m"]}
        if route.endswith("/athletes"):
            return {"athletes": []}
        if route.endswith("/invitations"):
            return {"categories": ["sessions"], "purpose": "Season planning"}
        return {}


@pytest.fixture
def scene() -> Scene:
    """People of whom something is changed."""
    return a_scene()


@pytest.fixture(scope="module")
def kept() -> Scene:
    """People whom all rows that only read share."""
    return a_scene()


def a_scene() -> Scene:
    """Return an athlete with data, a coach with a grant, and a stranger."""
    athlete, stranger, coach = make_person("Athlete"), make_person("Stranger"), make_person("Coach")
    now = timezone.now()
    recorded = [workout(source={"system": system}) for system in ("fit", "hevy")]
    athlete.sync([*recorded, vitamin_d()])
    recompute_athlete(athlete_id=athlete.id, now=now)
    team = create_team(head=coach.user, name="Team", now=now)
    asked = frozenset({"sessions", "loading", "reminders"})

    def invited() -> Any:
        return invite(
            coach=coach.user, team_id=team.id, categories=asked, purpose="Planning", now=now
        )

    grant = accept_invitation(
        athlete=athlete.user,
        secret=invited().code,
        categories=asked,
        ends_at=now + timedelta(days=30),
        now=now,
    )
    about: dict[str, Any] = {
        "coach": coach.user, "team_id": team.id, "athlete_id": athlete.id, "now": now,
    }  # fmt: skip
    store(athlete, A_FILE)
    begun = begin(athlete, ANOTHER_FILE)
    assistant = make_person("Assistant")
    team.members.create(user=assistant.user, role="assistant", joined_at=now)
    wish = add_wish(
        athlete_id=athlete.id, body=ReminderWish(title="DXA", due_date=now.date()), now=now
    )
    asked_of = ask_guardian(
        athlete=athlete.user, categories=asked, ends_at=grant.ends_at, now=now, grant_id=grant.id
    )
    address = make_calendar(athlete_id=athlete.id, with_titles=False, now=now)
    ids = {
        "athlete": athlete.id,
        "athlete_id": athlete.id,
        "record": recorded[0]["id"],
        "team_id": team.id,
        "user_id": assistant.id,
        "action": "archive",
        "grant_id": grant.id,
        "secret": invited().code,
        "invitation_id": invited().invitation_id,
        "guardian": asked_of.link.rpartition("/")[2],
        "device_id": athlete.device_id,
        "reminder_id": uuid.uuid4(),
        "client_id": "nobody",
        "fusion_id": fusion_id(athlete.id, [uuid.UUID(op["id"]) for op in recorded]),
        "calendar": address.rpartition("/")[2].removesuffix(".ics"),
        "wish_id": wish.id,
        "mark_id": review(ending="monitor", reasons=[], **about).id,
        "note_id": write_note(text="Two easy days.", **about),
        "token": stop_link(athlete_id=athlete.id, now=now).rpartition("/")[2],
        "path": "css/app.css",
        "name": "loading",
        "sha256": sha256(A_FILE),
        "upload_id": begun.id,
    }
    return Scene({"athlete": athlete, "stranger": stranger, "coach": coach}, ids)


def routes() -> Iterator[tuple[str, str]]:
    """Yield every (method, route) the service answers, in whichever process."""
    yield from (("GET", route) for route in LIVE)
    for route, callback in _walk(get_resolver()):
        view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
        if view is None or view.__name__ == "RedirectView":
            posts = any(method == "POST" and path == route for method, path in TABLE)
            yield ("POST" if posts and ("GET", route) not in TABLE else "GET"), route
            continue
        if "options" in vars(view):
            yield "OPTIONS", route
        for method in ("get", "head", "post", "put", "patch", "delete"):
            if hasattr(view, method) and not (method == "put" and "authorize" in route):
                yield method.upper(), route


def _walk(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry.callback
        else:
            yield from _walk(entry, prefix + str(entry.pattern))


class TestPermissionTable:
    def test_has_a_row_for_every_route_and_no_other(self) -> None:
        assert set(routes()) == set(TABLE)

    @pytest.mark.parametrize(("method", "route"), TABLE, ids=" ".join)
    def test_holds(self, method: str, route: str, request: pytest.FixtureRequest) -> None:
        """`test_openapi` keeps that the operations of the contract are the API's rows."""
        is_read = method in ("GET", "HEAD", "OPTIONS")
        scene = request.getfixturevalue("kept" if is_read else "scene")
        if route in LIVE:
            scene.live_url = request.getfixturevalue("live").url
        # The owner goes last: some of what they may do ends what the others look at.
        order = ("nobody", "stranger", "coach", "athlete")
        answers = {actor: scene.ask(actor, method, route) for actor in order}
        assert answers == dict(zip(ACTORS, TABLE[method, route], strict=True))
