"""Idempotency keys: one effect, one answer, however often it is asked for."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Device, KeptAnswer
from apps.accounts.services import keeping
from apps.coaching.models import Team
from apps.common.actor import acting_as
from tests.conftest import Person
from tests.faults.held import PATIENCE_S


def post(person: Person, body: object, key: str, path: str = "/v1/teams") -> Any:
    """Post with a key."""
    headers = {**person.headers, "Idempotency-Key": key}
    return Client().post(path, body, content_type="application/json", headers=headers)


def teams(name: str) -> int:
    """Return how many teams have this name."""
    return Team.objects.filter(name=name).count()


class TestKey:
    def test_makes_a_repeat_harmless(self, athlete: Person) -> None:
        name = f"Team {athlete.id}"
        first, again = (post(athlete, {"name": name}, "k-1") for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert "Idempotency-Replayed" not in first
        assert again["Idempotency-Replayed"] == "true"
        assert teams(name) == 1

    def test_gives_again_what_is_shown_only_once(self, athlete: Person) -> None:
        team = post(athlete, {"name": "T"}, "team").json()["id"]
        asked = {"categories": ["sessions"], "purpose": "to see", "max_uses": 1}
        path = f"/v1/teams/{team}/invitations"
        first, again = (post(athlete, asked, "invite", path) for _ in range(2))
        assert first.status_code == 201, first.content
        assert first.json() == again.json()
        with acting_as(athlete.id):
            kept = [bytes(row.answer or b"") for row in KeptAnswer.objects.all()]
        shown = [v.encode() for v in first.json().values() if isinstance(v, str)]
        assert not [value for value in shown for row in kept if value in row]

    def test_of_another_request_is_refused(self, athlete: Person) -> None:
        post(athlete, {"name": "A"}, "k")
        answer = post(athlete, {"name": "B"}, "k")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")

    def test_of_another_person_is_another_key(self, athlete: Person, stranger: Person) -> None:
        answers = [post(person, {"name": "A"}, "same") for person in (athlete, stranger)]
        assert answers[0].json()["id"] != answers[1].json()["id"]

    @pytest.mark.parametrize("key", ["", "x" * 10_240, "a\0b", "é"])
    def test_that_is_none_is_refused(self, athlete: Person, key: str) -> None:
        answer = post(athlete, {"name": "A"}, key)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")

    def test_of_a_refused_request_is_free_again(self, athlete: Person) -> None:
        assert post(athlete, {"name": ""}, "k").status_code == 422
        assert post(athlete, {"name": "Good"}, "k").status_code == 201

    def test_is_free_again_after_a_day(self, athlete: Person) -> None:
        first = post(athlete, {"name": "A"}, "k").json()
        with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
            later = post(athlete, {"name": "B"}, "k")
        assert (later.status_code, later.json()["id"] != first["id"]) == (201, True)

    def test_of_a_running_request_says_so(self, athlete: Person) -> None:
        started, done = threading.Event(), threading.Event()
        answers: list[Any] = []

        def slow() -> bytes:
            started.set()
            assert done.wait(PATIENCE_S)
            return b"1"

        def first() -> None:
            answers.append(ask(slow))
            connection.close()

        def ask(run: Callable[[], bytes]) -> Any:
            return keeping.once(
                person_id=athlete.id, key="k", asked=b"x", run=run, now=timezone.now()
            )

        thread = threading.Thread(target=first)
        thread.start()
        assert started.wait(PATIENCE_S)
        try:
            with pytest.raises(keeping.RequestInProgress):
                ask(lambda: b"2")
        finally:
            done.set()
            thread.join()
        assert answers == [(b"1", False)]
        assert ask(lambda: b"3") == (b"1", True)


class TestDevices:
    def test_describe_themselves_anew(self, athlete: Person) -> None:
        device = Device.objects.get(id=athlete.device_id)
        body = {"installation": str(device.installation), "name": "New", "platform": "ios 20"}
        answer = athlete.post("/v1/devices", body)
        assert (answer.status_code, answer.json()["name"]) == (200, "New")
        unknown = {**body, "installation": str(athlete.id)}
        assert athlete.post("/v1/devices", unknown).status_code == 404

    def test_take_a_push_token_along(self, athlete: Person, stranger: Person) -> None:
        body = {"channel": "fcm", "token": f"t-{athlete.id}"}
        for person in (athlete, stranger):
            path = f"/v1/devices/{person.device_id}/push-token"
            answer = Client().put(
                path, body, content_type="application/json", headers=person.headers
            )
            assert answer.status_code == 204
        found = Device.objects.filter(push_token=body["token"])
        assert [device.id for device in found] == [stranger.device_id]
        foreign = Client().put(
            f"/v1/devices/{stranger.device_id}/push-token", body,
            content_type="application/json", headers=athlete.headers,
        )  # fmt: skip
        assert foreign.status_code == 404
