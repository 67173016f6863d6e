"""Accounts, and requests made beforehand: the client only sends bytes."""

import json
import uuid
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from apps.accounts.services.sign_in import open_device
from apps.accounts.services.sign_up import sign_up

BODY_BYTES = 553


@dataclass(frozen=True)
class Phone:
    """A signed-in device of a new account."""

    athlete_id: UUID
    token: str


def new_phone() -> Phone:
    """Open an account and sign a phone in."""
    user = sign_up(
        email=f"{uuid.uuid4().hex}@bench.invalid",
        password="correct-horse-battery",  # noqa: S106 (on servers of the bench's own)
        display_name="Bench",
        zone="UTC",
    )
    signed = open_device(
        user=user, installation=uuid.uuid4(), name="Bench", platform="bench", now=timezone.now()
    )
    return Phone(user.id, signed.access_token)


def workout_body(number: int = 0) -> bytes:
    """Return a strength session of exactly 553 bytes."""
    hour, minute = divmod(number % 900, 60)
    sets = [
        {"uid": f"s{index}", "set_type": "working", "reps": 5, "load_kg": 80 + index, "rpe": 8}
        for index in range(3)
    ]
    body = {
        "started_at": f"2026-03-01T{hour:02}:{minute:02}:00+01:00",
        "ended_at": f"2026-03-01T{hour + 1:02}:{minute:02}:00+01:00",
        "utc_offset_min": 60,
        "local_date": "2026-03-01",
        "activity": "resistance_heavy",
        "rpe": 7.5,
        "source": {"app": "Bench", "device": f"phone {number:06}", "method": "typed"},
        "exercises": [{"uid": "e1", "exercise": "back_squat", "sets": sets}],
        "note": "",
    }
    spare = BODY_BYTES - len(json.dumps(body, separators=(",", ":")))
    body["note"] = ("Felt strong, slept well. " * spare)[:spare]
    return json.dumps(body, separators=(",", ":")).encode()


def new_op(number: int = 0) -> bytes:
    """Return a put of a new workout."""
    return (
        (
            f'{{"op":"{uuid.uuid4()}","type":"workout_session","id":"{uuid.uuid4()}","action":"put",'
            '"base":null,"schema":3,"edited_at":"2026-03-01T19:00:00Z","set":'
        ).encode()
        + workout_body(number)
        + b"}"
    )


def push_request(phone: Phone, ops: list[bytes]) -> bytes:
    """Return a push of ops, as the bytes of a whole HTTP request."""
    body = (
        (
            f'{{"protocol":1,"request":"{uuid.uuid4()}","sent_at":"{timezone.now().isoformat()}",'
            '"ops":['
        ).encode()
        + b",".join(ops)
        + b"]}"
    )
    return post(phone, "/v1/athletes/me/ops", body)


def sync_request(phone: Phone, ops: list[bytes], standing: dict[str, object]) -> bytes:
    """Return a phone's round trip from where it stands."""
    members = {
        "protocol": 1,
        "request": str(uuid.uuid4()),
        "sent_at": timezone.now().isoformat(),
        **standing,
    }
    head = json.dumps(members, separators=(",", ":"))[:-1].encode()
    return post(phone, "/v1/athletes/me/sync", head + b',"ops":[' + b",".join(ops) + b"]}")


def post(phone: Phone, path: str, body: bytes) -> bytes:
    """Return a POST of JSON as bytes."""
    return _head("POST", path, phone, f"Content-Length: {len(body)}\r\n") + body


def get(phone: Phone, path: str) -> bytes:
    """Return a GET as bytes."""
    return _head("GET", path, phone, "")


def _head(method: str, path: str, phone: Phone, extra: str) -> bytes:
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {phone.token}\r\n{extra}\r\n"
    ).encode()
