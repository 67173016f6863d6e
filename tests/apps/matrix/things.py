"""What addresses and bodies name: each thing as one's own, as somebody else's, and deleted."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from apps.accounts.models import Device
from apps.accounts.services.sign_in import open_device
from apps.coaching.models import Team
from apps.coaching.services.invitations import invite, withdraw_invitation
from apps.coaching.services.marks import review, undo
from apps.coaching.services.notes import delete_note, write_note
from apps.coaching.services.teams import remove_coach
from apps.insights.services.recompute import recompute_athlete
from apps.reminders.services.wishes import add_wish
from apps.uploads.services.terminate import terminate_upload
from backend.records.fusion import fusion_id
from backend.records.reminder_wish import ReminderWish
from tests.apps.insights.recordings import delete
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.matrix.records import A_FILE, Words, sync_everything
from tests.apps.reminders.feed import remind, reminder
from tests.apps.sync.test_push import workout
from tests.apps.uploads.sending import begin, sha256, store
from tests.conftest import Person

MISSING = str(uuid.UUID(int=7))
MALFORMED = "nobody"
DUE = {"en": "A blood test is due."}


@dataclass
class Things:
    """Ids by the name an address gives them; ``gone`` were deleted, ended or withdrawn."""

    here: dict[str, str] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)

    def with_those_of(self, other: "Things") -> "Things":
        """Return both."""
        return Things(self.here | other.here, self.gone | other.gone)


def of_an_athlete(person: Person, words: Words) -> Things:
    """Fill an account with one of everything an athlete has, and one of each that is gone."""
    now, mine = timezone.now(), person.id.bytes
    copies = [workout(source={"system": system}) for system in ("fit", "hevy")]
    made, parted = (_session(day) for day in words.days)
    person.sync([*copies, made, parted, vitamin_d(61.2)])
    recompute_athlete(athlete_id=person.id, now=now)
    person.sync([delete(parted)])
    records = sync_everything(person, words)
    store(person, A_FILE + mine)
    kept, answered = remind(
        person, *(reminder(topic=topic, text=DUE) for topic in ("vitd_25oh", "calcium"))
    )
    person.post(f"/v1/me/inbox/{answered}/answer", {"action": "done"})
    summaries = person.get("/v1/athletes/me/summaries").json()["summaries"]
    device, lost = _device(person), _device(person)
    person.delete(f"/v1/devices/{lost.id}")
    wish, dropped = (_wish(person, title) for title in ("DXA", "Grip"))
    person.delete(f"/v1/me/reminder-wishes/{dropped}")
    upload, ended = (begin(person, data + mine).id for data in (b"half", b"none"))
    terminate_upload(athlete_id=person.id, upload_id=ended, now=now)
    here = {
        **records, "id": person.id, "op": made["op"], "sha256": sha256(A_FILE + mine),
        "reminder": kept, "device": device.id, "installation": device.installation,
        "wish": wish, "upload": upload, "before": summaries[-1]["id"], "after": summaries[0]["id"],
        "fusion": fusion_id(person.id, [uuid.UUID(op["id"]) for op in copies]),
    }  # fmt: skip
    gone = {
        "workout_session": parted["id"], "sha256": sha256(b"half" + mine), "reminder": answered,
        "device": lost.id, "installation": lost.installation, "wish": dropped, "upload": ended,
    }  # fmt: skip
    return Things(_texts(here), _texts(gone))


def of_a_team(
    team: Team, coach: Person, athlete: Person, *, assistant: Person, leaver: Person, left: Person
) -> Things:
    """Do in a team, whom the athlete lets look, what coaches do, and take some of it back."""
    now = timezone.now()
    about: dict[str, Any] = {
        "coach": coach.user, "team_id": team.id, "athlete_id": athlete.id, "now": now,
    }  # fmt: skip
    for one in (assistant, leaver, left):
        team.members.create(user=one.user, role="assistant", joined_at=now)
    remove_coach(head=coach.user, team_id=team.id, user_id=left.id, now=now)
    undone = review(ending="monitor", reasons=[], **about)
    undo(mark_id=undone.id, **about)
    mark = review(ending="monitor", reasons=[], **about)
    note, taken = (write_note(text="Two easy days.", **about) for _ in range(2))
    delete_note(note_id=taken, **about)
    ask: dict[str, Any] = {
        "coach": coach.user, "team_id": team.id, "categories": {"sessions"},
        "purpose": "Planning", "now": now,
    }  # fmt: skip
    invitation, withdrawn = invite(**ask), invite(**ask).invitation_id
    withdraw_invitation(coach=coach.user, team_id=team.id, invitation_id=withdrawn, now=now)
    here = {
        "team": team.id, "mark": mark.id, "note": note, "invitation": invitation.invitation_id,
        "coach": assistant.id, "leaver": leaver.id,
    }  # fmt: skip
    gone = {"mark": undone.id, "note": taken, "invitation": withdrawn, "coach": left.id}
    return Things(_texts(here), _texts(gone | {"leaver": left.id}))


def _wish(person: Person, title: str) -> uuid.UUID:
    body = ReminderWish(title=title, due_date=timezone.localdate())
    return add_wish(athlete_id=person.id, body=body, now=timezone.now()).id


def _session(day: int) -> dict[str, Any]:
    at = f"2026-03-{day}T18:00:00+01:00"
    return workout(started_at=at, ended_at=at.replace("T18", "T19"), local_date=at[:10])


def _device(person: Person) -> Device:
    told: dict[str, Any] = {"name": "Second phone", "platform": "tests"}
    signed = open_device(user=person.user, installation=uuid.uuid4(), now=timezone.now(), **told)
    return Device.objects.get(pk=signed.device_id)


def _texts(ids: Mapping[str, object]) -> dict[str, str]:
    return {name: str(one) for name, one in ids.items()}
