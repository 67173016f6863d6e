"""Jobs: registered by name, acknowledged late, called with JSON by keyword."""

import json
from typing import Any

import pytest

from apps.common.jobs import Job
from apps.insights.services import recompute
from config.celery import app
from tasks.base import InvalidJob, job


def registered(name: Job) -> Any:
    """Return a job as a worker knows it."""
    app.loader.import_default_modules()
    return app.tasks[name.value]


class TestRegistration:
    @pytest.mark.parametrize("name", list(Job))
    def test_is_by_name_and_acknowledges_after_the_work(self, name: Job) -> None:
        task = registered(name)
        assert task.name == name.value
        assert task.acks_late
        assert task.reject_on_worker_lost
        assert task.ignore_result
        assert task.autoretry_for
        assert task.retry_jitter
        longest = app.conf.broker_transport_options["visibility_timeout"]
        assert task.max_retries * task.retry_backoff_max < longest

    @pytest.mark.parametrize("name", list(Job))
    def test_takes_an_empty_message_and_one_of_a_newer_release(
        self, name: Job, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(recompute, "drain", lambda *, now: None)
        monkeypatch.setattr(recompute, "start_day", lambda *, now: None)
        monkeypatch.setattr("tasks.reminders.sweep", lambda *, now: None)
        monkeypatch.setattr("tasks.uploads.service.sweep", lambda *, now: 0)
        monkeypatch.setattr("tasks.coaching.telling_looks.tell_looks", lambda *, now: 0)
        monkeypatch.setattr("tasks.coaching.telling.tell_consents", lambda *, now: 0)
        task = registered(name)
        for message in ({}, {"added_later": 1}):
            task.run(**json.loads(json.dumps(message)))


class TestSignature:
    def test_refuses_positional_arguments(self) -> None:
        def positional(athlete_id: str, **_newer: object) -> None: ...

        with pytest.raises(InvalidJob):
            job(Job.RECOMPUTE)(positional)

    def test_refuses_a_job_that_newer_messages_would_break(self) -> None:
        def closed(*, athlete_id: str) -> None: ...

        with pytest.raises(InvalidJob):
            job(Job.RECOMPUTE)(closed)
