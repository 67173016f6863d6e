"""A team as coaches have them: every group, every kind of part, names of every kind."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

import msgspec
from django.utils import timezone

from apps.accounts.models import User
from apps.coaching.categories import CONSENT_TEXT_DIGEST, CONSENT_TEXT_VERSION
from apps.coaching.models import ConsentGrant
from apps.common.actor import acting_as
from apps.insights.models import LoadDay, PanelRow
from backend.panel import PanelPart, Reason
from tests.apps.coaching.conftest import EVERYTHING, Squad
from tests.conftest import Person

HOSTILE = {
    "html": "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>",
    "rtl": "\u202egnp.exe \u2067\u0645\u0631\u062d\u0628\u0627 evil",
    "emoji": "\U0001f469\U0001f3fd\u200d\U0001f9bd\u200d\u27a1\ufe0f " * 12,
    "long": "W" * 120,
}
SINCE = date(2026, 11, 2)
WEEKS = (120.0, 130.0, 90.0, 140.0, 0.0, 60.0, 150.0, 120.0, 110.0, 410.0)


def reason(code: str, sentence: str, *, severity: int = 2) -> Reason:
    """Return a reason with its sentence."""
    return Reason(code, sentence, 1.0, "d", None, severity, (), SINCE)


STEP = reason("loading_step_up", "bone loading +154 % in 7 days against own mean of 6 weeks")
LATE = reason("vitd_retest_overdue", "vitamin D retest overdue 19 d, planned for 7 November 2026")
SOON = reason("bone_scan_due", "bone scan due in 12 d, planned for 8 December 2026", severity=1)
OUTSIDE = reason("results_outside", "1 result outside its range", severity=1)
CALM = {
    "sessions": PanelPart(
        band=None,
        facts={"covered_days": "27", "sessions_7d": "4", "minutes_7d": "210",
               "availability": "limited", "availability_on": "2026-11-20"},
    ),
    "loading": PanelPart(
        band="mixed", sparkline=WEEKS,
        facts={"confidence": "low", "blu_7d": "410", "high_days_7d": "2", "tier_7d": "C"},
    ),
    "strength": PanelPart(band="supportive", facts={"grip": "43 kg", "grip_on": "2026-08-23"}),
    "body_composition": PanelPart(band="insufficient"),
    "labs": PanelPart(
        band="mixed",
        facts={"vitd_25oh": "38.2 nmol/L (15.3 ng/mL)", "vitd_25oh_on": "2026-08-18",
               "calcium": "9.4 mg/dL", "calcium_on": "2026-08-18", "a_new_fact": "7"},
    ),
    "labs_status": PanelPart(
        band="mixed", facts={"vitamin_d": "outside", "calcium": "in range", "blood_test": "due"}
    ),
    "dxa": PanelPart(band="insufficient"),
    "injuries": PanelPart(band=None, facts={"open": "0"}),
    "reminders": PanelPart(band=None, facts={"open": "2", "next_due_on": "2031-11-05"}),
}  # fmt: skip


def put_parts(
    athlete_id: UUID, reasons: Iterable[tuple[str, Reason]] = (), *, silent_days: int = 0
) -> None:
    """Write all parts of a panel row; ``reasons`` come with their categories."""
    now = timezone.now()
    rows = []
    for category, part in CALM.items():
        own = tuple(one for of, one in reasons if of == category)
        told = msgspec.structs.replace(part, reasons=own)
        rows.append(
            PanelRow(
                athlete_id=athlete_id,
                category=category,
                part=msgspec.to_builtins(told),
                last_data_at=now - timedelta(days=silent_days, hours=6),
                as_of=now.date(),
                updated_at=now,
                severity=told.severity,
                since=told.since,
                next_due_on=told.next_due_on,
                band=told.band,
                codes=list(told.codes),
                marks=list(told.marks),
            )
        )
    with acting_as(athlete_id):
        PanelRow.objects.bulk_create(rows)


def put_week(athlete_id: UUID) -> None:
    """Write a day of sessions, so that there are weeks to draw."""
    now = timezone.now()
    with acting_as(athlete_id):
        LoadDay.objects.create(
            athlete_id=athlete_id, local_date=now.date(), blu=410.0, blu_by_tier={"A": 410.0},
            day_class="high", heavy_day=False, cycles_ge_2bw=100.0, cycles_ge_3bw=80.0,
            heavy_reps=0, minutes=45.0, srpe_au=300.0, volume_kg=0.0, sessions=1,
            last_loading_end=now,
        )  # fmt: skip


@dataclass
class Scene:
    """Athletes by the group they stand in."""

    look: Person
    late: Person
    silent: Person
    soon: Person
    steady: Person


def scene(squad: Squad, people: Callable[..., Person]) -> Scene:
    """Fill a team with one athlete for each group, and one more who needs a look."""
    made = Scene(
        *(people(name) for name in ("Aiko Ito", "Bora Kaya", "Cem Lund", "Dag Moe", "Eva Orr"))
    )
    put_parts(made.look.id, [("loading", STEP), ("labs_status", OUTSIDE)])
    put_parts(made.late.id, [("reminders", LATE)])
    put_parts(made.silent.id, silent_days=9)
    put_parts(made.soon.id, [("reminders", SOON)])
    put_parts(made.steady.id)
    put_week(made.look.id)
    squad.join(made.look, EVERYTHING - {"labs"} | {"labs_status"})
    for one in (made.late, made.silent, made.soon):
        squad.join(one)
    squad.join(made.steady, frozenset({"sessions"}))
    return made


def crowd(squad: Squad, names: Iterable[str]) -> None:
    """Let as many people as there are names share with a team; every other one needs a look."""
    now = timezone.now()
    users = User.objects.bulk_create(
        User(email=f"{uuid4().hex}@example.org", display_name=name, joined_at=now) for name in names
    )
    for number, user in enumerate(users):
        put_parts(user.id, [("loading", STEP)] if number % 2 else ())
        with acting_as(user.id):
            ConsentGrant.objects.create(
                athlete_id=user.id, team_id=squad.team.id, invitation_id=uuid4(),
                categories=sorted(EVERYTHING), text_version=CONSENT_TEXT_VERSION,
                text_digest=CONSENT_TEXT_DIGEST, granted_at=now, ends_at=now + timedelta(days=30),
            )  # fmt: skip
