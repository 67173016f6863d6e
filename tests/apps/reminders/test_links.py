"""Signed links: one answer, once, to the one reminder and date; nothing by looking."""

import re
import threading
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import connections
from django.test import Client

from apps.common.actor import acting_as
from apps.common.limits import ATTEMPTS
from apps.reminders.models import UsedLink
from apps.reminders.services.deliver import deliver_due
from apps.reminders.services.forget import forget_athlete
from apps.reminders.services.links import LASTS, links_for, stop_link
from tests.apps.reminders.feed import (
    CANARY,
    NOON,
    TODAY,
    address,
    change,
    days,
    inbox,
    remind,
    reminder,
    set_profile,
)
from tests.apps.reminders.postbox import Postbox
from tests.apps.reminders.test_answer import acks
from tests.conftest import Person


def paths(person: Person, key: uuid.UUID, *, due: date = TODAY, now: Any = NOON) -> dict[str, str]:
    """Return the paths of the three links to a reminder."""
    links = links_for(athlete_id=person.id, reminder_id=key, due_date=due, now=now)
    return {action: urlsplit(link).path for action, link in links.items()}


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    """The time of the reminders; each test has a network of its own to be limited by."""
    with time_machine.travel(NOON, tick=True):
        yield


@pytest.fixture
def browser() -> Client:
    """Somebody who is not signed in, strict about forms, from a network nobody used."""
    host = uuid.uuid4().int % 2**32
    return Client(enforce_csrf_checks=True, REMOTE_ADDR=f"fd00::{host >> 16:x}:{host & 0xFFFF:x}")


class TestLink:
    @pytest.mark.parametrize(
        ("action", "state"), [("done", "done"), ("snoozed", "snoozed"), ("dismissed", "dismissed")]
    )
    def test_answers_when_its_button_is_pressed(
        self, athlete: Person, browser: Client, action: str, state: str
    ) -> None:
        [key] = remind(athlete)
        path = paths(athlete, key)[action]
        for _ in range(2):
            page = browser.get(path)
            assert page.status_code == 200
            assert page.content.count(b"<button") == 1
        assert acks(athlete) == [], "looking changes nothing"
        answered = browser.post(path)
        assert answered.status_code == 200
        assert "Noted" in answered.content.decode()
        [row] = acks(athlete)
        assert row["body"]["action"] == action
        assert inbox(athlete)[key].state == state

    def test_is_spent_once(self, athlete: Person, browser: Client) -> None:
        [key] = remind(athlete)
        path = paths(athlete, key)["done"]
        browser.post(path)
        for again in (browser.post(path), browser.get(path)):
            assert again.status_code == 200
            assert "Already noted" in again.content.decode()
            assert b"<button" not in again.content
        assert len(acks(athlete)) == 1

    def test_is_spent_with_the_link_of_another_message(
        self, athlete: Person, browser: Client
    ) -> None:
        [key] = remind(athlete)
        first = paths(athlete, key)["done"]
        second = paths(athlete, key, now=NOON - timedelta(days=2))["done"]
        assert first != second
        browser.post(first)
        assert "Already noted" in browser.post(second).content.decode()
        assert len(acks(athlete)) == 1

    def test_pressed_twice_at_once_answers_once(self, athlete: Person) -> None:
        [key] = remind(athlete)
        path = paths(athlete, key)["done"]
        gate = threading.Barrier(4)
        pages: list[str] = []

        def press() -> None:
            gate.wait()
            pages.append(Client().post(path).content.decode())
            connections.close_all()

        threads = [threading.Thread(target=press) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum("Already noted" in page for page in pages) == 3
        assert len(acks(athlete)) == 1

    def test_that_does_nothing_says_so_in_the_same_words(
        self, athlete: Person, browser: Client
    ) -> None:
        closed, moved, open_one = remind(athlete, reminder(), reminder(), reminder())
        of_closed, of_moved = paths(athlete, closed)["done"], paths(athlete, moved)["done"]
        change(athlete, closed, reminder(state="closed"))
        change(athlete, moved, reminder(due=days(9)))
        genuine = paths(athlete, open_one)["done"]
        expired = paths(athlete, open_one, now=NOON - LASTS - timedelta(hours=2))["done"]
        head, _, signature = genuine.rpartition(".")
        useless = [
            of_closed,
            of_moved,
            paths(athlete, uuid.uuid4())["done"],
            expired,
            f"{head}.{signature[::-1]}",
            f"{head[:-2]}zz.{signature}",
            f"{head}.",
            "/r/x",
            "/r/" + "A" * 5_000,
            "/r/%00%FF",
        ]
        seen = set()
        for path in useless:
            for page in (browser.get(path), browser.post(path)):
                assert page.status_code == 404, path
                seen.add(page.content)
        assert len(seen) == 1
        assert "does nothing any more" in seen.pop().decode()
        assert acks(athlete) == []

    def test_shows_nothing_of_health_or_the_person(self, athlete: Person, browser: Client) -> None:
        [key] = remind(athlete)
        path = paths(athlete, key)["done"]
        assert "?" not in path
        told = "".join(
            page.content.decode() for page in (browser.get(path), browser.post(path))
        ).lower()
        for secret in (
            CANARY, "vitamin", "blood", "retest", "rem.", "ng/ml", athlete.user.display_name,
            athlete.user.email, str(key), str(athlete.id), str(TODAY), "4 may",
        ):  # fmt: skip
            assert secret.lower() not in told

    def test_speaks_the_persons_language(self, athlete: Person, browser: Client) -> None:
        set_profile(athlete, locale="de-AT")
        [key] = remind(athlete)
        path = paths(athlete, key)["done"]
        assert "Erledigt" in browser.get(path).content.decode()
        assert "Notiert" in browser.post(path).content.decode()
        lost = browser.get("/r/lost", headers={"Accept-Language": "de-DE,de;q=0.9"})
        assert "bewirkt nichts mehr" in lost.content.decode()

    def test_never_stands_in_a_log(
        self, athlete: Person, browser: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        [key] = remind(athlete)
        path = paths(athlete, key)["done"]
        caplog.set_level("DEBUG")
        browser.get(path)
        browser.post(path)
        browser.get(path[:-1] + "_")
        token = path.removeprefix("/r/")
        told = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
        assert token not in told
        assert token[:-1] not in told

    def test_is_limited_by_network(self, browser: Client) -> None:
        most = ATTEMPTS["link"].amount
        pages = [browser.get("/r/guess") for _ in range(most + 1)]
        assert [page.status_code for page in pages[:most]] == [404] * most
        assert pages[-1].status_code == 429
        assert pages[-1]["Retry-After"] == "60"

    def test_of_somebody_who_left_does_nothing(self, athlete: Person, browser: Client) -> None:
        [key] = remind(athlete)
        path = paths(athlete, key)["done"]
        stop = urlsplit(stop_link(athlete_id=athlete.id, now=NOON)).path
        athlete.user.is_active = False
        athlete.user.save()
        assert [browser.post(one).status_code for one in (path, stop)] == [404, 404]

    def test_leaves_nothing_when_the_person_is_forgotten(
        self, athlete: Person, browser: Client
    ) -> None:
        [key] = remind(athlete)
        browser.post(paths(athlete, key)["done"])
        with acting_as(athlete.id):
            assert UsedLink.objects.count() == 1
            forget_athlete(athlete.id)
            assert UsedLink.objects.count() == 0


class TestStopLink:
    def test_switches_mail_off_by_one_click_of_the_mail_reader(
        self, athlete: Person, browser: Client
    ) -> None:
        path = urlsplit(stop_link(athlete_id=athlete.id, now=NOON)).path
        assert b"<button" in browser.get(path).content
        clicked = browser.post(path, {"List-Unsubscribe": "One-Click"})
        assert clicked.status_code == 200
        assert browser.post(path).status_code == 200
        assert "E-mail is off" in browser.get(path).content.decode()
        pulled = athlete.get("/v1/athletes/me/changes", types="athlete_profile").json()
        [row] = pulled["page"]["rows"]
        assert row["body"]["reminder_channels_off"] == ["email"]
        assert row["rev"] == 1

    def test_keeps_the_rest_of_the_profile(self, athlete: Person, browser: Client) -> None:
        set_profile(athlete, height_cm=171, reminder_channels_off=["push"], x_mine="kept")
        clicked = browser.post(urlsplit(stop_link(athlete_id=athlete.id, now=NOON)).path)
        assert clicked.status_code == 200
        pulled = athlete.get("/v1/athletes/me/changes", types="athlete_profile").json()
        body = pulled["page"]["rows"][0]["body"]
        assert body["reminder_channels_off"] == ["push", "email"]
        assert (body["height_cm"], body["x_mine"]) == (171, "kept")


class TestMail:
    def test_offers_the_three_answers_and_a_way_out(
        self, athlete: Person, postbox: Postbox, browser: Client
    ) -> None:
        [key] = remind(athlete)
        deliver_due(now=NOON)
        [mail] = postbox.mails_to(address(athlete))
        found = re.findall(r"https://app\.example\.org(/r/[\w.=-]+)", mail.everything)
        assert len(dict.fromkeys(found)) >= 4
        stop = mail.message["List-Unsubscribe"]
        assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert urlsplit(stop.strip("<> ")).path in found
        text = mail.message.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
        done = re.search(r"Done: https://app\.example\.org(\S+)", text)
        assert done is not None
        assert browser.post(done[1]).status_code == 200
        assert inbox(athlete)[key].state == "done"

    def test_speaks_the_persons_language(
        self, people: Callable[..., Person], postbox: Postbox
    ) -> None:
        person = people()
        set_profile(person, locale="de")
        remind(person)
        deliver_due(now=NOON)
        [mail] = postbox.mails_to(address(person))
        assert mail.message["Subject"] == "In Mechanostat gibt es Neues für dich"
        text = mail.message.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
        assert "Eine Woche später: https://" in text
