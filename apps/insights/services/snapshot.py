"""What one recompute reads: changed records and the windows its models need, at one instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from apps.common.statements import Question, ask_together
from apps.insights import sql
from apps.insights.selectors import (
    Loading,
    availability_question,
    load_days_question,
    observations_question,
    read_reminders,
    span_question,
    touched_question,
)
from apps.insights.services.gather import Gathered, bodies_question, gather
from apps.sync.selectors import (
    FeedState,
    Input,
    Part,
    contact_question,
    derived_question,
    feed_question,
    inputs_between,
    inputs_question,
    newest_question,
    profile_question,
)
from backend.days import local_day
from backend.fusion.tables import RULE_VERSION
from backend.panel import Said, followed_from
from backend.readmodels import LoadDay, Observation, SessionLoad
from backend.records.athlete_profile import AthleteProfile
from backend.records.lab_result import observe
from backend.records.server_owned import Reminder
from backend.records.strength_test import TESTS
from backend.summary.facts import Facts, facts_of
from backend.summary.measured import Kept
from backend.summary.situation import NO_FACTS, TREND_DAYS

NEWEST_FACTS = {
    "dxa_scan": 12, "body_composition": 30, "intake_log": 300, "injury": 60, "energy_screen": 4,
    "medication": 60, "risk_result": 6, "goal": 30, "intervention": 30, "reminder_ack": 600,
}  # fmt: skip
NEWEST_PARTS = (
    *(Part("strength_test", test, 16) for test in TESTS),
    *(Part("cycle_log", kind, 12) for kind in ("period_start", "period_end", "none_today")),
)
NEWEST_LEAN = 12
NEWEST_WISHES = 200
# Another version has all read models of an athlete made anew at their next recompute.
MODELS_VERSION = f"6/{RULE_VERSION}"


@dataclass(frozen=True)
class Made:
    """By which rules the stored read models were made, and when somebody asked for them anew.

    ``sent`` names the nudges that reached the person; ``kept`` is what was measured at some
    earlier run.
    """

    models_version: str | None = None
    asked_at: datetime | None = None
    sent: Sequence[str] = ()
    kept: Kept | None = None

    @property
    def is_current(self) -> bool:
        """Whether what is stored may be built upon."""
        return self.models_version == MODELS_VERSION and self.asked_at is None


@dataclass(frozen=True)
class Snapshot:
    """Inputs of one recompute; everything in it comes from one database snapshot.

    ``is_whole`` says that all records are in it and nothing of what was derived from them, and
    ``read_from`` from which day on loading is.
    ``gathered`` are the sessions to decide and rate anew. ``results`` maps changed results to
    what they mean now, None when they are gone. ``days`` are the local days to compute anew,
    each with day and end of the stored loading before it; ``neighbours`` the other sessions
    of those days. ``contact_at`` is when a device last asked for what is new.
    """

    feed: FeedState
    made: Made
    is_whole: bool
    as_of: date
    read_from: date
    profile: AthleteProfile
    gathered: Gathered
    results: dict[UUID, Observation | None]
    days: dict[date, Loading | None] = field(default_factory=dict)
    neighbours: list[SessionLoad] = field(default_factory=list)
    load_days: list[LoadDay] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    first_session: date | None = None
    last_session: datetime | None = None
    said: list[Said] = field(default_factory=list)
    reminders: dict[UUID, Reminder] = field(default_factory=dict)
    facts: Facts = NO_FACTS
    contact_at: datetime | None = None


def read_snapshot(
    athlete_id: UUID, *, now: datetime, is_whole: bool = False, is_long: bool = False
) -> Snapshot | None:
    """Return what a recompute needs, or None when the athlete has no feed.

    Call inside ``snapshot_as(athlete_id)``. The cost depends on what changed
    since the last run and on fixed windows, not on the length of the history; but for
    ``is_whole``, which reads all records, as is done without asking where the read models
    were made by other rules. ``is_long`` reads loading as far back as episodes are followed.
    """
    asked = feed_question(athlete_id)
    of_profile, of_made = profile_question(athlete_id), _made_question(athlete_id)
    of_reminders = derived_question(athlete_id, types=["reminder"])
    of_facts, of_contact = _facts_question(athlete_id), contact_question(athlete_id)
    of_inputs = inputs_question(athlete_id)
    ask_together(asked, of_profile, of_made, of_reminders, of_facts, of_contact, of_inputs)
    feed, profile, made = asked.answer, of_profile.answer, of_made.answer
    if feed is None:
        return None
    as_of = local_day(now, zone=profile.zone or "UTC")
    is_whole = is_whole or not made.is_current
    changed = of_inputs.answer
    if is_whole and feed.derived_seq:
        changed = inputs_between(athlete_id, after=0, until=feed.input_seq)
    gathered = gather(athlete_id, changed, is_whole=is_whole)
    snapshot = Snapshot(
        feed=feed,
        made=made,
        is_whole=is_whole,
        as_of=as_of,
        read_from=followed_from(as_of) if is_whole or is_long else _trend_from(as_of),
        profile=profile,
        gathered=gathered,
        results={
            i.record_id: _result(i, zone=profile.zone, now=now)
            for i in changed
            if i.type == "lab_result"
        },
        reminders=read_reminders(of_reminders.answer),
        facts=_facts(of_facts.answer, zone=profile.zone),
        contact_at=of_contact.answer,
    )
    return snapshot if is_whole else _with_stored(athlete_id, snapshot)


def _with_stored(athlete_id: UUID, changed: Snapshot) -> Snapshot:
    """Return what changed with what was derived before from the rest."""
    gathered = changed.gathered
    sessions = list(gathered.records)
    first, as_of = changed.read_from, changed.as_of
    is_all = first <= followed_from(as_of)
    of_bodies = bodies_question(athlete_id, gathered)
    of_touched = touched_question(
        owner=athlete_id,
        days=sorted({one.local_date for one in gathered.candidates}),
        records=sessions,
    )
    of_days = load_days_question(owner=athlete_id, first=first, last=as_of)
    of_results = observations_question(owner=athlete_id, without=list(changed.results))
    of_span = span_question(owner=athlete_id, without=sessions)
    of_said = availability_question(owner=athlete_id, without=sessions, is_all=is_all)
    questions = of_bodies, of_touched, of_days, of_results, of_span, of_said
    ask_together(*(one for one in questions if one is not None))
    days, neighbours = of_touched.answer
    first_session, last_session = of_span.answer
    return replace(
        changed,
        gathered=replace(gathered, bodies={**gathered.bodies, **of_bodies.answer})
        if of_bodies
        else gathered,
        days=days,
        neighbours=neighbours,
        load_days=of_days.answer,
        observations=of_results.answer,
        first_session=first_session,
        last_session=last_session,
        said=of_said.answer,
    )


def _trend_from(as_of: date) -> date:
    return as_of - timedelta(days=TREND_DAYS - 1)


def read_facts(athlete_id: UUID, *, zone: str | None) -> Facts:
    """Return what is read whole: so few of each kind that no read model is kept of it."""
    return _facts(_facts_question(athlete_id).ask(), zone=zone)


def _facts_question(athlete_id: UUID) -> Question[dict[UUID, tuple[str, bytes]]]:
    return newest_question(
        athlete_id, most=NEWEST_FACTS, parts=NEWEST_PARTS, lean=NEWEST_LEAN, wishes=NEWEST_WISHES
    )


def _facts(found: Mapping[UUID, tuple[str, bytes]], *, zone: str | None) -> Facts:
    return facts_of(((kind, key, body) for key, (kind, body) in found.items()), zone=zone)


def _made_question(athlete_id: UUID) -> Question[Made]:
    """Return what asks how the stored read models were made; not at all before the first run."""
    return Question(
        sql.call(sql.HOW_MADE, {"athlete": athlete_id}),
        lambda rows: _made(*rows[0]) if rows else Made(),
    )


def _made(
    version: str, asked_at: datetime | None, sent: Sequence[str], *kept: bytes | None
) -> Made:
    key, said = kept
    return Made(version, asked_at, sent, Kept(key, said) if key and said else None)


def _result(changed: Input, *, zone: str | None, now: datetime) -> Observation | None:
    if changed.body is None:
        return None
    return observe(changed.record_id, changed.body, zone=zone, now=now, flags=changed.flags)
