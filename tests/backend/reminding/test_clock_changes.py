"""Every zone's every clock change from 2024 to 2030: one instant, never in quiet hours, in order."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from backend.reminding.delivery import QuietHours, after_quiet, first_instant

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)
# The last leaves one hour of the day, which a clock may skip: then it is that of the next day.
WINDOWS = {
    None: timedelta(),
    QuietHours(time(22), time(7)): timedelta(hours=11),
    QuietHours(time(0), time(23)): timedelta(hours=26),
}
AROUND = timedelta(hours=3)


def changes(zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the instants at which a zone's offset changes."""
    moment, offset = FIRST, FIRST.astimezone(zone).utcoffset()
    while moment < LAST:
        after = moment + DAY
        if (new := after.astimezone(zone).utcoffset()) != offset:
            low, high = moment, after
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                if middle.astimezone(zone).utcoffset() == offset:
                    low = middle
                else:
                    high = middle
            yield high.replace(second=0, microsecond=0)
            offset = new
        moment = after


def different_zones() -> dict[tuple[timedelta | None, tuple[datetime, ...]], ZoneInfo]:
    """Return one zone for each way in which clocks go: the first offset and the changes."""
    found: dict[tuple[timedelta | None, tuple[datetime, ...]], ZoneInfo] = {}
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        found.setdefault((FIRST.astimezone(zone).utcoffset(), tuple(changes(zone))), zone)
    return found


def reached(planned: datetime, zone: ZoneInfo) -> datetime:
    """Return the first quarter of an hour at which the zone's clock shows ``planned`` or more."""
    moment = planned.replace(tzinfo=UTC) - timedelta(hours=16)
    while moment.astimezone(zone).replace(tzinfo=None) < planned:
        moment += QUARTER
    return moment


class TestEveryClockChange:
    def test_gives_one_instant_outside_quiet_hours_and_keeps_the_order(self) -> None:
        zones = different_zones()
        looked_at = 0
        for (_, moments), zone in zones.items():
            for change in moments:
                looked_at += self.around(change, zone)
        assert len(zones) > 50
        assert looked_at > 10_000

    def around(self, change: datetime, zone: ZoneInfo) -> int:
        """Look at local times every quarter of an hour around a change; return how many."""
        wall = change.astimezone(zone).replace(tzinfo=None) - AROUND
        wall = wall.replace(minute=wall.minute // 15 * 15)
        before = dict.fromkeys(WINDOWS, FIRST)
        for step in range(int(2 * AROUND / QUARTER) + 1):
            planned = wall + step * QUARTER
            at = first_instant(planned.date(), planned.time(), zone)
            assert at == reached(planned, zone), (zone.key, planned)
            for quiet, latest in WINDOWS.items():
                sent = after_quiet(at, zone, quiet)
                told = (zone.key, planned, quiet)
                assert at <= sent <= at + latest, told
                assert quiet is None or not quiet.covers(sent.astimezone(zone).time()), told
                assert sent >= before[quiet], told
                before[quiet] = sent
        return int(2 * AROUND / QUARTER) + 1
