"""What answers hold: words that stand in one category each, looked for in the bytes."""

import json
import uuid

from apps.coaching.categories import Category
from tests.apps.coaching.conftest import CANARY as PANEL_CANARY
from tests.apps.matrix.asking import Wrong, ask
from tests.apps.matrix.cast import ACTORS, COACHES, GRANTED, THIRD_PARTIES, Cast
from tests.apps.matrix.records import CANARY, LAB_NUMBERS, NOTE
from tests.apps.matrix.table import API, PAGES, rows
from tests.words import said

OPENS = {
    "workout_session": Category.SESSIONS,
    "lab_result": Category.LABS,
    "strength_test": Category.STRENGTH,
    "body_composition": Category.BODY_COMPOSITION,
    "dxa_scan": Category.DXA,
    "injury": Category.INJURIES,
    "cycle_log": Category.CYCLE,
}
# Status and code of a feed in the answer to a vector.
REFUSED = {"KP": (403, "consent-revoked"), "KR": (403, "consent-revoked")}
STRANGE = (403, "wrong-athlete")


def may_read(actor: str) -> set[str]:
    """Return the record types an actor may read of the athlete's feed."""
    granted = GRANTED.get(actor, frozenset())
    return {kind for kind, category in OPENS.items() if category in granted}


def too_much(actor: str, text: str) -> list[str]:
    """Return the words and numbers in an answer that an actor may not read."""
    granted = {category.value for category in GRANTED.get(actor, ())}
    words = {word for kind, word in CANARY.items() if kind not in may_read(actor)} | {NOTE}
    words |= {word for category, word in PANEL_CANARY.items() if category not in granted}
    words |= set() if "labs" in granted else set(LAB_NUMBERS)
    told = said(text)
    return sorted(word for word in words if word in told)


def wrong_feeds(cast: Cast) -> Wrong:
    """Return where a vector shows other records than are granted, or refuses in other words."""
    wrong: Wrong = []
    for actor in ACTORS:
        places = [{"athlete": str(cast.owner.id)}]
        body = {"protocol": 1, "request": str(uuid.uuid4()), "feeds": places}
        answer = cast.ask(actor, "POST", "/v1/feeds/changes", body)
        if actor == "A0" or actor in THIRD_PARTIES:
            wrong += [(actor, answer.status)] if answer.status != 401 else []
            continue
        (part,) = answer.json()["feeds"]
        text = json.dumps(part)
        seen = {kind for kind, word in CANARY.items() if word in text}
        may = set(CANARY) if actor == "OW" else may_read(actor)
        is_let = actor == "OW" or actor in GRANTED
        expected = (200, None) if is_let else REFUSED.get(actor, STRANGE)
        if seen != may or (part["status"], part.get("code")) != expected:
            wrong.append((actor, seen ^ may, part["status"], part.get("code")))
        if actor != "OW" and NOTE in text:
            wrong.append((actor, NOTE))
    return wrong


def wrong_panels(cast: Cast) -> Wrong:
    """Return where a panel, its file or an athlete's answer tells more or less than is granted."""
    wrong: Wrong = []
    for actor in COACHES:
        for tail in ("panel", f"athletes/{cast.owner.id}", "panel.csv"):
            path = f"/v1/teams/{cast.team_of(actor)}/{tail}"
            text = cast.ask(actor, "GET", path).text
            wrong += [(actor, path, word) for word in too_much(actor, text)]
            granted = GRANTED.get(actor, frozenset()) if not path.endswith("csv") else ()
            missed = [one for one in granted if PANEL_CANARY[one.value] not in text]
            wrong += [(actor, path, "missed", one) for one in missed]
    return wrong


def wrong_pages(cast: Cast) -> Wrong:
    """Return where a page or a fragment of it shows a coach what is not granted, or hides what is."""
    wrong: Wrong = []
    for actor in (*COACHES, "OT", "AD"):
        for address, cells in rows(PAGES):
            if not address.startswith("GET") or cells[actor] != 200:
                continue
            text = ask(cast, actor, address).text
            wrong += [(actor, address, word) for word in too_much(actor, text)]
            granted = GRANTED.get(actor, ()) if address.endswith("athletes/{id}") else ()
            missed = [one for one in granted if PANEL_CANARY[one.value] not in text]
            wrong += [(actor, address, "missed", one) for one in missed]
        roster = f"/coach/teams/{cast.team_of(actor)}"
        for path in (roster, f"{roster}/athletes/{cast.owner.id}"):
            text = cast.browse(actor, path, **{"HX-Request": "true"}).text
            wrong += [(actor, "fragment of", path, word) for word in too_much(actor, text)]
    return wrong


def wrong_own_answers(cast: Cast) -> Wrong:
    """Return where an answer about the asker themselves holds the athlete's words."""
    wrong: Wrong = []
    for actor in (*COACHES, "OT", "AD", "TX"):
        for address, _ in rows(API):
            method, path = address.split()
            if method != "GET" or "{" in path.replace("{id}", ""):
                continue
            text = cast.ask(actor, method, path.format(id="me")).text
            allowed = GRANTED if path.startswith("/v1/teams") else {}
            if actor not in allowed:
                wrong += [(actor, path, word) for word in too_much("OT", text)]
    return wrong
