"""Ids by path: one's own, somebody else's, of nothing, deleted and malformed, for every actor.

Whoever is refused is refused alike, whatever the id names: in status, bytes, headers and in the
number of statements. And after all of it every table is what it was.
"""

import pytest

from tests.apps.matrix.asking import REFUSALS, Told, Wrong, ask, every_row, told
from tests.apps.matrix.bodies import FORMS, JSON, end_of, slots
from tests.apps.matrix.cast import (
    ACTORS,
    COACHES,
    FOREIGN,
    GONE,
    NO_ID,
    OF_NOBODY,
    OWN,
    THIRD_PARTIES,
    Cast,
    the_cast,
)
from tests.apps.matrix.standing import moved, standing
from tests.apps.matrix.table import is_page

# KL, KS and KN differ from KD and KA by what they read, and in no address.
ASKED = tuple(actor for actor in ACTORS if actor not in ("KL", "KS", "KN"))
# The address is the right to it.
SECRETS = ("secret", "joining", "client")
# Where a thing that is not there is left out without a word.
LEFT_OUT = {
    ("POST /v1/athletes/{id}/ops/lookup", "op"), ("POST /v1/feeds/changes", "id"),
    ("PUT /v1/teams/{team}/coaches/{coach}/athletes", "id"),
    ("POST /coach/teams/{team}/do/assign", "id"),
}  # fmt: skip
# Nobody looks what a note is about, and so it is sent; see `test_elsewhere`.
SENT = ("POST /v1/teams/{team}/athletes/{id}/notes", "workout_session")


@pytest.fixture(scope="module")
def cast() -> Cast:
    """Everybody; every answer here is a refusal, or of a thing that is gone."""
    return the_cast()


def named_in(address: str) -> list[str]:
    """Return the things an address or its body names."""
    body = (FORMS if is_page(address) else JSON).get(end_of(address), {})
    return [slot for slot in slots(address) + slots(body) if slot not in SECRETS]


def is_told_more(actor: str, address: str, status: int) -> bool:
    """Return whether somebody may learn that they do not read this part of what they know."""
    return status == 403 and ("/teams/" in address or actor == "TN")


class TestIds:
    @pytest.mark.parametrize("actor", ASKED)
    def test_of_others_are_as_missing_ones(self, cast: Cast, actor: str) -> None:
        if actor not in THIRD_PARTIES:
            cast.ask(actor, "GET", "/v1/devices")  # a token that was seen costs a statement less
        wrong: Wrong = []
        before = standing(cast.ids)
        for address, cells in every_row():
            if actor not in cells:
                continue
            # Who is not let in at all is not let in before anything is looked at.
            most = 1 if cells[actor] == 401 or actor == "A0" else None
            for slot in named_in(address)[:most]:
                if (address, slot) == SENT and cells[actor] == 201:
                    continue
                wrong += self.differences(cast, actor, address, slot, cells[actor])
        assert wrong == []
        # Who leads a team and names nobody they see lets an assistant look after nobody.
        said = {"coaching_assignment"} if actor in COACHES else set()
        assert set(moved(before, standing(cast.ids))) <= said

    def differences(self, cast: Cast, actor: str, address: str, slot: str, status: int) -> Wrong:
        missing = told(cast, actor, address, **{slot: OF_NOBODY})
        is_theirs = actor in ("OT", "TX")  # what is foreign to the others
        variants = [FOREIGN] if cast.has(slot, FOREIGN) and not is_theirs else []
        is_refused = status in REFUSALS or actor == "A0"
        if is_refused:
            variants += [GONE] if cast.has(slot, GONE) else []
            variants += [] if is_told_more(actor, address, status) else [OWN]
        wrong: Wrong = []
        for variant in variants:
            answer = told(cast, actor, address, **{slot: variant})
            if answer != missing:
                wrong.append((address, slot, actor, variant, *_unlike(answer, missing)))
        malformed = ask(cast, actor, address, **{slot: NO_ID}).status
        is_left_out = (address, slot) in LEFT_OUT
        for variant, found in ((NO_ID, malformed), (OF_NOBODY, missing.status)):
            is_fine = found in (*REFUSALS, 422) or (actor == "A0" and found == 302)
            if not is_fine and not is_left_out:
                wrong.append((address, slot, actor, variant, found))
        return wrong


def _unlike(one: Told, other: Told) -> list[object]:
    return [
        (name, getattr(one, name), getattr(other, name))
        for name in ("status", "headers", "text", "statements")
        if getattr(one, name) != getattr(other, name)
    ]
