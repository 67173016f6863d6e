"""What is sent with each row: the smallest body that lets an actor pass who may."""

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.coaching.categories import CONSENT_TEXT_VERSION
from tests.apps.matrix.cast import OWN, Cast
from tests.apps.uploads.sending import PIECE, declaring, piece

ENVELOPE: dict[str, Any] = {"protocol": 1, "request": str(uuid.UUID(int=1))}
NEXT_YEAR = f"{timezone.now().year + 1}-03-01"
SHARED = {"categories": ["sessions"]}
LATER = timezone.now() + timedelta(days=60)
READ = {"text_version": CONSENT_TEXT_VERSION, **SHARED}
UNTIL = {"ends_at": LATER.isoformat(), **READ}
MARK = {"kind": "reviewed", "ending": "monitor"}
# By method and the end of the address; {names} are filled in as in addresses.
JSON: dict[str, dict[str, Any]] = {
    "POST sync": {**ENVELOPE, "ops": []},
    "POST ops": {**ENVELOPE, "ops": []},
    "POST lookup": {"ops": ["{op}"]},
    "POST changes": {**ENVELOPE, "feeds": [{"athlete": "{id}"}]},
    "POST teams": {"name": "Another team"},
    "POST join": {"code": "{joining}"},
    "PATCH {team}": {"name": "Renamed"},
    "POST invitations": {**SHARED, "purpose": "Season planning"},
    "PUT tags": {"tags": ["800 m"]},
    "POST marks": MARK,
    "POST notes": {"text": "Two easy days.", "about": "{workout_session}"},
    "PATCH {note}": {"text": "Three easy days."},
    "POST reminder-proposals": {"title": "Repeat DXA", "due_date": NEXT_YEAR},
    "PUT athletes": {"athletes": ["{id}"]},
    "POST hand-over": {"to": "{coach}"},
    "POST accept": {**UNTIL, "is_adult": True, "code": "{secret}"},
    "POST guardian-requests": {**UNTIL, "grant_id": "{grant}"},
    "POST narrow": SHARED,
    "POST renew": {**UNTIL, "is_adult": True},
    "POST answer": {"action": "seen"},
    "PATCH preferences": {"delivery_hour": 9},
    "POST reminder-wishes": {"title": "Repeat DXA", "due_date": NEXT_YEAR},
    "PATCH {wish}": {"title": "Repeat the DXA scan"},
    "POST calendar": {"with_titles": False},
    "POST devices": {"installation": "{installation}", "name": "Phone", "platform": "tests"},
    "PUT push-token": {"channel": "fcm", "token": "a-token"},
}
FORMS: dict[str, dict[str, Any]] = {
    "POST narrow": SHARED,
    "POST renew": {**READ, "is_adult": "on", "last_day": f"{LATER:%Y-%m-%d}"},
    "POST {fusion}": {"decision": "separate"},
    "POST answer": {"action": "seen", "answer": "Thank you."},
    "POST preferences": {
        "zone": "UTC",
        "delivery_hour": "9",
        "reminders_per_week": "3",
        "locale": "en",
    },
    "POST reminder-wishes": {"title": "Repeat DXA", "due_date": NEXT_YEAR},
    "POST {wish}": {"action": "delete"},
    "POST calendar": {"action": "make"},
    "POST invitations": {"code": "ABCD-EFGH"},
    "POST review": {**MARK, "reasons": ["sessions_code@2026-11-01"]},
    "POST snooze": {"days": "7"},
    "POST undo": {"mark_id": "{mark}"},
    "POST note": {"text": "Two easy days."},
    "POST invite": {**SHARED, "purpose": "Season planning", "max_uses": "1", "days": "7"},
    "POST rename": {"name": "Renamed"},
    "POST tag": {"athlete": "{id}", "tags": "800 m"},
    "POST assign": {"coach": "{coach}", "athletes": ["{id}"]},
    "POST remove": {"coach": "{leaver}"},
}
HALF = b"half"


def end_of(address: str) -> str:
    """Return the method and the last part of an address."""
    method, path = address.split()
    return f"{method} {path.partition('?')[0].rpartition('/')[2]}"


def filled(cast: Cast, text: Any, actor: str, **variants: str) -> Any:
    """Return an address or a body with the ids it names, own ones but for those told."""
    if isinstance(text, dict):
        return {name: filled(cast, one, actor, **variants) for name, one in text.items()}
    if isinstance(text, list):
        return [filled(cast, one, actor, **variants) for one in text]
    if not isinstance(text, str):
        return text
    for slot in slots(text):
        named = cast.named(actor, slot, variants.get(slot, OWN))
        text = text.replace(f"{{{slot}}}", named)
    return text


def slots(text: object) -> list[str]:
    """Return the names in an address or a body."""
    words = str(text) if isinstance(text, str) else " ".join(_strings(text))
    return list(dict.fromkeys(part.partition("}")[0] for part in words.split("{")[1:]))


def _strings(body: Any) -> list[str]:
    if isinstance(body, str):
        return [body]
    parts = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    return [text for part in parts for text in _strings(part)]


def upload_headers(address: str, cast: Cast, actor: str) -> dict[str, str]:
    """Return what a client of uploads says beside the address."""
    data = HALF + (cast.people[actor].id.bytes if actor in cast.people else b"")
    told = {"Tus-Resumable": "1.0.0"}
    if address.startswith("POST"):
        return told | declaring(data + b"new")
    return told | (piece(0) if address.startswith("PATCH") else {}) | {"kind": PIECE}
