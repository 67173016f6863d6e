"""The actors of the tests, on real servers: PostgreSQL and Valkey of the tests' own.

Every test makes its own people and leaves them; nothing is rolled back, since row-level
security and the feed lock live and die with real transactions. Each worker process of a
parallel run has a database and a Valkey number of its own.
"""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import psycopg
import pytest
from psycopg import sql

from config import embedded
from config.database import prepare_cluster

if TYPE_CHECKING:
    from xdist.remote import Producer

    from tests.live import Live
    from tests.serving import WebProcess

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("MECHANOSTAT_TEST_HOME", ROOT / ".mechanostat" / "tests"))
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
TEMPLATE = "test_main"  # migrated by the process that starts the workers, before it does
DATABASE = f"test_{WORKER}"


def _prepare() -> None:
    """Start the tests' servers and point Django at a fresh database on them."""
    HOME.mkdir(parents=True, exist_ok=True)
    servers = embedded.start(HOME)
    name = sql.Identifier(DATABASE)
    with psycopg.connect(servers.admin_dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        if DATABASE == TEMPLATE:
            # No test pulls the plug, and those that kill a server have one of their own: what
            # the system still holds in memory need not be on the disk.
            for setting in ("fsync", "full_page_writes"):
                admin.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
            admin.execute("SELECT pg_reload_conf()")
        else:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER mechanostat_owner")
            admin.execute(make.format(name, sql.Identifier(TEMPLATE)))
    prepare_cluster(servers.admin_dsn, database=DATABASE)
    number = 0 if WORKER == "main" else int(WORKER.removeprefix("gw")) + 1
    url = embedded.postgres_url
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings.test",
        DATABASE_URL=url(servers, user="mechanostat_app", database=DATABASE),
        DATABASE_OWNER_URL=url(servers, user="mechanostat_owner", database=DATABASE),
        REDIS_URL=servers.redis_url.replace("db=0", f"db={number}"),
        BROKER_URL=f"{servers.broker_url}?virtual_host={number}",
        SECRET_KEY="only-for-tests-" + "0" * 40,
    )


if os.environ.get("PYTEST_XDIST_WORKER") or not os.environ.get("MECHANOSTAT_NO_TEST_DATABASE"):
    _prepare()

import django  # noqa: E402 (the servers' addresses first)

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

call_command("migrate", database="owner", verbosity=0)
connections["owner"].close()
setup_test_environment()

from apps.accounts.models import User  # noqa: E402
from apps.accounts.services.sign_in import open_device  # noqa: E402
from apps.accounts.services.sign_up import sign_up  # noqa: E402
from apps.coaching.services.telling import tell_consents  # noqa: E402
from apps.coaching.services.telling_looks import tell_looks  # noqa: E402
from apps.common import announcing, rates, wire  # noqa: E402
from apps.insights.services.recompute import drain  # noqa: E402
from apps.reminders.services import pauses  # noqa: E402
from apps.reminders.services.collect import collect  # noqa: E402
from apps.reminders.services.deliver import deliver_due  # noqa: E402
from apps.reminders.transports import posting, provider_tokens  # noqa: E402
from apps.uploads.services.sweep import sweep  # noqa: E402
from tests.contract.holding import hold_to_the_contract  # noqa: E402
from tests.days import until_day_is_long_enough  # noqa: E402
from tests.faults.cluster import APP, Cluster  # noqa: E402
from tests.faults.stage import migrated  # noqa: E402
from tests.faults.switch import served_by  # noqa: E402
from tests.parallel import Sharing  # noqa: E402

# Machines differ in speed, so no example is judged by its time. The same examples are tried each
# time, so that a change is judged by what it changes; `make soak` looks for new ones.
hypothesis.settings.register_profile(
    "project",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("project")

# A worker stops after a while and goes on in its next run. A test has no next run, and what
# others left is due as well, so unless it says otherwise its run goes on until nothing is due.
for run in (collect, deliver_due, sweep, tell_consents, tell_looks):
    assert run.__kwdefaults__ is not None
    run.__kwdefaults__["budget_s"] = 300.0
assert drain.__kwdefaults__ is not None
drain.__kwdefaults__["limit"] = 1_000_000

# Nobody waits long for Redis or a provider; what these do not say in time is done without, or is
# unknown, and a test of what they say would fail on a machine that stalls.
for module, patience in (
    (announcing, "PATIENCE_S"),
    (pauses, "TIMEOUT_S"),
    (provider_tokens, "REDIS_TIMEOUT_S"),
    (rates, "REDIS_TIMEOUT_S"),
    (posting, "TIMEOUT_S"),
    (wire, "CONNECT_TIMEOUT_S"),
):
    assert 0 < getattr(module, patience) <= 10
    setattr(module, patience, 60.0)

hold_to_the_contract()

PASSWORD = "correct-horse-battery"


@dataclass
class Person:
    """Somebody signed in: by bearer token on the API, by session on the pages."""

    user: User
    token: str
    device_id: uuid.UUID

    @property
    def id(self) -> uuid.UUID:
        """The person's id, which is their feed's."""
        return self.user.id

    @cached_property
    def page(self) -> Client:
        """A browser, signed in when it is first used: most people of tests never open one."""
        browser = Client()
        browser.force_login(self.user)
        return browser

    @property
    def headers(self) -> dict[str, str]:
        """Headers of an API request."""
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **query: str) -> Any:
        """Ask the API."""
        return Client().get(path, query, headers=self.headers)

    def post(self, path: str, body: object = None) -> Any:
        """Post JSON to the API."""
        return Client().post(path, body, content_type="application/json", headers=self.headers)

    def put(self, path: str, body: object) -> Any:
        """Put JSON to the API."""
        return Client().put(path, body, content_type="application/json", headers=self.headers)

    def patch(self, path: str, body: object) -> Any:
        """Patch by JSON through the API."""
        return Client().patch(path, body, content_type="application/json", headers=self.headers)

    def delete(self, path: str) -> Any:
        """Delete through the API."""
        return Client().delete(path, headers=self.headers)

    def sync(self, ops: list[dict[str, Any]] | None = None, **members: Any) -> Any:
        """Make a round trip as a phone would; return the HTTP response."""
        body = {"protocol": 1, "request": str(uuid.uuid4()), "ops": ops or [], **members}
        return self.post("/v1/athletes/me/sync", body)


def make_person(name: str = "Somebody") -> Person:
    """Return a new person with a signed-in device."""
    user = sign_up(
        email=f"{uuid.uuid4().hex}@example.org", password=PASSWORD, display_name=name, zone="UTC"
    )
    signed = open_device(
        user=user,
        installation=uuid.uuid4(),
        name="Test phone",
        platform="tests",
        now=datetime.now(UTC),  # noqa: TID251 (the edge of a test)
    )
    return Person(user=user, token=signed.access_token, device_id=signed.device_id)


def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> Sharing:
    """Share the tests out among the workers."""
    return Sharing(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Begin no test so late in a day that it ends on the next: what it calls today is one day."""
    wait = until_day_is_long_enough(datetime.now(UTC))  # noqa: TID251 (the edge of a test)
    if wait:
        time.sleep(wait.total_seconds())


@pytest.fixture
def athlete() -> Person:
    """A person who owns data."""
    return make_person("Aiko Ito")


@pytest.fixture
def stranger() -> Person:
    """Another person, with nothing to do with the athlete."""
    return make_person("Sam Stranger")


@pytest.fixture
def people() -> Callable[..., Person]:
    """Make as many people as a test needs."""
    return make_person


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL that tests may kill and restore; one per process."""
    with migrated() as cluster:
        yield cluster


@pytest.fixture
def on_cluster(cluster: Cluster) -> Iterator[Cluster]:
    """The app uses that PostgreSQL for the length of a test."""
    with served_by(cluster.url(APP)):
        yield cluster


@pytest.fixture(scope="session")
def web() -> Iterator["WebProcess"]:
    """The web process on this run's database, for every test that does not hurt it."""
    from tests.serving import serving

    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def live() -> Iterator["Live"]:
    """A live process with a short breath: pings and looks twice a second."""
    from tests.live import live_process

    with live_process(STREAM_CHECK="0.5") as running:
        yield running


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements sent to the database inside the block."""
    statements: list[str] = []

    def note(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        statements.append(str(statement))
        return execute(statement, params, many, context)

    with connections["default"].execute_wrapper(note):
        yield statements


@pytest.fixture
def sql_statements() -> Callable[[], Any]:
    """Count statements: `with sql_statements() as statements: ...`."""
    return counted


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count round trips of prepared statements: how many statements each took."""
    from apps.common import statements

    counted: list[int] = []
    real = statements._trip

    def trip(raw: Any, calls: Any) -> Any:
        counted.append(len(calls))
        return real(raw, calls)

    monkeypatch.setattr(statements, "_trip", trip)
    return counted
