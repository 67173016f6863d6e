"""Every writable operation with every column's name beside its own fields: none of it is stored."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from backend.records import REGISTRY
from tests.apps.matrix.asking import Wrong
from tests.apps.matrix.bodies import JSON, end_of, filled
from tests.apps.matrix.cast import Cast, assemble
from tests.apps.matrix.standing import rows_of, tables_holding
from tests.apps.matrix.table import API, rows
from tests.apps.sync.test_push import workout
from tests.apps.uploads.sending import declaring
from tests.conftest import PASSWORD, ROOT

# A value of each kind that stands nowhere else.
WORD, NUMBER, DAY = "SENTINEL-5f1d", 42424242, "2031-03-04"
ID = "5e47135e-0000-4000-8000-00005e47135e"
A_BODYS_FIELDS = 60  # many more are too large a body
# The number alone, not as eight digits of a digest.
ANY = rf"{WORD}|\y{NUMBER}\y|{DAY}|{ID}"
KINDS: dict[str, Any] = {
    "uuid": ID, "boolean": True, "date": DAY, "timestamp with time zone": f"{DAY}T05:06:07Z",
    "smallint": NUMBER, "integer": NUMBER, "bigint": NUMBER, "double precision": NUMBER,
    "ARRAY": [WORD], "jsonb": {"a": WORD},
}  # fmt: skip
CLASSICS: dict[str, Any] = {
    "id": ID, "athlete_id": ID, "owner": ID, "user": ID, "user_id": ID, "role": "head",
    "is_staff": True, "is_superuser": True, "is_active": False, "seq": NUMBER, "rev": NUMBER,
    "derived_seq": NUMBER, "verified": True, "consent": [WORD], "scopes": [WORD], "groups": [ID],
    "created_at": f"{DAY}T05:06:07Z", "by": ID, "price": NUMBER, "__proto__": {"is_staff": True},
}  # fmt: skip
# Where the roles are, and who may do what without asking.
RIGHTS = (
    "SELECT id::text, is_staff::text, is_active::text FROM accounts_user",
    "SELECT team_id::text, user_id::text, role FROM coaching_teammember",
)


@pytest.fixture(scope="module")
def cast() -> Cast:
    """Everybody; they do what they may."""
    return assemble()


@pytest.fixture(scope="module")
def columns() -> dict[str, Any]:
    """Every column's name with a value of its kind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, min(data_type) FROM information_schema.columns "
            "WHERE table_schema = 'public' GROUP BY 1"
        )
        found = {name: KINDS.get(kind, WORD) for name, kind in cursor.fetchall()}
    return found | CLASSICS


def fields() -> dict[tuple[str, ...], set[str]]:
    """Return the fields an operation takes, by method and shape of its address."""
    contract = json.loads((ROOT / "tests" / "contract" / "openapi.json").read_text())
    schemas, found = contract["components"]["schemas"], {}
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            content = (
                operation.get("requestBody", {}).get("content", {})
                if method != "parameters"
                else {}
            )
            told = content.get("application/json", {}).get("schema", {})
            name = told.get("$ref", "").rpartition("/")[2]
            found[f"{method.upper()} {path}"] = set(schemas.get(name, told).get("properties", {}))
    return {_key(address): names for address, names in found.items()}


def _key(address: str) -> tuple[str, ...]:
    method, path = address.split()
    return method, *("{}" if part.startswith("{") else part for part in path.split("/"))


def writable() -> Iterator[tuple[str, str, int]]:
    """Yield each row with a body, who may write, and what they are answered."""
    for address, cells in rows(API):
        method = address.split()[0]
        if method in ("POST", "PUT", "PATCH") and end_of(address) in JSON:
            actor = next(one for one in ("OW", "KA", "KD") if cells[one] < 300)
            yield address, actor, cells[actor]


def rights() -> list[list[tuple[Any, ...]]]:
    """Return who is what, as it stands."""
    return [rows_of(statement) for statement in RIGHTS]


class TestColumns:
    def test_beside_the_fields_of_an_operation_are_not_stored(
        self, cast: Cast, columns: dict[str, Any]
    ) -> None:
        wrong: Wrong = []
        known, asked = fields(), 0
        for address, actor, status in writable():
            own = known[_key(address)]
            body = filled(cast, JSON[end_of(address)], actor)
            before = rights()
            method, path = filled(cast, address, actor).split()
            extra = {name: value for name, value in columns.items() if name not in own}
            answer = cast.ask(actor, method, path, {**extra, **body})
            asked += len(extra)
            if answer.status not in (status, 422):
                wrong.append((address, actor, status, answer.status, answer.text[:200]))
            if WORD in answer.text or ID in answer.text:
                wrong.append((address, "echoed", answer.text[:300]))
            changed = [sorted(set(b) - set(a)) for a, b in zip(before, rights(), strict=True)]
            allowed = {"POST /v1/teams": 1, "POST /v1/teams/join": 1,
                       "POST /v1/teams/{team}/hand-over": 2}.get(address, 0)  # fmt: skip
            if len(changed[0]) or len(changed[1]) > allowed:
                wrong.append((address, changed))
        assert wrong == []
        assert tables_holding(ANY, without=("body",)) == set()
        assert asked > 4_000

    def test_of_an_account_can_not_be_claimed_by_signing_up(self, columns: dict[str, Any]) -> None:
        email = f"{uuid.uuid4().hex}@example.org"
        own = {"email": email, "password": PASSWORD, "display_name": "Mallory", "zone": "UTC"}
        answer = Client().post("/v1/auth/sign-up", {**columns, **own}, "application/json")
        assert answer.status_code in (201, 422)
        assert tables_holding(ANY, without=("body",)) == set()
        for user in User.objects.filter(email=email):
            assert (user.is_staff, user.is_active, str(user.id) == ID) == (False, True, False)

    def test_in_a_records_body_stay_in_the_body(self, cast: Cast, columns: dict[str, Any]) -> None:
        """A phone may know fields we do not; they are kept as they came and mean nothing."""
        known = set(REGISTRY["workout_session"].body.__struct_fields__)
        names = sorted(columns.keys() - known)
        extra = {name: columns[name] for name in CLASSICS if name not in ("id", "rev", "by")}
        ops = []
        for first in range(0, len(names), A_BODYS_FIELDS):
            strange = {name: columns[name] for name in names[first : first + A_BODYS_FIELDS]}
            op = workout()
            ops.append({**extra, **op, "set": {**strange, **op["set"]}})
        results = cast.people["OT"].sync(ops).json()["results"]
        assert {one["status"] for one in results} == {"applied"}
        assert tables_holding(ANY) >= {"sync_record", "sync_log"}  # so the others are looked at
        assert tables_holding(ANY, without=("body",)) == set()

    def test_in_what_is_told_of_a_file_stay_there(self, cast: Cast) -> None:
        told = dict.fromkeys(("athlete_id", "state", "is_finished", "id", "received"), WORD)
        data = b"a file with columns"
        headers = {"Tus-Resumable": "1.0.0", **declaring(data, **told)}
        answer = cast.ask("OT", "POST", "/v1/uploads", b"", **headers)
        assert answer.status in (201, 400, 422)
        assert tables_holding(ANY, without=("metadata", "body")) == set()
