"""Which days are known at all, and which of them loaded bone enough."""

from collections.abc import Sequence
from datetime import date

import msgspec

from backend.days import completed_years
from backend.loading.bands import OLDER_FROM_Y
from backend.readmodels import LoadDay
from backend.records.athlete_profile import AthleteProfile


class Known(msgspec.Struct, frozen=True):
    """From the first session ever to the newest input: a rest day counts, silence does not."""

    first_on: date | None
    last_on: date | None

    @property
    def began(self) -> bool:
        """Whether anything came at all."""
        return self.first_on is not None and self.last_on is not None

    def holds(self, day: date) -> bool:
        """Return whether a day without a session is known to be one."""
        return self.touches(day, day)

    def touches(self, first: date, last: date) -> bool:
        """Return whether any day of a span is known."""
        if self.first_on is None or self.last_on is None:
            return False
        return first <= self.last_on and last >= self.first_on


def moderate_counts(profile: AthleteProfile, *, as_of: date) -> bool:
    """Return whether moderate days are osteogenic for this person (science 1.8)."""
    born = profile.born_date
    age = completed_years(born=born, on=as_of) if born else 0
    return age >= OLDER_FROM_Y or bool(profile.impact_limited)


def osteogenic_days(days: Sequence[LoadDay], *, with_moderate: bool) -> list[LoadDay]:
    """Return the days that loaded bone enough, in the order given."""
    enough = {"high", "moderate"} if with_moderate else {"high"}
    return [day for day in days if day.day_class in enough]
