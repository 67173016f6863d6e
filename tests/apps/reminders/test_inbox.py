"""The inbox by API and in the browser: one's own, counted, and nobody else's."""

import base64
import uuid
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from apps.common.actor import acting_as
from apps.reminders.models import InboxItem
from apps.reminders.selectors import InboxPage, inbox_of
from backend.reminding.catalogue import RULES
from tests.apps.reminders.feed import CANARY, NOON, change, days, inbox, remind, reminder
from tests.conftest import Person, counted

INBOX = "/v1/me/inbox"
PAGE = "/me/inbox"


def seen_path(key: uuid.UUID) -> str:
    return f"{INBOX}/{key}/seen"


def page_of(athlete: Person, cursor: str | None) -> InboxPage:
    """Return two items of an inbox."""
    with acting_as(athlete.id):
        return inbox_of(owner=athlete.id, cursor=cursor, limit=2)


class TestList:
    def test_shows_open_reminders_soonest_first(self, athlete: Person) -> None:
        late, soon = remind(athlete, reminder(due=days(30)), reminder(due=days(-3), priority=1))
        body = athlete.get(INBOX).json()
        assert body["unread"] == 1
        assert body["next_cursor"] is None
        assert [item["reminder_id"] for item in body["items"]] == [str(soon), str(late)]
        first = body["items"][0]
        assert first["due_date"] == days(-3).isoformat()
        assert first["text"]["en"].startswith(CANARY)
        assert first["evidence"] == RULES["rem.vitd_retest_low"].source
        assert first["grade"] == RULES["rem.vitd_retest_low"].evidence
        assert (first["state"], first["seen_at"]) == ("due", None)

    def test_leaves_out_what_is_closed(self, athlete: Person) -> None:
        [key] = remind(athlete)
        change(athlete, key, reminder(state="closed"))
        assert athlete.get(INBOX).json() == {
            "items": [],
            "unread": 0,
            "next_cursor": None,
            "push_stopped": [],
        }

    def test_is_empty_for_a_stranger(self, athlete: Person, stranger: Person) -> None:
        remind(athlete)
        assert stranger.get(INBOX).json() == {
            "items": [],
            "unread": 0,
            "next_cursor": None,
            "push_stopped": [],
        }

    def test_needs_a_token(self, athlete: Person) -> None:
        assert Client().get(INBOX).status_code == 401
        assert athlete.page.get(INBOX).status_code == 401, "a session does not open the API"

    def test_goes_on_where_the_page_ended(self, athlete: Person) -> None:
        keys = remind(athlete, *(reminder(due=days(number // 2)) for number in range(7)))
        found: list[uuid.UUID] = []
        cursor: str | None = None
        for _ in range(4):
            page = page_of(athlete, cursor)
            assert page.unread == 2, "the others are not due yet"
            found += [item.reminder_id for item in page.items]
            cursor = page.next_cursor
        assert cursor is None
        assert sorted(found) == sorted(keys)
        by_day = [item.due_date for item in map(inbox(athlete).__getitem__, found)]
        assert by_day == sorted(by_day)

    def test_goes_on_after_an_item_that_closed_moved_or_is_gone_meanwhile(
        self, athlete: Person
    ) -> None:
        days_due = [days(1), days(2), days(3)]
        _, second, third = remind(athlete, *(reminder(due=day) for day in days_due))
        cursor = page_of(athlete, None).next_cursor
        assert cursor is not None
        change(athlete, second, reminder(due=days(2), state="closed"))
        assert [item.reminder_id for item in page_of(athlete, cursor).items] == [third]
        change(athlete, second, reminder(due=days(9)))
        assert [item.reminder_id for item in page_of(athlete, cursor).items] == [third, second]
        with acting_as(athlete.id):
            InboxItem.objects.filter(athlete_id=athlete.id, reminder_id=second).delete()
        assert [item.reminder_id for item in page_of(athlete, cursor).items] == [third]
        body = athlete.get(INBOX, cursor=cursor).json()
        assert [item["reminder_id"] for item in body["items"]] == [str(third)]

    def test_cursor_tells_no_day_and_of_another_person_nothing(
        self, athlete: Person, stranger: Person
    ) -> None:
        remind(athlete, *(reminder(due=days(number)) for number in range(3)))
        cursor = page_of(athlete, None).next_cursor
        assert cursor is not None
        opened = base64.urlsafe_b64decode(cursor)
        assert days(1).toordinal().to_bytes(4, "big") not in opened
        assert stranger.get(INBOX, cursor=cursor).json()["items"] == []

    def test_refuses_a_cursor_that_is_none(self, athlete: Person) -> None:
        for cursor in ("2026-05-04", str(uuid.uuid4()), "é" * 9):
            answer = athlete.get(INBOX, cursor=cursor)
            assert answer.status_code == 422
            assert answer.json()["code"] == "invalid-cursor"

    def test_costs_the_same_for_one_item_and_for_many(self, people: Callable[..., Person]) -> None:
        def statements(number: int) -> int:
            person = people()
            remind(person, *(reminder(due=days(n)) for n in range(number)))
            with counted() as seen:
                assert len(person.get(INBOX).json()["items"]) == number
            return len(seen)

        assert statements(1) == statements(20) <= 6


class TestSeen:
    def test_is_kept_from_the_first_time(self, athlete: Person) -> None:
        [key, other] = remind(athlete, reminder(), reminder())
        first = athlete.post(seen_path(key))
        again = athlete.post(seen_path(key))
        assert first.status_code == again.status_code == 200
        assert first.json()["seen_at"] is not None
        assert first.json() == again.json()
        assert athlete.get(INBOX).json()["unread"] == 1
        assert inbox(athlete)[other].seen_at is None

    def test_of_anothers_reminder_is_like_of_none(self, athlete: Person, stranger: Person) -> None:
        [key] = remind(athlete)
        foreign = stranger.post(seen_path(key))
        missing = stranger.post(seen_path(uuid.uuid4()))
        assert foreign.status_code == missing.status_code == 404
        assert foreign.content == missing.content
        assert inbox(athlete)[key].seen_at is None

    def test_on_the_phone_counts_here_too(self, athlete: Person) -> None:
        [key] = remind(athlete)
        change(athlete, key, reminder(state="seen"))
        assert athlete.get(INBOX).json()["unread"] == 0

    def test_ends_when_the_reminder_gets_another_day(self, athlete: Person) -> None:
        [key] = remind(athlete)
        athlete.post(seen_path(key))
        change(athlete, key, reminder(due=days(-1)))
        assert athlete.get(INBOX).json()["unread"] == 1


class TestPage:
    def test_shows_what_is_due_and_why(self, athlete: Person) -> None:
        [key] = remind(athlete, reminder(due=days(0)))
        html = athlete.page.get(PAGE).content.decode()
        assert "1 unread" in html
        assert "Repeat 25-OH vitamin D" in html
        assert "Open the app" not in html  # as a lock screen says it: this is the place
        assert "4 May 2026" in html
        assert "Because the last result was low" in html
        assert "a guideline or expert consensus" in html
        assert f"reminder-{key}" in html
        assert f'action="/me/inbox/{key}/seen"' in html

    def test_counts_what_is_due_as_the_api_does(self, athlete: Person) -> None:
        remind(athlete, reminder(), reminder(due=days(30)), reminder(due=days(-1), state="snoozed"))
        html = athlete.page.get(PAGE).content.decode()
        assert athlete.get(INBOX).json()["unread"] == 1
        assert "1 unread" in html
        assert html.count('class="dot-new"') == 1

    def test_has_a_button_that_works_with_and_only_with_a_csrf_token(self, athlete: Person) -> None:
        [key] = remind(athlete)
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(athlete.user)
        path = f"{PAGE}/{key}/seen"
        assert strict.post(path).status_code == 403
        token = strict.get(PAGE).context["csrf_token"]
        answer = strict.post(path, {"csrfmiddlewaretoken": str(token)})
        assert (answer.status_code, answer["Location"]) == (302, PAGE)
        assert "Nothing unread" in strict.get(PAGE).content.decode()

    def test_says_so_when_there_is_nothing(self, athlete: Person) -> None:
        assert "Nothing to do" in athlete.page.get(PAGE).content.decode()

    def test_sends_others_to_sign_in(self, athlete: Person) -> None:
        [key] = remind(athlete)
        for answer in (Client().get(PAGE), Client().post(f"{PAGE}/{key}/seen")):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/sign-in")

    def test_hides_everything_from_a_stranger(self, athlete: Person, stranger: Person) -> None:
        [key] = remind(athlete)
        assert str(key) in athlete.page.get(PAGE).content.decode()
        assert str(key) not in stranger.page.get(PAGE).content.decode()
        assert stranger.page.post(f"{PAGE}/{key}/seen").status_code == 404
        begun = stranger.page.get(PAGE, {"cursor": "nonsense"})
        assert (begun.status_code, begun.headers["Location"]) == (302, PAGE)
        assert inbox(athlete)[key].seen_at is None

    def test_carries_no_inline_script_or_style(self, athlete: Person) -> None:
        remind(athlete)
        html = athlete.page.get(PAGE).content.decode()
        assert "<script" not in html
        assert "style=" not in html
        assert "onclick" not in html

    def test_costs_the_same_for_one_item_and_for_many(self, people: Callable[..., Person]) -> None:
        def statements(number: int) -> int:
            person = people()
            remind(person, *(reminder(due=days(n)) for n in range(number)))
            browser = person.page
            with counted() as seen:
                browser.get(PAGE)
            return len(seen)

        assert statements(1) == statements(20) <= 10

    @pytest.mark.parametrize(
        ("late", "word"), [(-1, "1 day overdue"), (0, "today"), (9, "in 9 days")]
    )
    def test_says_how_pressing_it_is(self, athlete: Person, late: int, word: str) -> None:
        remind(athlete, reminder(due=days(late), state="scheduled"))
        with time_machine.travel(NOON, tick=False):
            athlete.page.force_login(athlete.user)
            html = athlete.page.get(PAGE).content.decode()
        assert word in html
