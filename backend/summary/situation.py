"""What a summary is about: one person, four weeks of loading, and what was measured."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

import msgspec

from backend.bone import tables as bone_tables
from backend.days import completed_years, window
from backend.fusion.tables import RULE_VERSION
from backend.labs import analytes
from backend.labs import tables as lab_tables
from backend.labs.kidney import advanced_ckd
from backend.loading import tables
from backend.loading.days import WINDOW_DAYS, WeekLoad, tier_totals, weekly
from backend.loading.units import quality
from backend.models import run
from backend.muscle import tables as muscle_tables
from backend.nutrition import tables as nutrition_tables
from backend.readmodels import LoadDay, Observation
from backend.records.athlete_profile import AthleteProfile
from backend.summary import wording
from backend.summary.canonical import canonical_text
from backend.summary.facts import Facts, until
from backend.summary.once import once

ADULT_FROM_Y = 18
LAB_WINDOW_DAYS = 365
PRIOR_WEEKS = 12
TRAINS_SESSIONS_28 = 12  # three a week
TREND_DAYS = 7 * (PRIOR_WEEKS + 1)
TABLE_VERSIONS: dict[str, str] = {
    **tables.VERSIONS,
    **analytes.VERSIONS,
    **lab_tables.VERSIONS,
    **muscle_tables.VERSIONS,
    **bone_tables.VERSIONS,
    **nutrition_tables.VERSIONS,
    **wording.VERSIONS,
    "fusion_rule": RULE_VERSION,
}
NO_FACTS = Facts()


class Situation(msgspec.Struct, frozen=True, dict=True):
    """Everything the rules may read, in a fixed order whatever order it came in."""

    as_of: date
    profile: AthleteProfile
    load_days: tuple[LoadDay, ...]
    coverage_days: int
    observations: tuple[Observation, ...]
    locales: tuple[str, ...]
    facts: Facts = NO_FACTS
    weeks: tuple[LoadDay, ...] = ()  # the thirteen weeks that a trend of loading looks at
    trains_3x_week: bool = False

    @cached_property  # as many rules ask for it
    def age(self) -> int | None:
        """Completed years, or None when unknown or impossible."""
        return self.age_on(self.as_of)

    def age_on(self, day: date) -> int | None:
        """Return the completed years on the day of a measurement, which its rules go by."""
        born = self.profile.born_date
        years = None if born is None else completed_years(born=born, on=day)
        return years if years is not None and 0 <= years <= 130 else None

    @property
    def is_minor(self) -> bool:
        """Whether the person is known to be under 18; an unknown age reads as adult."""
        return self.age is not None and self.age < ADULT_FROM_Y

    @cached_property
    def data_tier(self) -> str | None:
        """The lowest tier that carries the four weeks' units; None without any."""
        return quality(tier_totals(self.load_days))[0]

    @cached_property
    def worked_out(self) -> dict[object, Any]:
        """What `once` keeps."""
        return {}

    @cached_property  # asked for by many rules
    def egfr(self) -> float | None:
        """The newest eGFR of the last year; see ``kidney``."""
        found = self.kidney(within_days=LAB_WINDOW_DAYS)
        return None if found is None else found[0]

    @cached_property
    def week_texts(self) -> tuple[str, ...]:
        """The text of every day of loading, for digests."""
        return tuple(map(canonical_text, self.weeks))

    def kidney(self, *, within_days: int | None = None) -> tuple[float, Observation] | None:
        """Return the newest eGFR and the result it is from: as reported, else from creatinine.

        The newer one of the two. None in pregnancy, where no equation applies.
        """
        if self.profile.pregnant:
            return None
        reported, creatinine = (
            seen if seen and self._is_within(seen, within_days) else None
            for seen in (self.newest("egfr"), self.newest("creatinine"))
        )
        newer = creatinine and (reported is None or creatinine.observed_at > reported.observed_at)
        if creatinine is not None and newer:
            given = {
                "creatinine_mg_dl": creatinine.value,
                "age": self.age_on(creatinine.local_date),
                "sex": self.profile.sex,
            }
            computed = run("lab.egfr_ckdepi2021", given).get("egfr")
            if isinstance(computed, int | float):
                return float(computed), creatinine
        if reported is None or reported.value is None:
            return None
        return float(reported.value), reported

    @property
    def has_advanced_ckd(self) -> bool:
        """Whether kidney failure changes what scans and results mean (CKD G4-5 or dialysis)."""
        return advanced_ckd(dialysis=bool(self.profile.dialysis), egfr=self.egfr)

    def newest(self, analyte: str) -> Observation | None:
        """Return the newest usable observation of an analyte."""
        return next(iter(self.all_newest(analyte)), None)

    def all_newest(self, analyte: str) -> Sequence[Observation]:
        """Return the usable observations of an analyte that have a value, newest first."""
        return self._usable.get(analyte, ())

    @cached_property
    def _usable(self) -> dict[str, list[Observation]]:
        found: dict[str, list[Observation]] = {}
        for one in self.observations:
            if one.usable and one.value is not None:
                found.setdefault(one.analyte, []).append(one)
        return found

    def recent(self, analyte: str) -> Observation | None:
        """Return ``newest`` while it is inside the window of laboratory findings."""
        found = self.newest(analyte)
        return found if found and self._is_within(found, LAB_WINDOW_DAYS) else None

    def _is_within(self, seen: Observation, days: int | None) -> bool:
        return days is None or self.age_days(seen.local_date) <= days

    def age_days(self, day: date) -> int:
        """Return how many days ago ``day`` was."""
        return (self.as_of - day).days


@once
def rolled_weeks(about: Situation) -> tuple[WeekLoad, ...]:
    """Return the rolling weeks up to the day that a trend of loading looks at, oldest first."""
    return tuple(weekly(about.weeks, ending=about.as_of, weeks=PRIOR_WEEKS + 1))


def situation(
    *,
    as_of: date,
    profile: AthleteProfile,
    load_days: Sequence[LoadDay],
    coverage_days: int,
    observations: Sequence[Observation],
    locales: Sequence[str] | None = None,
    facts: Facts = NO_FACTS,
) -> Situation:
    """Return the ordered situation; what is dated later, or no rule looks at, is left out."""
    days = sorted(load_days, key=lambda day: day.local_date)
    by_age = sorted(observations, key=lambda o: (o.analyte, str(o.record_id)))
    by_age.sort(key=lambda o: o.observed_at, reverse=True)
    covered = min(max(coverage_days, 0), WINDOW_DAYS)
    rated = _within(days, ending=as_of, days=WINDOW_DAYS)
    return Situation(
        as_of=as_of,
        profile=profile,
        load_days=rated,
        coverage_days=covered,
        observations=tuple(by_age),
        locales=tuple(locales or wording.locales_for(profile.locale)),
        facts=until(facts, as_of),
        weeks=_within(days, ending=as_of, days=TREND_DAYS),
        trains_3x_week=sum(day.sessions for day in rated) >= TRAINS_SESSIONS_28,
    )


def _within(load_days: Sequence[LoadDay], *, ending: date, days: int) -> tuple[LoadDay, ...]:
    first, last = window(ending=ending, days=days)
    return tuple(day for day in load_days if first <= day.local_date <= last)
