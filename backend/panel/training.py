"""What sessions say: whether somebody trains, how much bone felt of it, and how that changed."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from backend.loading.bands import COVERED_DAYS_NEEDED, OLDER_FROM_Y
from backend.loading.days import WINDOW_DAYS, WeekLoad
from backend.loading.volume import is_monotony_above
from backend.panel.availability import MOST_SAID, Said, restricted, said_alike
from backend.panel.episodes import began, followed_from
from backend.panel.reasons import (
    NOT_APPLIED,
    PanelPart,
    Reason,
    plural,
    reason,
    worst_first,
)
from backend.readmodels import LoadDay
from backend.records.server_owned import RiskSummary
from backend.summary.energy import MONOTONOUS_ABOVE, WEEK_DAYS
from backend.summary.findings import STEP_UP_COVERED_DAYS, step_up
from backend.summary.situation import TREND_DAYS, Situation, rolled_weeks
from backend.summary.wording import rounded

SPARKLINE_WEEKS = 10
BASELINE_WEEKS = 6
BASELINE_DAYS = 7 * BASELINE_WEEKS
RAMP_WEEKS = 3  # the weeks before that science compares with
GAP_DAYS = 14
LEAST_BASELINE_DAYS = 14
USUAL_DAYS_A_WEEK = 1.0  # below this own habit a quiet fortnight says nothing [E]
SILENT_DAYS = 7
ROLLING = frozenset({"monotony_high", "loading_step_up"})


class Trained(msgspec.Struct, frozen=True):
    """What is known of somebody's sessions beside the situation.

    ``last_data_on`` is the local day of the newest session or sample, ``last_input`` the one on
    which something last came in, ``synced_on`` the one on which a device last asked for news or
    sent any. ``days`` are those of loading from ``read_from`` on, oldest
    first. ``said`` comes in any order; with a ``read_from`` later than ``followed_from`` it may
    be the newest 50 alone (``is_cut``).
    """

    read_from: date
    days: Sequence[LoadDay] = ()
    first_session: date | None = None
    last_input: date | None = None
    last_data_on: date | None = None
    synced_on: date | None = None
    said: Sequence[Said] = ()

    def last_days(self, count: int, *, ending: date) -> Sequence[LoadDay]:
        """Return the days of loading among the last ``count``."""
        first = ending - timedelta(days=count - 1)
        start, stop = (
            bisect_left(self.days, day, key=lambda one: one.local_date)
            for day in (first, ending + timedelta(days=1))
        )
        return self.days[start:stop]


def is_cut(about: Situation, trained: Trained, parts: Mapping[str, PanelPart]) -> bool:
    """Return whether a reason may have begun before what was read, and more can be read."""
    if trained.read_from <= followed_from(about.as_of):
        return False
    told = [one for name in ("sessions", "loading") for one in parts[name].reasons]
    if any(one.code in ROLLING and one.since <= trained.read_from for one in told):
        return True
    run_of = said_alike(about.as_of, trained.said)
    return len(run_of) >= MOST_SAID and restricted(run_of) is not None


def sessions_part(about: Situation, summary: RiskSummary, trained: Trained) -> PanelPart:
    """Return how much was trained and known, and what the person said of it."""
    week = _weeks(about)[-1]
    facts = {
        "covered_days": str(about.coverage_days),
        "sessions_7d": str(week.sessions),
        "minutes_7d": rounded(week.minutes, places=0),
    }
    if trained.last_data_on:
        facts["last_data_on"] = trained.last_data_on.isoformat()
    if trained.synced_on:
        facts["synced_on"] = trained.synced_on.isoformat()
    run_of = said_alike(about.as_of, trained.said)
    if run_of:
        facts["availability"] = run_of[0].availability
        facts["availability_on"] = run_of[0].local_date.isoformat()
    reasons = (
        restricted(run_of),
        _coverage(about, trained),
        _monotony(about, summary, trained),
    )
    return PanelPart(band=None, reasons=worst_first(*reasons), facts=facts)


def loading_part(about: Situation, summary: RiskSummary, trained: Trained) -> PanelPart:
    """Return ten weeks of bone loading, and a step or a gap against the person's own weeks."""
    one, weeks = summary.domains["loading"], _weeks(about)
    reasons: list[Reason | None] = []
    if one.band != NOT_APPLIED:
        reasons = [_step_up(about, trained, weeks), _gap(about, trained)]
    last = weeks[-1]
    facts = {
        "confidence": one.confidence,
        "blu_7d": rounded(last.blu, places=0),
        "high_days_7d": str(last.high_days),
        "heavy_days_7d": str(last.heavy_days),
        "tier_7d": last.tier or "",
    }
    loaded = _last_osteogenic(about)
    if loaded is not None:
        facts["days_since_bone_loading"] = str(about.age_days(loaded))
    return PanelPart(
        band=one.band,
        reasons=worst_first(*reasons),
        sparkline=tuple(week.blu for week in weeks),
        facts=facts,
    )


def _weeks(about: Situation) -> Sequence[WeekLoad]:
    return rolled_weeks(about)[-SPARKLINE_WEEKS:]


def _coverage(about: Situation, trained: Trained) -> Reason | None:
    """Return that too few days are known to say anything about loading."""
    covered = about.coverage_days
    if covered >= COVERED_DAYS_NEEDED:
        return None
    first, last = trained.first_session, trained.last_input
    since = first or followed_from(about.as_of)  # no session in all that could be read
    if first and last and (last - first).days + 1 >= COVERED_DAYS_NEEDED:
        since = last + timedelta(days=WINDOW_DAYS - COVERED_DAYS_NEEDED + 1)
    return reason(
        "coverage_thin",
        f"{covered} of the last {WINDOW_DAYS} days are known; {COVERED_DAYS_NEEDED} are needed",
        severity=1,
        since=since,
        number=float(covered),
        unit="d",
        baseline=float(COVERED_DAYS_NEEDED),
    )


def _monotony(about: Situation, summary: RiskSummary, trained: Trained) -> Reason | None:
    """Return that seven days were rated much alike."""
    found = summary.domains["recovery_energy"].findings
    one = next((each for each in found if each.code == "monotony_high"), None)
    if one is None or one.value is None:
        return None
    rated = {day.local_date: day.srpe_au for day in trained.days}

    def holds(ending: date) -> bool:
        days = [ending - timedelta(days=back) for back in range(WEEK_DAYS)]
        if not all(rated[day] for day in days if day in rated):
            return False  # no load is not the same as a load nobody told
        return is_monotony_above([rated.get(day, 0.0) for day in days], MONOTONOUS_ABOVE)

    return reason(
        "monotony_high",
        f"training monotony {rounded(one.value)} in 7 days; coaches' rule of thumb is at most "
        f"{MONOTONOUS_ABOVE}",
        severity=1,
        since=began(holds, as_of=about.as_of, known_from=trained.read_from, needs_days=WEEK_DAYS),
        number=one.value,
        unit="1",
        baseline=float(MONOTONOUS_ABOVE),
    )


def _step_up(about: Situation, trained: Trained, weeks: Sequence[WeekLoad]) -> Reason | None:
    """Return a large step up of the last week's units, against the person's own weeks.

    Whether it is one is science's rule of the three weeks before; told is the mean of six,
    where six are known and the week is above it.
    """
    if about.coverage_days < STEP_UP_COVERED_DAYS:
        return None
    if step_up(about.weeks, ending=about.as_of) is None:
        return None

    def holds(ending: date) -> bool:
        first = trained.first_session
        is_known = first is not None and (ending - first).days + 1 >= STEP_UP_COVERED_DAYS
        known = trained.last_days(WINDOW_DAYS, ending=ending)
        return is_known and step_up(known, ending=ending) is not None

    current = weeks[-1].blu
    mean_of_3, mean_of_6 = (_mean_before(weeks, n) for n in (RAMP_WEEKS, BASELINE_WEEKS))
    known_from = about.as_of - timedelta(days=7 + BASELINE_DAYS - 1)
    knows_6 = trained.first_session is not None and trained.first_session <= known_from
    is_above = knows_6 and current > mean_of_6
    usual, count = (mean_of_6, BASELINE_WEEKS) if is_above else (mean_of_3, RAMP_WEEKS)
    percent = (current / usual - 1) * 100
    sentence = (
        f"bone loading +{rounded(percent, places=0)} % in 7 days against own mean of the "
        f"{count} weeks before ({rounded(usual, places=0)} units)"
    )
    if knows_6 and not is_above:
        sentence += f"; own mean of {BASELINE_WEEKS} weeks is {rounded(mean_of_6, places=0)}"
    return reason(
        "loading_step_up",
        sentence,
        severity=2,
        since=began(holds, as_of=about.as_of, known_from=trained.read_from, needs_days=WINDOW_DAYS),
        number=percent,
        unit="%",
        baseline=usual,
    )


def _mean_before(weeks: Sequence[WeekLoad], count: int) -> float:
    return sum(week.blu for week in weeks[-count - 1 : -1]) / count


def _osteogenic(about: Situation) -> list[date]:
    """Return the days that count as bone-specific loading; moderate ones for some (science 1.8)."""
    is_older = about.age is not None and about.age >= OLDER_FROM_Y
    counted = {"high"} | ({"moderate"} if is_older or about.profile.impact_limited else set())
    return [day.local_date for day in about.weeks if day.day_class in counted]


def _last_osteogenic(about: Situation) -> date | None:
    return max(_osteogenic(about), default=None)


def _gap(about: Situation, trained: Trained) -> Reason | None:
    """Return that a known fortnight or longer held no osteogenic day, unlike the weeks before."""
    last_data_on, last = trained.last_data_on, _last_osteogenic(about)
    if last is None or last_data_on is None or about.coverage_days < STEP_UP_COVERED_DAYS:
        return None
    gap = about.age_days(last)
    if gap < GAP_DAYS or about.age_days(last_data_on) >= SILENT_DAYS:
        return None
    seen = min(BASELINE_DAYS, TREND_DAYS - gap)
    if trained.first_session is not None:
        seen = min(seen, (last - trained.first_session).days + 1)
    if seen < LEAST_BASELINE_DAYS:
        return None
    usual = 7 * sum((last - day).days < seen for day in _osteogenic(about)) / seen
    if usual < USUAL_DAYS_A_WEEK:
        return None
    return reason(
        "loading_gap",
        f"{gap} days without bone-specific loading, against own {rounded(usual)} days a week "
        f"in the {plural(seen // 7, 'week')} before",
        severity=2,
        since=last + timedelta(days=1),
        number=float(gap),
        unit="d",
        baseline=usual,
    )
