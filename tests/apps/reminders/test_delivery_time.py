"""When a reminder arrives: local hours, clock changes, quiet hours, the week's budget."""

import uuid
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.records.athlete_profile import AthleteProfile
from backend.reminding.delivery import (
    DEFAULT_QUIET,
    WEEK,
    QuietHours,
    Wishes,
    after_quiet,
    dedupe_key,
    deliver_at,
    first_instant,
    read_quiet_hours,
    week_opens_at,
    wishes_of,
)

# Half-hour and two-hour changes, changes at midnight and at 23:00, Ramadan, none at all.
ODD_ZONES = (
    "Australia/Lord_Howe", "Antarctica/Troll", "America/Nuuk", "America/Scoresbysund",
    "Africa/Casablanca", "Africa/Cairo", "Asia/Beirut", "America/Havana", "America/Santiago",
    "Asia/Gaza", "Europe/London", "Europe/Berlin", "America/New_York", "America/St_Johns",
    "Pacific/Apia", "Pacific/Chatham", "Pacific/Easter", "Asia/Kathmandu", "Antarctica/Casey",
    "Asia/Almaty", "America/Asuncion", "Europe/Dublin", "UTC",
)  # fmt: skip
NEARLY_ALL_DAY = QuietHours(time(0), time(23))
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@cache
def changes(name: str) -> list[datetime]:
    """Return the instants at which a zone's offset changes, 2024 to 2030."""
    zone = ZoneInfo(name)
    found = []
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    while moment.year < 2031:
        later = moment + timedelta(hours=6)
        if moment.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            low, high = moment, later
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                same = low.astimezone(zone).utcoffset() == middle.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high.replace(second=0, microsecond=0))
        moment = later
    return found


def local_times(name: str) -> list[tuple[date, time]]:
    """Return clock times every 15 minutes from 3 h before to 3 h after each change."""
    times: list[tuple[date, time]] = []
    for change in changes(name):
        around = change.astimezone(ZoneInfo(name)).replace(tzinfo=None, second=0)
        start = around - timedelta(hours=3, minutes=around.minute % 15)
        for step in range(25):
            at = start + timedelta(minutes=15 * step)
            times.append((at.date(), at.time()))
    return times


def exists(day: date, at: time, zone: ZoneInfo) -> bool:
    """Return whether a local clock ever shows this."""
    naive = datetime.combine(day, at)
    shown = naive.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return shown.replace(tzinfo=None) == naive


class TestFirstInstant:
    @pytest.mark.parametrize("name", ODD_ZONES)
    def test_is_the_first_time_the_clock_has_reached_it(self, name: str) -> None:
        zone = ZoneInfo(name)
        for day, at in local_times(name):
            wanted = datetime.combine(day, at)
            moment = first_instant(day, at, zone)
            shown = moment.astimezone(zone).replace(tzinfo=None)
            before = (moment - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
            if exists(day, at, zone):
                assert shown == wanted
            else:
                assert before < wanted < shown, "the gap's end is the first valid instant"

    def test_of_a_clock_time_that_comes_twice_is_the_first(self) -> None:
        moment = first_instant(date(2026, 10, 25), time(2, 30), ZoneInfo("Europe/Berlin"))
        assert moment == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    def test_of_a_skipped_clock_time_is_the_end_of_the_gap(self) -> None:
        moment = first_instant(date(2026, 3, 29), time(2, 30), ZoneInfo("Europe/Berlin"))
        assert moment == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)

    def test_of_a_skipped_day_is_the_start_of_the_next(self) -> None:
        moment = first_instant(date(2011, 12, 30), time(9), ZoneInfo("Pacific/Apia"))
        assert moment == datetime(2011, 12, 30, 10, 0, tzinfo=UTC)
        assert moment.astimezone(ZoneInfo("Pacific/Apia")).date() == date(2011, 12, 31)


class TestQuietHours:
    @pytest.mark.parametrize("name", ODD_ZONES)
    @pytest.mark.parametrize("quiet", [None, DEFAULT_QUIET, NEARLY_ALL_DAY])
    def test_hold_around_every_clock_change(self, name: str, quiet: QuietHours | None) -> None:
        zone = ZoneInfo(name)
        last = LONG_AGO
        for day, at in sorted(local_times(name)):
            planned = first_instant(day, at, zone)
            sent = after_quiet(planned, zone, quiet)
            local = sent.astimezone(zone)
            assert quiet is None or not quiet.covers(local.time())
            # With one hour a day left, Nuuk's clock once skips that hour, and Troll's day of
            # 26 hours is longer than the window and a bit.
            limit = 48 if quiet == NEARLY_ALL_DAY else 24
            assert timedelta(0) <= sent - planned <= timedelta(hours=limit)
            assert sent >= last, "the order of two reminders is kept"
            last = sent

    def test_end_that_comes_twice_is_never_in_the_past(self) -> None:
        # London, second pass of 01:15; the window ends at 01:30, whose first time is over.
        moment = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)
        sent = after_quiet(moment, ZoneInfo("Europe/London"), QuietHours(time(22), time(1, 30)))
        assert sent == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("text", "window"),
        [
            (None, DEFAULT_QUIET),
            ("21-6", QuietHours(time(21), time(6))),
            ("21:30-06:15", QuietHours(time(21, 30), time(6, 15))),
            ("none", None),
            ("off", None),
            ("07:00-07:00", DEFAULT_QUIET),
            ("0-24", DEFAULT_QUIET),
            ("25:99-3", DEFAULT_QUIET),
            ("whenever", DEFAULT_QUIET),
        ],
    )
    def test_are_read_from_the_profile(self, text: str | None, window: QuietHours | None) -> None:
        assert read_quiet_hours(text) == window


class TestDeliverAt:
    @settings(max_examples=300, deadline=None)
    @given(
        name=st.sampled_from(sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})),
        due=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
        hour=st.integers(0, 23),
        now=st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31)),  # noqa: DTZ001 (below)
    )
    def test_is_one_instant_outside_quiet_hours_and_never_early(
        self, name: str, due: date, hour: int, now: datetime
    ) -> None:
        now = now.replace(tzinfo=UTC)
        wishes = Wishes(zone=name, hour=hour)
        at = deliver_at(due_date=due, now=now, wishes=wishes)
        local = at.astimezone(ZoneInfo(name))
        assert at >= now
        assert local.date() >= due
        assert not DEFAULT_QUIET.covers(local.time())
        assert at <= max(now, first_instant(due, time(hour), ZoneInfo(name))) + timedelta(hours=24)
        assert at == deliver_at(due_date=due, now=now, wishes=wishes)
        assert deliver_at(due_date=due, now=at, wishes=wishes) == at, "asked again it stands"

    def test_is_nine_in_the_morning_where_the_person_lives(self) -> None:
        due = date(2026, 7, 1)
        wishes = wishes_of(AthleteProfile(), home_zone="Asia/Tokyo")
        assert deliver_at(due_date=due, now=LONG_AGO, wishes=wishes) == datetime(
            2026, 7, 1, 0, 0, tzinfo=UTC
        )

    def test_reads_an_unknown_zone_as_utc(self) -> None:
        at = deliver_at(
            due_date=date(2026, 7, 1), now=LONG_AGO, wishes=Wishes(zone="Mars/Olympus_Mons")
        )
        assert at == datetime(2026, 7, 1, 9, tzinfo=UTC)

    def test_prefers_the_profile_to_the_account(self) -> None:
        profile = AthleteProfile(
            zone="Europe/Berlin", delivery_hour=18, quiet_hours="20-8", reminders_per_week=5
        )
        assert wishes_of(profile, home_zone="UTC") == Wishes(
            zone="Europe/Berlin", hour=18, quiet=QuietHours(time(20), time(8)), per_week=5
        )


class TestWeek:
    NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)

    def test_has_room_for_two(self) -> None:
        one = [self.NOW - timedelta(days=1)]
        assert week_opens_at(one, ahead=0, now=self.NOW, per_week=2) is None

    def test_opens_when_the_oldest_leaves_it(self) -> None:
        sent = [self.NOW - timedelta(days=1), self.NOW - timedelta(days=5)]
        opens_at = week_opens_at(sent, ahead=0, now=self.NOW, per_week=2)
        assert opens_at == self.NOW + timedelta(days=2)

    def test_forgets_what_is_older_than_a_week(self) -> None:
        sent = [self.NOW - WEEK, self.NOW - timedelta(days=20), self.NOW - timedelta(days=6)]
        assert week_opens_at(sent, ahead=0, now=self.NOW, per_week=2) is None

    def test_keeps_places_for_what_matters_more(self) -> None:
        assert week_opens_at([], ahead=1, now=self.NOW, per_week=2) is None
        assert week_opens_at([], ahead=2, now=self.NOW, per_week=2) == self.NOW + WEEK


class TestDedupeKey:
    def test_is_of_reminder_day_and_address(self) -> None:
        one, day = uuid.UUID(int=1), date(2026, 5, 4)
        key = dedupe_key(reminder_id=one, due_date=day, address="email")
        assert key == dedupe_key(reminder_id=one, due_date=day, address="email")
        others = {
            dedupe_key(reminder_id=uuid.UUID(int=2), due_date=day, address="email"),
            dedupe_key(reminder_id=one, due_date=date(2026, 5, 5), address="email"),
            dedupe_key(reminder_id=one, due_date=day, address="push"),
        }
        assert len(others - {key}) == 3
        assert len(key.encode()) == 64
