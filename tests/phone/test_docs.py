"""The guide for phone developers says what the server does, example by example."""

import contextlib
import io
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest
from django.db import connections, transaction

from apps.accounts.services.sign_up import sign_up
from apps.common.actor import acting_as
from apps.common.errors import AppError
from apps.insights.services.recompute import recompute_athlete
from apps.sync import errors
from apps.sync.erasing import erase_feed
from backend.feed.wire import Op
from phone import record_id
from phone.digest import fingerprint
from tests.conftest import PASSWORD, ROOT
from tests.phone import backup
from tests.phone.backup import Backup
from tests.phone.documented import Answer, Meaning, Request, Step, examples
from tests.serving import PATIENCE_S, WebProcess, serving

pytestmark = pytest.mark.processes
GUIDE = ROOT / "docs" / "phone.md"


@pytest.fixture(scope="module")
def text() -> str:
    return GUIDE.read_text()


@pytest.fixture(scope="module")
def described() -> Iterator[WebProcess]:
    """The server of the guide: one type is paused, and one app is too old."""
    with serving(
        SYNC_PAUSED_TYPES="athlete_profile", MIN_CLIENT_BUILDS="old-app/ios=120"
    ) as running:
        yield running


@contextlib.contextmanager
def working(athlete: UUID) -> Iterator[None]:
    """Compute the athlete's summary whenever something is new, as a worker does."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.2):
            recompute_athlete(
                athlete_id=athlete,
                now=datetime.now(UTC),  # noqa: TID251 (the edge of a test)
            )
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        done.set()
        worker.join()


class Teller:
    """Tells the guide's story to a server and hears the answers."""

    def __init__(self, http: httpx2.Client) -> None:
        self.http = http
        self.meaning = Meaning()
        self.saved: Backup | None = None
        self.answer: httpx2.Response | None = None
        self.always = ""
        self.exchanges = 0

    @property
    def athlete(self) -> UUID:
        return UUID(str(self.meaning.bound["2c7b1a3e-93a0-4b8e-8f6d-1f2e3d4c5b6a"]))

    def happen(self, step: str) -> None:
        """Let something happen outside the conversation."""
        match step:
            case "worker":
                recompute_athlete(
                    athlete_id=self.athlete,
                    now=datetime.now(UTC),  # noqa: TID251 (the edge of a test)
                )
            case "backup":
                self.saved = backup.take(self.athlete)
            case "restore":
                assert self.saved is not None
                backup.restore(self.saved)
            case "erasure":
                with acting_as(self.athlete), transaction.atomic():
                    erase_feed(self.athlete)
            case _:
                pytest.fail(f"the guide names an unknown step {step!r}")

    def send(self, request: Request) -> None:
        """Send an example's request."""
        spoken = self.meaning.spoken
        body = request.body
        if request.path.endswith("/sync"):
            # The guide shows once what every request of a client says.
            told = json.loads(body)
            if "types" in told:
                self.always = f', "types": {json.dumps(told["types"])}}}'
            else:
                body = body[:-1] + self.always
        self.answer = self.http.request(
            request.method,
            spoken(request.path),
            content=spoken(body).encode() or None,
            headers={name: spoken(value) for name, value in request.headers.items()},
        )

    def hear(self, promised: Answer) -> None:
        """Compare the answer with the example's."""
        assert self.answer is not None, f"line {promised.line}: an answer to nothing"
        at = f"line {promised.line}"
        assert self.answer.status_code == promised.status, f"{at}: {self.answer.text}"
        if promised.body is not None:
            self.meaning.check(promised.body, self.answer.json(), at=at)
        self.answer = None
        self.exchanges += 1


class TestGuide:
    def test_every_example_in_order_is_what_the_server_says(self, described: WebProcess) -> None:
        said = {"Content-Type": "application/json"}
        with httpx2.Client(base_url=described.url, timeout=PATIENCE_S, headers=said) as http:
            teller = Teller(http)
            for part in examples(GUIDE):
                match part:
                    case Step(name):
                        teller.happen(name)
                    case Request():
                        assert teller.answer is None, f"line {part.line}: no answer is shown above"
                        teller.send(part)
                    case Answer():
                        teller.hear(part)

        assert teller.exchanges > 20

    def test_its_python_runs_as_it_stands(
        self, described: WebProcess, text: str, tmp_path: Path
    ) -> None:
        (code,) = re.findall(r"^```python\n(from pathlib.*?)^```$", text, re.MULTILINE | re.DOTALL)
        email = f"{uuid4().hex}@example.org"
        athlete = sign_up(email=email, password=PASSWORD, display_name="A", zone="UTC").id
        for said, here in (
            ("http://127.0.0.1:8000", described.url),
            ("a.sqlite3", str(tmp_path / "a.sqlite3")),
            ("a@example.org", email),
        ):
            assert said in code
            code = code.replace(said, here)
        told = io.StringIO()
        with working(athlete), contextlib.redirect_stdout(told):
            exec(compile(code, str(GUIDE), "exec"), {})  # noqa: S102 - the guide's own example

        *refused, last = told.getvalue().splitlines()
        assert [line.split()[:3] for line in refused] == [
            ["workout_session", "blocked", "group-failed"],
            ["lab_result", "rejected", "invalid"],
            ["workout_session", "blocked", "base-failed"],
        ]
        assert last.startswith("[] [")
        assert {"workout_session", "lab_result", "risk_summary"} <= set(re.findall(r"\w+", last))

    def test_every_block_of_json_reads_as_json(self, text: str) -> None:
        blocks = re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        assert all(json.loads(block) for block in blocks)

    @pytest.mark.parametrize(
        "refusal", [kind for kind in vars(errors).values() if isinstance(kind, type)
                    and issubclass(kind, AppError) and kind is not AppError],
    )  # fmt: skip
    def test_every_refusal_of_a_whole_request_is_in_the_error_table(
        self, text: str, refusal: type[AppError]
    ) -> None:
        assert re.search(rf"^\| {refusal.status} \| .*`{refusal.code}`", text, re.MULTILINE)

    @pytest.mark.parametrize(
        "word",
        [
            "applied",
            "merged",
            "noop",
            "duplicate",
            "superseded",
            "conflict",
            "rejected",
            "blocked",
            "deferred",
            "invalid",
            "unknown-type",
            "type-changed",
            "server-owned",
            "forbidden",
            "op-reused",
            "id-mismatch",
            "unknown-base",
            "deleted",
            "too-large",
            "quota",
            "base-failed",
            "group-failed",
            "blob-unverified",
            "busy-type",
            "base-deferred",
            "cursor-unreadable",
            "cursor-expired",
            "scope-changed",
            "server-advice",
            "fields_clash",
            "edited_after_base",
            "client-too-old",
            "device-revoked",
            "token-expired",
        ],
    )
    def test_every_word_of_the_contract_is_explained(self, text: str, word: str) -> None:
        assert f"`{word}`" in text

    @pytest.mark.parametrize("member", list(Op.__struct_fields__))
    def test_every_member_of_an_op_is_explained(self, text: str, member: str) -> None:
        assert f"`{member}`" in text

    def test_worked_examples_are_right(self, text: str) -> None:
        athlete = UUID("2c7b1a3e-93a0-4b8e-8f6d-1f2e3d4c5b6a")
        assert str(record_id(athlete, "workout_session", "healthkit", "A1")) in text
        record = UUID("b9f1c7de-6f1c-5c56-9c0c-6f2f8d3f6a01")
        version = UUID("0197a2c3-9d20-7f0b-9b6a-51b0b1d1c0aa")
        assert f"{fingerprint(record, version):016x}" in text
