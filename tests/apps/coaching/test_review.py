"""What two connections at once, hostile addresses and lost announcements must not do."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from apps.accounts.sessions import SignedOut
from apps.coaching.live.rights import Look, PageState, page_states
from apps.coaching.models import ConsentGrant, GuardianRequest, Invitation, Team
from apps.coaching.pages.looks import SEEN_AS
from apps.coaching.services.checking import check_log
from apps.coaching.services.consent import narrow_grant
from apps.coaching.services.joining import join_team, tag_athlete
from apps.coaching.services.marks import review, snooze, undo
from apps.coaching.services.notes import MOST_A_DAY, TooManyNotes, write_note
from apps.coaching.services.telling_looks import tell_looks
from apps.common.actor import acting_as
from apps.reminders.selectors import database_clock
from backend.records.server_owned import LOOKED_AT
from config.embedded.processes import wait_until
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.deciding import claim, invited
from tests.apps.coaching.panels import put_part, reason
from tests.apps.coaching.test_guardians import answer_as_guardian, minor
from tests.apps.reminders.test_wishes import wish
from tests.conftest import Person, make_person
from tests.faults.held import PATIENCE_S, Thread, waits_for

__all__ = ["minor"]  # a fixture
STEP = "loading_step_up@2026-11-01"


@contextmanager
def before_commit(
    within: Callable[[], AbstractContextManager[Any]], work: Callable[[], Any]
) -> Iterator[int]:
    """Hold a transaction open after its work; give its backend, and commit at the block's end."""
    is_done, may_commit = threading.Event(), threading.Event()
    backends: list[int] = []

    def hold() -> None:
        with within():
            work()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                backends.append(cursor.fetchone()[0])
            is_done.set()
            assert may_commit.wait(PATIENCE_S)

    thread = Thread(hold)
    assert is_done.wait(PATIENCE_S)
    try:
        yield backends[0]
    finally:
        may_commit.set()
        thread.result()


def queue_behind(backend: int) -> int:
    """Return how many backends wait for this one, or for one that waits for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH next AS MATERIALIZED (SELECT pid FROM pg_stat_activity "
            "WHERE %(backend)s = ANY(pg_blocking_pids(pid))) "
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE pg_blocking_pids(pid) && (ARRAY(SELECT pid FROM next) || %(backend)s::int)",
            {"backend": backend},
        )
        return int(cursor.fetchone()[0])


def free(rows: Any) -> None:
    """Take the lock of a row that nobody may hold now."""
    assert rows.select_for_update(nowait=True, of=("self",)).get()


class TestRaces:
    def test_a_pause_meanwhile_keeps_a_proposal_out(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        grants = ConsentGrant.objects.filter(athlete_id=athlete.id, id=grant.id)
        pause = partial(grants.update, paused_at=timezone.now())
        path = f"{squad.one(athlete.id)}/reminder-proposals"
        with before_commit(partial(acting_as, athlete.id), pause) as backend:
            proposed = Thread(lambda: squad.coach.post(path, wish()).status_code)
            assert waits_for(backend)
        assert proposed.result() == 404

    def test_joining_waits_for_the_team_without_its_invitation(self, squad: Squad) -> None:
        made = invited(squad, frozenset(), for_coach=True)
        coach, now = make_person("Ada Assistant"), timezone.now()
        team = Team.objects.select_for_update().filter(pk=squad.team.id)
        with before_commit(transaction.atomic, team.get) as backend:
            joining = Thread(lambda: join_team(coach=coach.user, secret=made.code, now=now))
            assert waits_for(backend)
            with transaction.atomic():  # as whoever withdraws it, who holds the team already
                free(Invitation.objects.filter(pk=made.invitation_id))
        assert joining.result().role == "assistant"

    def test_asking_a_guardian_anew_waits_for_the_answer_without_the_grant(
        self, squad: Squad, minor: Person
    ) -> None:
        first = minor.post("/v1/me/guardian-requests", claim("sessions", code=invited(squad).code))
        assert answer_as_guardian(first.json()["link"], "sessions").status_code == 200
        with acting_as(minor.id):
            grant = ConsentGrant.objects.get(athlete_id=minor.id)
        again = partial(
            minor.post, "/v1/me/guardian-requests", claim("sessions", grant_id=str(grant.id))
        )
        assert again().status_code == 201
        undecided = GuardianRequest.objects.filter(athlete_id=minor.id, decided_at=None)
        answers = undecided.select_for_update()
        with before_commit(partial(acting_as, minor.id), answers.get) as backend:
            asking = Thread(again)
            assert waits_for(backend)
            with acting_as(minor.id):  # as an agreement, which holds the request already
                free(ConsentGrant.objects.filter(athlete_id=minor.id, id=grant.id))
        assert asking.result().status_code == 201

    def test_two_coaches_write_no_more_notes_than_one(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        write = partial(
            write_note, coach=squad.coach.user, team_id=squad.team.id, athlete_id=athlete.id,
            text="How was it?", now=timezone.now(),
        )  # fmt: skip
        for _ in range(MOST_A_DAY - 1):
            write()
        grants = ConsentGrant.objects.filter(athlete_id=athlete.id, id=grant.id)
        outcomes = []
        locked = grants.select_for_update()
        with before_commit(partial(acting_as, athlete.id), locked.get) as backend:
            both = [Thread(write), Thread(write)]
            assert wait_until(lambda: queue_behind(backend) == len(both), timeout_s=PATIENCE_S)
        for one in both:
            try:
                outcomes.append(bool(one.result()))
            except TooManyNotes:
                outcomes.append(False)
        assert sorted(outcomes) == [False, True]


class TestHostileInput:
    @pytest.mark.parametrize("came", ["http://[", "https://[::1/coach"])
    def test_an_address_nobody_can_read_leads_to_the_roster(
        self, squad: Squad, athlete: Person, came: str
    ) -> None:
        squad.join(athlete)
        told = {"ending": "monitor", "reasons": [STEP]}
        path = f"{squad.page}/athletes/{athlete.id}/review"
        answer = squad.coach.page.post(path, told, headers={"Referer": came})
        assert (answer.status_code, answer.headers["Location"]) == (302, squad.page)

    def test_a_code_of_slashes_leads_back(self, athlete: Person) -> None:
        answer = athlete.page.post("/invitations", {"code": "//"})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/me/sharing")


class TestOpenPages:
    def test_stand_otherwise_after_all_a_colleague_does(
        self, squad: Squad, athlete: Person
    ) -> None:
        """Else what was announced while Redis was away would show on no open page."""
        squad.join(athlete)
        key = squad.coach.page.cookies[settings.SESSION_COOKIE_NAME].value
        look = Look(key, squad.team.id)
        row = {"team_id": squad.team.id, "athlete_id": athlete.id}
        about: dict[str, Any] = {"coach": squad.coach.user, **row, "now": timezone.now()}
        seen = [page_states([look])[look]]
        made = review(ending="monitor", reasons=[STEP], **about)
        seen.append(page_states([look])[look])
        undo(mark_id=made.id, **about)
        seen.append(page_states([look])[look])
        snooze(until=timezone.now() + timedelta(days=3), reasons=[STEP], **about)
        seen.append(page_states([look])[look])
        tag_athlete(head=squad.coach.user, tags=["sprint"], **row)
        seen.append(page_states([look])[look])
        tag_athlete(head=squad.coach.user, tags=["jumps"], **row)
        seen.append(page_states([look])[look])
        assert all(isinstance(state, PageState) for state in seen)
        assert len(set(seen)) == len(seen)
        assert page_states([look])[look] == seen[-1]


class TestWhatAMarkTells:
    def test_names_no_reason_of_what_is_not_shared_any_more(
        self, squad: Squad, athlete: Person
    ) -> None:
        put_part(athlete, "labs", reasons=[reason("vitd_low")])
        put_part(athlete, "loading", reasons=[reason("loading_gap")])
        grant = squad.join(athlete)
        [before] = squad.coach.get(squad.panel).json()["rows"]
        said = {"kind": "reviewed", "ending": "monitor", "reasons": before["reason_marks"]}
        assert squad.coach.post(f"{squad.one(athlete.id)}/marks", said).status_code == 201
        narrow_grant(
            athlete=athlete.user, grant_id=grant.id, categories=["loading"], now=timezone.now()
        )
        [after] = squad.coach.get(squad.panel).json()["rows"]
        assert after["reviewed"]["reasons"] == ["loading_gap@2026-11-01"]
        assert after["group"] == "steady"


class TestForeignSessions:
    def test_a_key_no_database_takes_is_signed_out_and_troubles_nobody_else(
        self, squad: Squad
    ) -> None:
        """All open pages are read together: one that failed would take the others along."""
        mine = Look(squad.coach.page.cookies[settings.SESSION_COOKIE_NAME].value, squad.team.id)
        others = [Look(key, squad.team.id) for key in ("\0" * 32, "ÿ" * 32, "a" * 5_000)]
        found = page_states([*others, mine])
        assert [type(found[one]) for one in others] == [SignedOut] * len(others)
        assert isinstance(found[mine], PageState)

    def test_is_asked_to_sign_in_on_a_page(self) -> None:
        cookie = f'{settings.SESSION_COOKIE_NAME}="\\000{"a" * 31}"'
        assert Client().get("/coach", headers={"cookie": cookie}).status_code == 302


class TestWhoLooked:
    def test_is_told_with_words_of_its_own_for_all_there_is_to_look_at(self) -> None:
        assert SEEN_AS.keys() == set(LOOKED_AT)

    @pytest.mark.usefixtures("nobody_to_tell")
    def test_stands_up_to_a_check_after_a_note_a_nudge_and_a_file(
        self, squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        one = squad.one(athlete.id)
        assert squad.coach.post(f"{one}/notes", {"text": "How was it?"}).status_code == 201
        assert squad.coach.get(f"{one}/notes").status_code == 200
        assert squad.coach.post(f"{one}/marks", {"kind": "nudged"}).status_code == 201
        assert b"".join(squad.coach.get(f"{squad.panel}.csv").streaming_content)
        tell_looks(now=database_clock())
        checked = check_log(athlete_id=athlete.id)
        assert (checked.lines, checked.told, checked.breaks) == (4, 4, ())
        assert athlete.page.get("/me/access?check").status_code == 200
