"""A coach's note on its way to the athlete's feed and back, and who may write which part of it."""

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from apps.coaching.models import SentNote
from apps.common.actor import Wall, acting_as
from apps.sync.selectors import live_bodies
from tests.apps.coaching.conftest import Squad
from tests.conftest import Person

HOSTILE = "<script>alert(1)</script>\n‮rtl‬ שלום 🏃🏽‍♀️"


@pytest.fixture
def shared(squad: Squad, athlete: Person) -> Person:
    """An athlete who shares with the team."""
    squad.join(athlete)
    return athlete


def notes(squad: Squad, athlete: Person) -> str:
    """Return the address of an athlete's notes."""
    return f"{squad.one(athlete.id)}/notes"


def write(squad: Squad, athlete: Person, text: str = "Two easy days.", **fields: Any) -> Any:
    """Write a note through the API."""
    return squad.coach.post(notes(squad, athlete), {"text": text, **fields})


def read(squad: Squad, athlete: Person) -> list[dict[str, Any]]:
    """Return the notes as the coach reads them."""
    found: list[dict[str, Any]] = squad.coach.get(notes(squad, athlete)).json()["notes"]
    return found


def on_phone(athlete: Person) -> list[dict[str, Any]]:
    """Return the notes in the athlete's feed."""
    pulled = athlete.get("/v1/athletes/me/changes", types="coach_note").json()
    found: list[dict[str, Any]] = pulled["page"]["rows"]
    return found


def op(note: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return an op on a note as a phone sends it."""
    return {
        "op": str(uuid.uuid4()),
        "type": "coach_note",
        "id": note["id"],
        "action": "put",
        "base": note["v"],
        "schema": 1,
        "edited_at": timezone.now().isoformat(),
        **members,
    }


class TestNote:
    def test_arrives_in_the_feed_with_who_wrote_it(self, squad: Squad, shared: Person) -> None:
        written = write(squad, shared, HOSTILE, planned_rest_until="2026-12-01")
        assert written.status_code == 201
        [note] = on_phone(shared)
        assert note["id"] == written.json()["id"]
        assert note["body"]["text"] == HOSTILE
        assert note["body"]["written_by"] == str(squad.coach.id)
        assert note["body"]["by_name"] == "Kim Coach"
        assert note["body"]["planned_rest_until"] == "2026-12-01"
        history = shared.get(f"/v1/athletes/me/records/{note['id']}/versions").json()
        assert [one["by"] for one in history["versions"]] == [{"actor": "coach"}]
        assert note["by"] == {"actor": "coach"}
        alone = shared.get(f"/v1/athletes/me/records/{note['id']}").json()
        assert alone["by"] == {"actor": "coach"}
        shared.sync([op(note, set={"answer": "Fine."})])
        assert on_phone(shared)[0]["by"] == {"actor": "athlete"}

    def test_is_answered_by_the_athlete_and_read_by_the_coach(
        self, squad: Squad, shared: Person
    ) -> None:
        write(squad, shared)
        [note] = on_phone(shared)
        pushed = shared.sync([op(note, set={"answer": "Fine."})]).json()
        assert pushed["results"][0]["status"] == "applied"
        [told] = read(squad, shared)
        assert (told["author"], told["text"], told["answer"]) == (
            "Kim Coach", "Two easy days.", "Fine.",
        )  # fmt: skip

    def test_merges_an_edit_with_an_answer_that_did_not_know_it(
        self, squad: Squad, shared: Person
    ) -> None:
        write(squad, shared)
        [note] = on_phone(shared)
        own = f"{notes(squad, shared)}/{note['id']}"
        changed = Client().patch(
            own, {"text": "Three easy days."}, content_type="application/json",
            headers=squad.coach.headers,
        )  # fmt: skip
        assert changed.status_code == 204
        shared.sync([op(note, set={"answer": "Fine."})])
        [told] = read(squad, shared)
        assert (told["text"], told["answer"]) == ("Three easy days.", "Fine.")

    def test_can_be_taken_back_by_who_wrote_it_alone(
        self, squad: Squad, stranger: Person, athlete: Person
    ) -> None:
        squad.team.members.create(user=stranger.user, role="head", joined_at=timezone.now())
        squad.join(athlete)
        note_id = write(squad, athlete).json()["id"]
        own = f"{notes(squad, athlete)}/{note_id}"
        assert stranger.get(notes(squad, athlete)).json()["notes"][0]["author"] == "Kim Coach"
        assert stranger.delete(own).status_code == 404
        assert squad.coach.delete(own).status_code == 204
        assert squad.coach.delete(own).status_code == 404
        assert read(squad, athlete) == []

    def test_stays_the_athlete_s_when_the_grant_ends(self, squad: Squad, shared: Person) -> None:
        note_id = write(squad, shared).json()["id"]
        [grant] = shared.get("/v1/me/grants").json()["grants"]
        shared.post(f"/v1/me/grants/{grant['id']}/end")
        assert squad.coach.get(notes(squad, shared)).status_code == 404
        assert write(squad, shared).status_code == 404
        assert squad.coach.delete(f"{notes(squad, shared)}/{note_id}").status_code == 404
        assert len(on_phone(shared)) == 1
        with acting_as(squad.coach.id, wall=Wall.COACH):
            assert live_bodies(shared.id, [uuid.UUID(note_id)]) == {}
            assert not SentNote.objects.filter(athlete_id=shared.id).exists()

    def test_is_not_another_team_s_to_read(
        self, squad: Squad, other_squad: Squad, shared: Person
    ) -> None:
        note_id = write(squad, shared).json()["id"]
        other_squad.join(shared)
        assert read(other_squad, shared) == []
        with acting_as(other_squad.coach.id, wall=Wall.COACH):
            assert live_bodies(shared.id, [uuid.UUID(note_id)]) == {}
        foreign = f"{other_squad.one(shared.id)}/notes/{note_id}"
        assert other_squad.coach.delete(foreign).status_code == 404

    def test_is_told_to_the_athlete(self, squad: Squad, shared: Person) -> None:
        write(squad, shared)
        read(squad, shared)
        lines = shared.get("/v1/me/access-log").json()["lines"]
        assert {line["what"] for line in lines} == {"note", "notes"}

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"text": ""},
            {"text": "  \n "},
            {"text": "x" * 5_001},
            {"text": "é" * 10_000},
            {"text": "nul \x00"},
            {"text": "bell \x07"},
            {"text": ["list"]},
            {"text": "Fine", "planned_rest_until": "9999-12-31"},
            {"text": "Fine", "planned_rest_until": "soon"},
            {"text": "Fine", "about": "that one"},
        ],
    )
    def test_is_refused_when_it_is_no_note(
        self, squad: Squad, shared: Person, body: dict[str, Any]
    ) -> None:
        assert squad.coach.post(notes(squad, shared), body).status_code == 422
        assert on_phone(shared) == []

    def test_is_one_of_twenty_a_day_at_most(self, squad: Squad, shared: Person) -> None:
        answers = [write(squad, shared, f"Note {number}") for number in range(21)]
        assert [answer.status_code for answer in answers] == [201] * 20 + [429]
        assert answers[-1]["Retry-After"]


class TestWhoWritesWhat:
    @pytest.mark.parametrize(
        ("fields", "pointer"),
        [
            ({"set": {"text": "I may train."}}, "/set/text"),
            ({"set": {"answer": "Fine.", "text": "I may train."}}, "/set/text"),
            ({"set": {"planned_rest_until": "2026-11-02"}}, "/set/planned_rest_until"),
            ({"set": {"written_by": str(uuid.UUID(int=7))}}, "/set/written_by"),
            ({"unset": ["planned_rest_until"]}, "/set/planned_rest_until"),
            ({"base": None, "set": {"text": "I may train."}}, "/set/text"),
            ({"set": {"\0": 1}}, "/set"),
            ({"set": {"x" * 9_000: 1}}, "/set"),
        ],
    )
    def test_keeps_the_coach_s_words(
        self, squad: Squad, shared: Person, fields: dict[str, Any], pointer: str
    ) -> None:
        write(squad, shared, planned_rest_until="2026-12-01")
        [note] = on_phone(shared)
        [result] = shared.sync([op(note, **fields)]).json()["results"]
        assert (result["status"], result["code"], result["pointers"]) == (
            "rejected", "forbidden", [pointer],
        )  # fmt: skip
        [told] = read(squad, shared)
        assert (told["text"], told["answer"]) == ("Two easy days.", None)
        assert told["planned_rest_until"] == "2026-12-01"

    def test_lets_nobody_write_themselves_a_coach_s_note(
        self, squad: Squad, shared: Person
    ) -> None:
        forged = {"id": str(uuid.uuid4()), "v": None}
        said = {"text": "Rest.", "written_by": str(squad.coach.id), "team_id": str(squad.team.id)}
        [result] = shared.sync([op(forged, set=said)]).json()["results"]
        assert (result["status"], result["code"]) == ("rejected", "forbidden")
        assert read(squad, shared) == []

    def test_brings_back_what_was_deleted_as_it_was(self, squad: Squad, shared: Person) -> None:
        write(squad, shared)
        [note] = on_phone(shared)
        deleted = op(note, action="delete")
        shared.sync([deleted])
        assert read(squad, shared) == []
        forged = op(note, action="restore", base=deleted["op"], set={"text": "I may train."})
        [result] = shared.sync([forged]).json()["results"]
        assert (result["status"], result["code"]) == ("rejected", "forbidden")
        [result] = shared.sync([op(note, action="restore", base=deleted["op"])]).json()["results"]
        assert result["status"] == "applied"
        assert read(squad, shared)[0]["text"] == "Two easy days."


class TestInboxPage:
    def test_shows_who_wrote_and_takes_an_answer(self, squad: Squad, shared: Person) -> None:
        note_id = write(squad, shared, HOSTILE).json()["id"]
        shared.user.zone = "Pacific/Kiritimati"
        shared.user.save()
        page = shared.page.get("/me/inbox").content.decode()
        assert "Kim Coach" in page
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        sent_at = datetime.fromisoformat(read(squad, shared)[0]["sent_at"])
        local = sent_at.astimezone(ZoneInfo(shared.user.zone))
        assert f"{local:%Y}, {local:%H:%M}<" in page, "as on every other page, in their own time"
        answered = shared.page.post(f"/me/notes/{note_id}/answer", {"answer": "Fine."})
        assert answered.headers["Location"] == f"/me/inbox#note-{note_id}"
        assert read(squad, shared)[0]["answer"] == "Fine."
        shared.page.post(f"/me/notes/{note_id}/answer", {"answer": " "})
        assert read(squad, shared)[0]["answer"] is None

    def test_is_nobody_else_s(self, squad: Squad, shared: Person, stranger: Person) -> None:
        note_id = write(squad, shared).json()["id"]
        for person in (stranger, squad.coach):
            answer = person.page.post(f"/me/notes/{note_id}/answer", {"answer": "Mine"})
            assert answer.status_code == 404
        assert "Two easy days." not in stranger.page.get("/me/inbox").content.decode()
