"""What a coach does on the pages, by plain forms: what is stored, and where it leads."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

from django.utils import timezone

from apps.coaching.models import Mark, TeamMember
from apps.coaching.panel import PanelQuery, look_at_panel
from apps.common.actor import Wall, acting_as
from tests.apps.coaching.conftest import EVERYTHING, Squad
from tests.apps.coaching.panels import put_part, reason
from tests.apps.coaching.scenes import HOSTILE, LATE, OUTSIDE, SOON, STEP, Scene, put_parts, scene
from tests.apps.coaching.test_consent_pages import text_of
from tests.conftest import Person


def group_of(squad: Squad, person: Person) -> str:
    """Return the group a person stands in."""
    found = look_at_panel(
        viewer=squad.coach.user, team_id=squad.team.id, query=PanelQuery(), now=timezone.now()
    )
    return next(row.group for row in found.rows if row.athlete_id == person.id)


def marks_on(squad: Squad, person: Person) -> list[Mark]:
    """Return the marks on a person's row."""
    with acting_as(squad.coach.id, wall=Wall.COACH):
        return list(Mark.objects.filter(athlete_id=person.id))


def act(squad: Squad, person: Person, name: str) -> str:
    """Return the address of something to do about a person."""
    return f"{squad.page}/athletes/{person.id}/{name}"


class TestReview:
    def test_takes_the_row_off_the_list_until_undone(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        made = scene(squad, people)
        told = {"ending": "adjust", "note": "two easy weeks", "reasons": [STEP.mark]}
        answer = squad.coach.page.post(act(squad, made.look, "review"), told)
        assert answer.headers["Location"] == squad.page
        assert group_of(squad, made.look) != "needs_a_look"
        text = text_of(squad.coach.page.get(squad.page))
        assert "Reviewed: adjust by Kim Coach" in text
        assert "two easy weeks" in text
        (mark,) = marks_on(squad, made.look)
        assert mark.reasons == [STEP.mark]
        squad.coach.page.post(act(squad, made.look, "undo"), {"mark_id": str(mark.id)})
        assert group_of(squad, made.look) == "needs_a_look"

    def test_asks_why_something_is_ignored_and_keeps_what_was_chosen(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        made = scene(squad, people)
        told = {"ending": "ignore", "reasons": [STEP.mark]}
        answer = squad.coach.page.post(act(squad, made.look, "review"), told)
        assert answer.status_code == 422
        assert "Say why this can be ignored." in text_of(answer)
        assert 'value="ignore" required checked' in answer.content.decode()
        assert marks_on(squad, made.look) == []

    def test_what_was_not_ticked_stays_so_when_the_form_comes_back(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        """A mark covers what its coach chose, whatever else was amiss."""
        made = people("Two Reasons")
        put_parts(made.id, [("loading", STEP), ("reminders", LATE)])
        squad.join(made)
        told = {"ending": "ignore", "reasons": [STEP.mark]}
        page = squad.coach.page.post(act(squad, made, "review"), told).content.decode()
        assert f'value="{STEP.mark}" checked' in page
        assert f'value="{LATE.mark}">' in page
        fresh = squad.coach.page.get(act(squad, made, "review")).content.decode()
        assert f'value="{LATE.mark}" checked' in fresh

    def test_form_names_the_reasons_that_stand_and_no_others(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        made = scene(squad, people)
        page = squad.coach.page.get(act(squad, made.look, "review")).content.decode()
        assert f'name="reasons" value="{STEP.mark}"' in page
        assert OUTSIDE.mark not in page

    def test_goes_back_to_the_filter_it_came_from_and_nowhere_else(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        made = scene(squad, people)
        path, told = act(squad, made.look, "snooze"), {"days": "7", "reasons": [STEP.mark]}
        for came, leads in (
            (f"http://testserver{squad.page}?sort=name", f"{squad.page}?sort=name"),
            (
                f"http://testserver{squad.page}/athletes/{made.look.id}",
                f"{squad.page}/athletes/{made.look.id}",
            ),
            ("https://elsewhere.example/coach?x=1", squad.page),
            ("", squad.page),
        ):
            answer = squad.coach.page.post(path, told, HTTP_REFERER=came)
            assert answer.headers["Location"] == leads


class TestSnooze:
    def test_ends_by_itself(self, squad: Squad, people: Callable[..., Person]) -> None:
        made = scene(squad, people)
        squad.coach.page.post(
            act(squad, made.look, "snooze"), {"days": "3", "reasons": [STEP.mark]}
        )
        (mark,) = marks_on(squad, made.look)
        assert mark.until is not None
        assert timedelta(days=2) < mark.until - timezone.now() <= timedelta(days=3)

    def test_refuses_other_spans(self, squad: Squad, people: Callable[..., Person]) -> None:
        made = scene(squad, people)
        answer = squad.coach.page.post(
            act(squad, made.look, "snooze"), {"days": "400", "reasons": [STEP.mark]}
        )
        assert answer.status_code == 422
        assert marks_on(squad, made.look) == []


class TestNudgeAndNote:
    def test_nudge_says_that_once_a_day_is_enough(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        made = scene(squad, people)
        for said in ("Nudged.", "once a day is enough"):
            answer = squad.coach.page.post(act(squad, made.late, "nudge"), follow=True)
            assert said in text_of(answer)

    def test_note_stands_on_the_athletes_page(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        made = scene(squad, people)
        rest_until = timezone.now().date() + timedelta(days=60)
        told = {"text": HOSTILE["html"], "planned_rest_until": str(rest_until)}
        answer = squad.coach.page.post(act(squad, made.look, "note"), told, follow=True)
        page = answer.content.decode()
        assert "<script>alert" not in page
        assert "alert(1)" in page
        assert f"Rest planned until {rest_until.day} {rest_until:%b %Y}" in page
        assert squad.coach.page.post(act(squad, made.look, "note"), {}).status_code == 422

    def test_note_is_taken_back_by_who_wrote_it_alone(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        made, aid = scene(squad, people), people("Alex Aid")
        TeamMember.objects.create(
            team=squad.team,
            user=aid.user,
            role="head",
            joined_at=timezone.now() - timedelta(days=1),
        )
        told = {"text": "Rest on Sundey"}
        page = squad.coach.page.post(act(squad, made.look, "note"), told, follow=True)
        [door] = re.findall(r'action="([^"]+/take-back)"', page.content.decode())
        theirs = aid.page.get(f"{squad.page}/athletes/{made.look.id}")
        assert "Rest on Sundey" in text_of(theirs)
        assert "Take back" not in text_of(theirs)
        assert aid.page.post(door).status_code == 404
        gone = squad.coach.page.post(door, follow=True)
        assert "Taken back." in text_of(gone)
        assert "Rest on Sundey" not in text_of(gone)
        assert squad.coach.page.post(door).status_code == 404

    def test_note_that_is_refused_keeps_its_words_and_says_what_to_do(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        made = scene(squad, people)
        today = timezone.now().date()
        for told, said in (
            ({"planned_rest_until": "0001-01-01"}, "Choose a day from today on."),
            ({"planned_rest_until": str(today - timedelta(days=3))}, "Choose a day from today on."),
            ({"planned_rest_until": "9999-12-31"}, "Choose an earlier day."),
            ({"text": "Rest\x07now"}, "A note is words to read"),
        ):
            told = {"text": "Rest now", **told}
            answer = squad.coach.page.post(act(squad, made.look, "note"), told)
            assert answer.status_code == 422, told
            page = answer.content.decode()
            assert f">{told['text']}</textarea>" in page
            assert said in page


class TestAnotherTeam:
    def test_can_do_nothing(
        self, squad: Squad, other_squad: Squad, people: Callable[..., Person]
    ) -> None:
        made: Scene = scene(squad, people)
        for team in (squad, other_squad):
            for name in ("review", "snooze", "nudge", "undo", "note"):
                told = {
                    "ending": "monitor", "days": "7", "reasons": [STEP.mark], "text": "x",
                    "mark_id": str(uuid4()),
                }  # fmt: skip
                path = act(team, made.look, name)
                assert other_squad.coach.page.post(path, told).status_code == 404, path
        assert marks_on(squad, made.look) == []


class TestAthletePage:
    def test_shows_status_words_and_no_value_where_that_was_granted(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        made = scene(squad, people)
        text = text_of(squad.coach.page.get(f"{squad.page}/athletes/{made.look.id}"))
        assert "25-OH vitamin D outside" in text
        assert "38.2" not in text
        assert "nmol" not in text

    def test_shows_facts_nobody_named_yet(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        person = people("Fay New")
        put_parts(person.id, [("reminders", SOON)])
        squad.join(person, EVERYTHING)
        assert "A new fact 7" in text_of(squad.coach.page.get(f"{squad.page}/athletes/{person.id}"))

    def test_filters_that_make_no_sense_are_left_out(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        scene(squad, people)
        answer = squad.coach.page.get(f"{squad.page}?stale_days=-3&sort=luck&group=x&band=y")
        assert answer.status_code == 200
        assert "5 athletes ·" in text_of(answer)


class TestTiles:
    def test_tell_of_no_day_ahead_of_the_readers(self, squad: Squad, athlete: Person) -> None:
        """The phone synced just now, where it is tomorrow already."""
        squad.join(athlete)
        before = timezone.now().date()
        put_part(athlete, facts={"synced_on": (before + timedelta(days=2)).isoformat()})
        page = text_of(squad.coach.page.get(f"{squad.page}/athletes/{athlete.id}"))
        days = (before, timezone.now().date())  # midnight may lie between
        assert any(re.search(rf"Phone synced\s+{day.day} {day:%B %Y}", page) for day in days)


class TestFlags:
    def test_say_since_when_unless_nobody_knows(self, squad: Squad, athlete: Person) -> None:
        """Somebody new has no day that is known: that began on no day."""
        squad.join(athlete)
        horizon = date(timezone.now().year - 1, 1, 1)
        put_part(athlete, reasons=[reason("coverage_thin", severity=1, since=horizon)])
        address = f"{squad.page}/athletes/{athlete.id}"
        page = squad.coach.page.get(address).content.decode()
        assert "Coverage_thin 1 d</a></p>" in page
        put_part(athlete, reasons=[reason("coverage_thin", severity=1, since=date(2026, 11, 1))])
        assert "1 Nov 2026</time>" in squad.coach.page.get(address).content.decode()
