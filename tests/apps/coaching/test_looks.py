"""The athlete's view of who looked: over the API, on a page, as a file."""

import csv
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.utils import timezone

from apps.coaching.pages.looks import verdict
from apps.coaching.services.checking import Checked
from apps.coaching.services.telling_looks import tell_looks
from apps.common.spreadsheets import harmless
from apps.reminders.selectors import database_clock
from backend.access_chain import Break
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.test_chain import lines_of, look, tamper, tell
from tests.apps.coaching.test_consent_pages import text_of
from tests.apps.coaching.test_telling import look_at, told, tomorrow
from tests.conftest import ROOT, Person

__all__ = ["tamper"]  # a fixture
pytestmark = pytest.mark.usefixtures("nobody_to_tell")
LOG = "/v1/me/access-log"
PAGE = "/me/access"
HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script>'


@pytest.fixture
def looked_at(squad: Squad, athlete: Person) -> Person:
    """An athlete whose coach looked seven times."""
    squad.join(athlete)
    for slot in range(7):
        look(squad, [athlete], slot=slot)
    return athlete


def whole_log(athlete: Person, *, limit: int) -> list[dict[str, Any]]:
    """Return all lines, newest first, page by page."""
    lines: list[dict[str, Any]] = []
    query = {"limit": str(limit)}
    while True:
        page = athlete.get(LOG, **query).json()
        lines += page["lines"]
        if page["next_cursor"] is None:
            return lines
        query["cursor"] = str(page["next_cursor"])


def checker_of_the_docs() -> Callable[..., None]:
    """Return the function that the guide tells integrators to check a log with."""
    guide = (ROOT / "docs" / "integrators.md").read_text()
    (example,) = re.findall(
        r"```python\n(.*?)```", guide.partition("## Checking who looked")[2], re.DOTALL
    )
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102 - our own guide
    found: Callable[..., None] = names["check"]
    return found


class TestApi:
    @pytest.mark.parametrize("limit", [1, 3, 7, 100])
    def test_pages_through_all_lines_once(self, looked_at: Person, limit: int) -> None:
        lines = whole_log(looked_at, limit=limit)
        assert [line["seq"] for line in lines] == [7, 6, 5, 4, 3, 2, 1]

    def test_gives_what_was_written_and_the_head(self, squad: Squad, looked_at: Person) -> None:
        log = looked_at.get(LOG, limit="2").json()
        newest = lines_of(looked_at)[-1]
        assert log["athlete_id"] == str(looked_at.id)
        assert log["head"] == {"seq": 7, "digest": newest.digest.hex()}
        line = log["lines"][0]
        assert datetime.fromisoformat(line.pop("at")) == newest.at
        assert line == {
            "seq": 7,
            "id": str(newest.id),
            "viewer_id": str(squad.coach.id),
            "viewer_name": "Kim Coach",
            "team_id": str(squad.team.id),
            "team_name": "Middle distance",
            "what": "roster",
            "categories": ["sessions"],
            "prev": newest.prev.hex(),
            "digest": newest.digest.hex(),
        }

    def test_names_the_next_page_in_a_link(self, looked_at: Person) -> None:
        answer = looked_at.get(LOG, limit="3")
        assert answer["Link"] == f'<{LOG}?limit=3&cursor=5>; rel="next"'
        assert "Link" not in looked_at.get(LOG)

    def test_keeps_its_place_while_somebody_looks(self, squad: Squad, looked_at: Person) -> None:
        first = looked_at.get(LOG, limit="3").json()
        look(squad, [looked_at], slot=20)
        second = looked_at.get(LOG, limit="3", cursor=str(first["next_cursor"])).json()
        assert [line["seq"] for line in second["lines"]] == [4, 3, 2]
        assert second["head"]["seq"] == 8

    @pytest.mark.parametrize(
        "query",
        [{"limit": "0"}, {"limit": "1001"}, {"cursor": "0"}, {"cursor": "x"}, {"cursor": "9" * 30}],
    )
    def test_refuses_what_no_page_has(self, athlete: Person, query: dict[str, str]) -> None:
        assert athlete.get(LOG, **query).status_code == 422

    def test_of_somebody_nobody_looked_at_is_empty(self, stranger: Person) -> None:
        assert stranger.get(LOG).json() == {
            "athlete_id": str(stranger.id),
            "head": {"seq": 0, "digest": "00" * 32},
            "lines": [],
            "next_cursor": None,
        }

    def test_can_be_checked_with_the_lines_of_the_guide(
        self, squad: Squad, looked_at: Person
    ) -> None:
        tell_looks(now=database_clock())
        look(squad, [looked_at], what="athlete", slot=9)
        check = checker_of_the_docs()
        kept = [(note["seq"], note["digest"]) for note in told(looked_at, "access_note")]
        lines = whole_log(looked_at, limit=3)[::-1]
        head = looked_at.get(LOG).json()["head"]
        assert kept
        check(str(looked_at.id), lines, head, kept)
        with pytest.raises(AssertionError, match="line 2 is not what was written"):
            check(str(looked_at.id), [lines[0], lines[1] | {"what": "heads"}, *lines[2:]], head)
        with pytest.raises(AssertionError, match="ends elsewhere"):
            check(str(looked_at.id), lines[:-1], head)
        with pytest.raises(AssertionError, match="not the one that was told"):
            check(str(looked_at.id), lines, head, [(3, "ab" * 32)])


class TestPage:
    def test_lists_who_looked_by_the_athletes_own_day_and_time(
        self, squad: Squad, athlete: Person
    ) -> None:
        athlete.user.zone = "Asia/Tokyo"
        athlete.user.save()
        squad.join(athlete, frozenset({"sessions"}))
        at = tomorrow(hour=14)  # 23:00 in Tokyo
        look_at(squad, athlete, at)
        look_at(squad, athlete, at + timedelta(hours=2), what="athlete")
        answer = athlete.page.get(PAGE)
        text = text_of(answer)
        first, second = at.date(), at.date() + timedelta(days=1)
        older, newer = (f"{day:%A}, {day.day} {day:%B %Y}" for day in (first, second))
        assert text.index(newer) < text.index(older)
        assert (
            f"{newer} When Who At what 01:00 Kim Coach, Middle distance Your page: sessions" in text
        )
        assert "23:00 Kim Coach, Middle distance Your row in the team: sessions" in text
        assert "Times are your own (Asia/Tokyo)" in text

    def test_is_reached_from_sharing(self, looked_at: Person) -> None:
        assert f'href="{PAGE}"' in looked_at.page.get("/me/sharing").content.decode()

    def test_says_when_nobody_has_looked(self, stranger: Person) -> None:
        text = text_of(stranger.page.get(PAGE))
        assert "Nobody has looked" in text
        assert "there is nothing to check" in text_of(stranger.page.get(f"{PAGE}?check=1"))

    def test_turns_pages(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        for slot in range(105):
            look(squad, [athlete], slot=slot)
        first = athlete.page.get(PAGE).content.decode()
        assert first.count("Your row in the team") == 100
        assert f'href="{PAGE}?before=6"' in first
        last = athlete.page.get(f"{PAGE}?before=6").content.decode()
        assert last.count("Your row in the team") == 5
        assert 'rel="next"' not in last
        assert "Nothing older" in text_of(athlete.page.get(f"{PAGE}?before=1"))

    @pytest.mark.parametrize("before", ["x", "-1", "", "9" * 19, "²"])
    def test_has_no_page_of_another_name(self, athlete: Person, before: str) -> None:
        assert athlete.page.get(PAGE, {"before": before}).status_code == 404

    def test_says_that_the_list_is_as_written(self, looked_at: Person) -> None:
        tell(looked_at)
        text = text_of(looked_at.page.get(f"{PAGE}?check=1"))
        assert "All 7 lines are as written, and none is missing." in text
        assert "Checked" not in text_of(looked_at.page.get(PAGE))

    def test_says_where_the_list_is_not_what_was_written(
        self, looked_at: Person, tamper: Callable[..., None]
    ) -> None:
        tamper(f"DELETE FROM coaching_accessline WHERE athlete_id = '{looked_at.id}' AND seq = 3")
        text = text_of(looked_at.page.get(f"{PAGE}?check=1"))
        assert "This list was changed" in text
        assert "Nobody can change" not in text
        assert "Line 4: lines are missing before this one." in text

    def test_shows_names_as_plain_text(self, squad: Squad, looked_at: Person) -> None:
        squad.coach.user.display_name = HOSTILE
        squad.coach.user.save()
        page = looked_at.page.get(PAGE).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page

    def test_counts_in_words(self) -> None:
        assert verdict(Checked(1, 1, ())).startswith("The one line is as written")
        assert "with one note on your devices" in verdict(Checked(1, 1, ()))
        assert "with 2 notes on your devices" in verdict(Checked(3, 2, ()))
        assert "not told of any yet" in verdict(Checked(3, 0, ()))
        assert "not what was written" in verdict(Checked(0, 1, (Break(0, "cut"),)))


class TestFile:
    def test_holds_the_whole_log_and_all_it_takes_to_check_it(self, looked_at: Person) -> None:
        answer = looked_at.page.get(f"{PAGE}.csv")
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"] == 'attachment; filename="access-log.csv"'
        rows = list(csv.DictReader(StringIO(answer.content.decode())))
        lines = [
            {
                "at": row["at"],
                "id": row["line_id"],
                "viewer_id": row["viewer_id"],
                "team_id": row["team_id"],
                "what": row["what"],
                "categories": row["categories"].split(),
                "digest": row["digest"],
            }
            for row in rows
        ]
        assert [row["number"] for row in rows] == [str(number) for number in range(1, 8)]
        head = looked_at.get(LOG).json()["head"]
        checker_of_the_docs()(str(looked_at.id), lines, head)

    def test_holds_no_formula(self, squad: Squad, looked_at: Person) -> None:
        squad.coach.user.display_name = HOSTILE
        squad.coach.user.save()
        answer = looked_at.page.get(f"{PAGE}.csv").content.decode()
        (first, *_) = csv.DictReader(StringIO(answer))
        assert first["viewer"] == f"'{HOSTILE}"
        assert harmless("Kim") == "Kim"

    def test_of_somebody_nobody_looked_at_has_only_its_head(self, stranger: Person) -> None:
        answer = stranger.page.get(f"{PAGE}.csv").content.decode()
        assert answer.splitlines() == [answer.strip()]


def test_a_look_says_when_it_was_to_the_microsecond(squad: Squad, athlete: Person) -> None:
    squad.join(athlete)
    at = timezone.now().replace(microsecond=123_456)
    look_at(squad, athlete, at)
    (line,) = athlete.get(LOG).json()["lines"]
    assert line["at"].endswith(".123456Z")
