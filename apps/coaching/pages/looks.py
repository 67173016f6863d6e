"""An athlete's page of who looked, its check, and the whole of it as a file."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.coaching.log_selectors import LookInView, access_log_of, whole_log_of
from apps.coaching.pages.answers import page
from apps.coaching.services.checking import Checked, check_log
from apps.common.errors import NotFound
from apps.common.spreadsheets import harmless
from backend.days import local_day

# How a view is named to the athlete.
SEEN_AS = {
    "roster": "Your row in the team",
    "athlete": "Your page",
    "records": "Your records, with an app",
    "heads": "Whether you had new records, with an app",
    "file": "Your row, in a file of the whole team",
    "notes": "Notes they wrote to you, and your answers",
    "note": "A note to you was written, changed or taken back",
    "nudge": "You were asked to have a look",
    "proposal": "A reminder was proposed to you",
}
COLUMNS = (
    "number", "at", "viewer", "viewer_id", "team", "team_id", "what", "categories", "line_id",
    "previous_digest", "digest",
)  # fmt: skip


@dataclass(frozen=True)
class DayOfLooks:
    """The looks of one local day, newest first, each with what was looked at in words."""

    day: date
    looks: tuple[tuple[LookInView, str], ...]


@require_safe
@page
def looks(request: HttpRequest, person: User) -> HttpResponse:
    """Show who looked, day by day; on demand, whether the list is what was written."""
    checked = check_log(athlete_id=person.id) if "check" in request.GET else None
    log = access_log_of(owner=person, before=_number(request.GET.get("before")))
    context = {
        "days": by_day(log.looks, zone=person.zone),
        "head": log.head,
        "seal": log.head.digest.hex(),
        "next_before": log.next_before,
        "is_first": "before" not in request.GET,
        "zone": person.zone,
        "checked": checked,
        "verdict": verdict(checked) if checked else "",
        "as_of": timezone.now(),
    }
    return render(request, "coaching/looks.html", context)


@require_safe
@page
def looks_file(request: HttpRequest, person: User) -> HttpResponse:
    """Return the whole log as CSV, oldest first, with all it takes to check it."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="access-log.csv"'
    writer = csv.writer(answer)
    writer.writerow(COLUMNS)
    for look in whole_log_of(owner=person):
        line = look.line
        writer.writerow(
            [
                line.seq,
                line.at.astimezone(UTC).isoformat(timespec="microseconds"),
                harmless(look.viewer_name),
                line.viewer_id,
                harmless(look.team_name),
                line.team_id,
                line.what,
                " ".join(line.categories),
                line.id,
                line.prev.hex(),
                line.digest.hex(),
            ]
        )
    return answer


def by_day(found: Iterable[LookInView], *, zone: str) -> list[DayOfLooks]:
    """Group looks by the athlete's local day, in the order given."""
    days: dict[date, list[tuple[LookInView, str]]] = {}
    for look in found:  # at midnight, two coaches' lines may stand the other way round
        days.setdefault(local_day(look.at, zone=zone), []).append((look, seen_as(look)))
    return [DayOfLooks(day, tuple(of_day)) for day, of_day in days.items()]


def seen_as(look: LookInView) -> str:
    """Return what was looked at, in the athlete's words."""
    return SEEN_AS.get(look.line.what, "Your data")


def verdict(checked: Checked) -> str:
    """Return what checking a log found, in words."""
    if checked.breaks:
        return (
            "This list is not what was written. Keep what your phone holds, and tell whoever runs "
            "this service."
        )
    if not checked.lines:
        return "Nobody has looked, so there is nothing to check."
    lines = "The one line is" if checked.lines == 1 else f"All {checked.lines} lines are"
    if not checked.told:
        return f"{lines} as written. Your devices were not told of any yet."
    notes = "one note" if checked.told == 1 else f"{checked.told} notes"
    return f"{lines} as written, and none is missing. Compared with {notes} on your devices."


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound
    return int(text)
