"""The calendar feed: read by whoever has the address, telling days and nothing more."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import icalendar
import pytest
from django.test import Client

from apps.common.actor import acting_as
from apps.common.limits import ATTEMPTS
from apps.reminders.models import Calendar
from apps.reminders.services.forget import forget_athlete
from tests.apps.reminders.feed import (
    CANARY,
    TODAY,
    change,
    days,
    remind,
    reminder,
    set_profile,
)
from tests.conftest import Person

API = "/v1/me/calendar"


@pytest.fixture
def program() -> Client:
    """A calendar program, from a network nobody used."""
    host = uuid.uuid4().int % 2**32
    return Client(REMOTE_ADDR=f"fd01::{host >> 16:x}:{host & 0xFFFF:x}")


def made(person: Person, **body: Any) -> str:
    answer = person.post(API, body)
    assert answer.status_code == 201, answer.content
    return str(urlsplit(answer.json()["url"]).path)


def events(answer: Any) -> list[Any]:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))


class TestFile:
    def test_has_a_whole_day_for_each_open_reminder(self, athlete: Person, program: Client) -> None:
        soon, late, closed = remind(
            athlete, reminder(), reminder(due=days(40)), reminder(due=days(5))
        )
        change(athlete, closed, reminder(due=days(5), state="closed"))
        found = events(program.get(made(athlete)))
        assert [(str(one["UID"]).split("@")[0], one.decoded("DTSTART")) for one in found] == [
            (str(soon), TODAY),
            (str(late), days(40)),
        ]
        assert found[0].decoded("DTEND") == TODAY + timedelta(days=1)
        assert {str(one["SUMMARY"]) for one in found} == {"Mechanostat reminder"}
        assert {str(one["CLASS"]) for one in found} == {"PRIVATE"}

    def test_says_nothing_of_health_or_the_person(self, athlete: Person, program: Client) -> None:
        remind(athlete)
        told = program.get(made(athlete)).content.decode().lower()
        for secret in (
            CANARY, "vitamin", "blood", "low_result", "rem.", athlete.user.display_name,
            athlete.user.email, str(athlete.id),
        ):  # fmt: skip
            assert secret.lower() not in told

    def test_has_the_sentences_when_the_athlete_ticked_so(
        self, athlete: Person, program: Client
    ) -> None:
        hostile = "Wash;\r\nATTENDEE:mailto:x@example.org\\, BEGIN:VEVENT\n" + "ä" * 200
        remind(athlete, reminder(text={"en": hostile}))
        answer = program.get(made(athlete, with_titles=True))
        [event] = events(answer)
        assert "ATTENDEE" not in event
        assert str(event["SUMMARY"]).split() == hostile.split()
        assert max(len(line) for line in answer.content.split(b"\r\n")) <= 75

    def test_counts_each_change(self, athlete: Person, program: Client) -> None:
        [key] = remind(athlete)
        path = made(athlete)
        [before] = events(program.get(path))
        change(athlete, key, reminder(due=days(8)))
        [after] = events(program.get(path))
        assert (before["UID"], before["SEQUENCE"], after["SEQUENCE"]) == (after["UID"], 0, 1)
        assert after.decoded("DTSTART") == days(8)
        assert after.decoded("LAST-MODIFIED") >= before.decoded("LAST-MODIFIED")

    def test_is_not_sent_twice(self, athlete: Person, program: Client) -> None:
        [key] = remind(athlete)
        path = made(athlete)
        first = program.get(path)
        again = program.get(path, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert first["Cache-Control"] == "private, no-cache"
        change(athlete, key, reminder(due=days(8)))
        assert program.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 200

    def test_honours_a_pause_and_what_is_muted(self, athlete: Person, program: Client) -> None:
        _, late, _ = remind(
            athlete,
            reminder(due=days(1)),
            reminder(due=days(9)),
            reminder(due=days(10), topic="calcium", priority=1),
        )
        set_profile(
            athlete, reminders_paused_until=days(9).isoformat(), reminder_topics_off=["calcium"]
        )
        [event] = events(program.get(made(athlete)))
        assert str(event["UID"]).startswith(str(late))

    def test_speaks_the_persons_language(self, athlete: Person, program: Client) -> None:
        set_profile(athlete, locale="de-DE")
        remind(athlete)
        [event] = events(program.get(made(athlete)))
        assert str(event["SUMMARY"]) == "Mechanostat-Erinnerung"


class TestAddress:
    def test_is_kept_as_a_digest_alone(self, athlete: Person) -> None:
        secret = made(athlete).removeprefix("/calendar/").removesuffix(".ics")
        with acting_as(athlete.id):
            row = Calendar.objects.get()
        assert secret.encode() not in bytes(row.digest)
        assert len(bytes(row.digest)) == 32
        assert secret not in athlete.get(API).content.decode()

    def test_ends_by_delete_by_a_new_one_and_with_the_person(
        self, athlete: Person, program: Client
    ) -> None:
        first = made(athlete)
        second = made(athlete, with_titles=True)
        assert athlete.get(API).json()["with_titles"] is True
        assert program.get(first).status_code == 404
        assert program.get(second).status_code == 200
        assert [athlete.delete(API).status_code for _ in range(2)] == [204, 204]
        assert program.get(second).status_code == 404
        assert athlete.get(API).json() == {
            "is_on": False, "with_titles": False, "created_at": None,
        }  # fmt: skip
        third = made(athlete)
        with acting_as(athlete.id):
            forget_athlete(athlete.id)
        assert program.get(third).status_code == 404

    def test_that_is_none_answers_the_same_and_stands_in_no_log(
        self, athlete: Person, program: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        ended = made(athlete)
        good = made(athlete)
        wrong = [
            ended,
            good[:-7] + "AAA.ics",
            "/calendar/x.ics",
            "/calendar/%F0%9F%A6%B4.ics",
            "/calendar/" + "A" * 54 + ".ics",
            "/calendar/" + "A" * 4_000 + ".ics",
        ]
        answers = {(one.status_code, one.content) for one in map(program.get, wrong)}
        assert answers == {(404, b"Not found.")}
        told = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
        assert ended.split("/")[-1][:-4] not in told
        assert good.split("/")[-1][:-4] not in told

    def test_of_somebody_who_left_is_none(self, athlete: Person, program: Client) -> None:
        path = made(athlete)
        athlete.user.is_active = False
        athlete.user.save()
        assert program.get(path).status_code == 404

    def test_is_limited_by_network(self, program: Client) -> None:
        most = ATTEMPTS["calendar"].amount
        codes = [program.get("/calendar/x.ics").status_code for _ in range(most + 1)]
        assert codes == [404] * most + [429]


class TestPage:
    def test_shows_the_address_once_and_ends_it(self, athlete: Person, program: Client) -> None:
        shown = athlete.page.post("/me/calendar", {"action": "make"}).content.decode()
        path = "/calendar/" + shown.split("/calendar/")[1].split("<")[0]
        assert program.get(path).status_code == 200
        later = athlete.page.get("/me/preferences").content.decode()
        assert path not in later
        assert "An address was made" in later
        assert athlete.page.post("/me/calendar", {"action": "end"}).status_code == 302
        assert program.get(path).status_code == 404
