"""Settings whose order or value other parts rely on."""

import ast
import re
from pathlib import Path

from apps.common.jobs import Job
from config import celery_settings as celery
from config.schedule import BEAT
from tests.conftest import ROOT

OF_TESTS = {"MECHANOSTAT_TEST_HOME"}
LEASE_S = 60  # in apps/sync/sql.py, CLAIM


class TestCelery:
    def test_limits_stand_in_order(self) -> None:
        limits = (
            celery.task_soft_time_limit,
            celery.task_time_limit,
            LEASE_S,
            celery.broker_transport_options["visibility_timeout"],
        )
        assert list(limits) == sorted(set(limits))
        assert f"interval '{LEASE_S} seconds'" in (ROOT / "apps/sync/sql.py").read_text()

    def test_loses_and_keeps_nothing(self) -> None:
        assert celery.task_acks_late
        assert celery.task_reject_on_worker_lost
        assert celery.task_ignore_result
        assert celery.result_backend is None
        assert celery.accept_content == ["json"]

    def test_lets_no_push_wait_for_a_broker_that_is_away(self) -> None:
        assert celery.WEB_TRANSPORT["max_retries"] == 0
        assert celery.WEB_TRANSPORT["socket_connect_timeout"] <= 0.2
        assert celery.WEB_TRANSPORT["socket_timeout"] <= 0.2
        told = (ROOT / "config" / "wsgi.py").read_text()
        assert "broker_transport_options = celery_settings.WEB_TRANSPORT" in told

    def test_beat_only_says_look(self) -> None:
        jobs = {job.value for job in Job}
        for entry in BEAT.values():
            assert set(entry) == {"task", "schedule"}
            assert entry["task"] in jobs

    def test_every_job_has_a_task(self) -> None:
        from config.celery import app

        app.loader.import_default_modules()
        assert {job.value for job in Job} <= set(app.tasks)


class TestEnvironment:
    def test_what_an_operator_can_set_is_in_the_guide(self) -> None:
        read = r"(?:env(?:\.\w+)?\(\s*|\$\{)[\"']?([A-Z][A-Z0-9_]+)"
        sources = [*(ROOT / "config" / "settings").glob("*.py"), ROOT / "Procfile"]
        names = {name for path in sources for name in re.findall(read, path.read_text())}
        guide = (ROOT / "docs" / "operators.md").read_text()
        assert {"DATABASE_URL", "LIVE_WORKERS", "EMAIL_URL"} <= names
        assert [name for name in sorted(names - OF_TESTS) if f"`{name}`" not in guide] == []


class TestCode:
    def test_nothing_waits_for_a_clock_in_a_queue(self) -> None:
        for path in _sources("apps", "tasks", "config"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.keyword):
                    assert node.arg not in {"eta", "countdown"}, path

    def test_the_project_speaks_of_itself_alone(self) -> None:
        hosts = ("pypi.org", "registry.npmjs", "/work/")
        texts = [
            *_sources("apps", "backend", "config", "phone", "tasks"),
            *ROOT.glob("docs/**/*.md"),
        ]
        for path in [*texts, *ROOT.glob("requirements/*"), ROOT / "README.md"]:
            text = path.read_text()
            assert not [host for host in hosts if host in text], path


def _sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
