"""`make run` as a newcomer sees it, and what survives when parts of it are killed."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from backend.formats import read
from backend.records.ids import record_id
from backend.simulate import sample_vitamin_d
from phone.client import Phone
from phone.store import Store
from tests.conftest import ROOT
from tests.live import Reader, following
from tests.stack.conftest import PATIENCE_S, Stack, start_stack, stop, until

pytestmark = pytest.mark.processes
FIT_FILES = ROOT.parent / "shared" / "data" / "fit"


@pytest.fixture
def phone(stack: Stack, tmp_path: Path) -> Iterator[Phone]:
    """A new person's phone, signed in."""
    with Store(tmp_path / "phone.sqlite") as store, Phone(stack.url, store) as phone:
        email = f"{uuid.uuid4().hex}@example.org"
        phone.sign_up(email, "correct-horse-battery", display_name="Somebody")
        phone.sign_in(email, "correct-horse-battery")
        yield phone


def push_vitamin_d(phone: Phone, value: float, drawn: datetime) -> None:
    """Put a FHIR result into the phone's outbox."""
    (draft,) = read(sample_vitamin_d(drawn, value)).drafts
    target = record_id(phone.athlete, draft.type, draft.system, draft.external_id)
    phone.put(draft.type, target, set=json.loads(draft.body))


class TestStory:
    def test_ends_with_a_summary_and_a_reminder_84_days_after_the_sample(
        self, stack: Stack
    ) -> None:
        assert "FIT file" in stack.output
        assert "Reminder" in stack.output
        days = [stack.began_on, stack.began_on + timedelta(days=1)]  # it may start before midnight
        drawn = [day - timedelta(days=5) for day in days]
        assert any(str(day + timedelta(days=84)) in stack.output for day in drawn)
        for page in ("me", "coach", "app", "docs"):
            assert f"{stack.url}/{page} " in stack.output, "whole, however narrow the terminal"

    @pytest.mark.skipif(not FIT_FILES.is_dir(), reason="shared sample data is not on this machine")
    def test_holds_with_real_fit_files(self, phone: Phone) -> None:
        names = ("strength-76-sets.fit", "garmin-fenix-5-run.fit", "suunto-strength-no-sets.fit")
        for name in names:
            for draft in read((FIT_FILES / name).read_bytes()).drafts:
                target = record_id(phone.athlete, draft.type, draft.system, draft.external_id)
                phone.put(draft.type, target, set=json.loads(draft.body))
        drawn = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
        push_vitamin_d(phone, 31.0, drawn)
        report = phone.sync()
        assert (len(report.finished), phone.attention()) == (4, [])
        phone.wait_current(PATIENCE_S)
        reminders = [record.body for record in phone.records("reminder")]
        (reminder,) = [one for one in reminders if one["rule"] == "rem.vitd_retest_low"]
        assert reminder["due_date"] == str(date(2026, 10, 5) + timedelta(days=84))
        (summary,) = [record.body for record in phone.records("risk_summary")]
        assert summary["algorithm_version"] == "msbs-1.0.0"
        assert len(summary["domains"]) == 5


class TestKills:
    @pytest.mark.parametrize("victim", ["config.celery worker", "config.celery beat"])
    def test_a_killed_process_comes_back_and_the_summary_arrives(
        self, stack: Stack, phone: Phone, victim: str
    ) -> None:
        stack.kill(victim)
        push_vitamin_d(phone, 31.0, datetime(2026, 10, 5, 8, 0, tzinfo=UTC))
        phone.sync()
        phone.wait_current(PATIENCE_S)
        assert phone.records("risk_summary")
        until(lambda: bool(stack.pids(victim)), what=f"{victim} coming back")

    def test_a_killed_valkey_comes_back_and_the_summary_arrives(
        self, stack: Stack, phone: Phone
    ) -> None:
        until(lambda: stack.server_pid("valkey") is not None, what="valkey running")
        killed = stack.server_pid("valkey")
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        push_vitamin_d(phone, 31.0, datetime(2026, 10, 5, 8, 0, tzinfo=UTC))
        phone.sync()
        phone.wait_current(PATIENCE_S)
        assert phone.records("risk_summary")
        until(lambda: stack.server_pid("valkey") not in (killed, None), what="valkey coming back")


class TestWakeUp:
    def test_tells_of_the_push_and_of_the_summary(self, stack: Stack, phone: Phone) -> None:
        with followed(stack, phone) as reader:
            push_vitamin_d(phone, 31.0, datetime(2026, 10, 5, 8, 0, tzinfo=UTC))
            phone.sync()
            # The worker may be so quick that one event tells of both.
            until(lambda: len(reader.heads) > 1, what="an event of the push")
            phone.wait_current(PATIENCE_S)
            reader.comes_to(newest_head(phone))
            assert phone.records("risk_summary")

    def test_comes_back_when_its_process_was_killed(self, stack: Stack, phone: Phone) -> None:
        with followed(stack, phone) as reader:
            stack.kill("config.asgi:application")
            push_vitamin_d(phone, 31.0, datetime(2026, 10, 5, 8, 0, tzinfo=UTC))
            phone.sync()
            phone.wait_current(PATIENCE_S)
            reader.comes_to(newest_head(phone))


def followed(stack: Stack, phone: Phone) -> AbstractContextManager[Reader]:
    """Follow the phone's stream as another of the person's devices would."""
    token = phone.store.account().token
    assert token is not None
    return following(stack.live_url, phone.athlete, token)


def newest_head(phone: Phone) -> str:
    """Return the place the phone has reached."""
    witness = phone.store.place().witness
    assert witness is not None
    return witness.head


class TestEnd:
    def test_once_ends_with_status_zero_and_leaves_nothing_running(self, tmp_path: Path) -> None:
        home = Path(tempfile.mkdtemp(prefix="ms-", dir="/tmp"))
        once = start_stack(home, "--once", "--no-demo-history")
        assert stop(once, asked=False) == 0, once.output
        left = [
            process.info["cmdline"]
            for process in psutil.process_iter(["cmdline"])
            if str(home) in " ".join(process.info["cmdline"] or [])
        ]
        assert left == []

    def test_says_what_to_do_when_the_port_is_taken(self, stack: Stack) -> None:
        port = stack.url.rpartition(":")[2]
        told = subprocess.run(
            [sys.executable, "manage.py", "run", "--port", port],
            cwd=ROOT,
            capture_output=True,
            text=True,
            env={
                **os.environ,
                "MECHANOSTAT_HOME": str(stack.home),
                "DJANGO_SETTINGS_MODULE": "config.settings.local",
            },
        )
        assert told.returncode != 0
        assert f"Port {port}" in told.stderr
        assert "PORT=8010" in told.stderr
