"""Raw accelerometry of ActiGraph, as ActiLife writes it in CSV: one session with its impacts.

No sample is kept: what is stored is the histogram of peaks, by ``backend.impacts``. Temperature,
gyroscope and magnetometer of IMU files are not looked at.
Source: files of GT3X+ and Link monitors written by ActiLife 6.13; traps from real files.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec

from backend.formats.actigraph_header import Header, Lines, header_of, moment_of
from backend.formats.imported import Draft, FileWarning, ImportedFile
from backend.impacts.histogram import InvalidSample, Sample, measure
from backend.records.base import Source
from backend.records.workout_session import WorkoutSession

SYSTEM = "actigraph"
PLACEMENTS = ("hip", "lower_back", "wrist", "ankle", "other")
LONGEST_S = 12 * 3600.0  # one session, not a week of wear
MOST_SAMPLES = 4_320_000  # twelve hours at 100 Hz; about 35 µs each
STILL_S = 1.0  # zeros on all axes for this long: the monitor slept
CLOCK_SLACK_S = 0.001  # timestamps are cut to milliseconds
_STAMP = re.compile(
    rb"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})[T ](\d{1,2}:\d\d:\d\d)(\.\d{1,9})?$", re.ASCII
)


class Worn(msgspec.Struct, frozen=True, kw_only=True):
    """What the file does not tell: where the monitor was, what was done, in which zone.

    Without ``body_mass_kg`` the impacts are stored and no force is computed from them.
    """

    placement: str
    activity: str = "unknown"
    zone: ZoneInfo | None = None
    body_mass_kg: float | None = None


class Recording:
    """A file while it is read: ``samples`` go by once, ``count`` and ``asleep`` grow with them."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.lines = Lines(pieces)
        self._rows = self.lines.read()
        self.header: Header = header_of(self._rows, self.lines)
        self.started_at: datetime = self.header.started_at
        self.count = 0
        self.asleep = 0

    def samples(self) -> Iterator[Sample]:
        """Yield x, y, z in g, without the stretches in which the monitor slept.

        ActiLife fills those with zeros. Leaving them out makes a step between two postures, which
        stays below any peak that counts.
        """
        still, least = 0, round(STILL_S * self.header.sampling_hz)
        for sample in self._all():
            if sample == (0.0, 0.0, 0.0):
                still += 1
                continue
            if still < least:  # a fall for an instant, not sleep
                yield from [(0.0, 0.0, 0.0)] * still
            else:
                self.asleep += still
            still = 0
            yield sample
        self.asleep += still

    def _all(self) -> Iterator[Sample]:
        header, clock = self.header, _Clock(self)
        x, y, z = header.axes
        most = min(MOST_SAMPLES, int(LONGEST_S * header.sampling_hz))
        ended = False
        for row in self._raw():
            if not row.strip(b", "):
                ended = True
                continue
            fields = row.split(b",")
            if ended or len(fields) != header.width or b"_" in row:
                self.lines.refuse(_why_odd(fields, header.width, ended=ended))
            try:
                sample = float(fields[x]), float(fields[y]), float(fields[z])
            except ValueError:
                self.lines.refuse("an acceleration is not a number with a decimal point")
            if header.time is not None:
                clock.check(fields[header.time], self.count)
            self.count += 1
            if self.count > most:
                self.lines.refuse(
                    f"the recording is longer than 12 hours or {MOST_SAMPLES} samples; export one session"
                )
            yield sample

    def _raw(self) -> Iterator[bytes]:
        if self.header.first_row is not None:
            yield self.header.first_row
        yield from self._rows


class _Clock:
    """Whether each sample has the time that the sampling rate promises."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._step = 1 / recording.header.sampling_hz

    def check(self, stamp: bytes, number: int) -> None:
        """Refuse a time that is missing, repeated or late; the first one starts the recording."""
        moment = self._moment(stamp)
        if number == 0:
            self._recording.started_at = moment
        late_s = (moment - self._recording.started_at).total_seconds() - number * self._step
        if abs(late_s) > self._step / 2 + CLOCK_SLACK_S:
            self._recording.lines.refuse(
                "its time does not follow from the sampling rate; samples are missing or the "
                "times were rounded"
            )

    def _moment(self, stamp: bytes) -> datetime:
        found = _STAMP.match(stamp)
        if found is None:
            self._recording.lines.refuse("its time is not one that ActiLife writes")
        *day, clock, fraction = (part.decode() if part else "" for part in found.groups())
        order = "yMd" if len(day[0]) == 4 else self._recording.header.order
        moment = moment_of(day, clock, order)
        if moment is None:
            self._recording.lines.refuse("its time does not exist")
        return moment + timedelta(seconds=float(fraction or 0))


def read_actigraph(pieces: Iterable[bytes], *, worn: Worn) -> ImportedFile:
    """Return one ``workout_session`` draft with the impacts of a raw recording.

    Args:
        pieces: the file's bytes in order, in pieces of any size; memory does not grow with them.
        worn: what only the wearer knows.
    Returns:
        A draft with ``source.external_id`` ``serial-start``, so the same recording exported
        twice is the same record. Without a zone the wall clock is taken as UTC and
        ``time_quality`` is ``local_only``. Time asleep lowers the coverage.
    Raises:
        UnreadableFile: not ActiGraph's raw CSV, epochs, a damaged, cut or overlong file, gaps
            in its times; ``pointer`` is the line.
        SamplingTooSlow, InvalidSample, NotInG: from ``backend.impacts.histogram.measure``.
    """
    recording = Recording(pieces)
    hz = recording.header.sampling_hz
    try:
        # How long it was is known only afterwards, and with it how much of it was measured.
        impacts = measure(
            recording.samples(), sampling_hz=hz, placement=worn.placement, session_s=LONGEST_S
        )
    except InvalidSample as error:
        raise InvalidSample(pointer=str(recording.lines.number)) from error
    measured = recording.count - recording.asleep
    if measured <= 0:
        recording.lines.refuse("the file holds no sample, or the monitor slept all the time")
    impacts = msgspec.structs.replace(impacts, coverage=measured / recording.count)
    elapsed_s = recording.count / hz
    started_at = _placed(recording.started_at, worn.zone)
    offset = started_at.utcoffset() or timedelta()
    external_id = f"{recording.header.serial}-{recording.started_at:%Y%m%dT%H%M%S}"
    body = WorkoutSession(
        source=Source(
            system=SYSTEM, device=recording.header.device, external_id=external_id, version=1,
            method="sensed", format="actigraph_csv", file_sha256=recording.lines.sha256,
        ),
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=elapsed_s),
        utc_offset_min=round(offset.total_seconds() / 60),
        local_date=started_at.date(),
        zone=worn.zone.key if worn.zone else None,
        time_quality=None if worn.zone else "local_only",
        activity=worn.activity,
        elapsed_s=elapsed_s,
        body_mass_kg=worn.body_mass_kg,
        impacts=impacts,
    )  # fmt: skip
    draft = Draft("workout_session", SYSTEM, external_id, started_at, msgspec.json.encode(body))
    return ImportedFile(SYSTEM, recording.lines.sha256, (draft,), tuple(_warnings(recording, worn)))


def _placed(wall: datetime, zone: ZoneInfo | None) -> datetime:
    """Return a wall clock as an instant with a fixed offset, UTC without a zone."""
    offset = wall.replace(tzinfo=zone).utcoffset() if zone else None
    return wall.replace(tzinfo=timezone(offset or timedelta()))


def _warnings(recording: Recording, worn: Worn) -> Iterator[FileWarning]:
    if worn.zone is None:
        yield FileWarning(
            "format.time_local_only", "1",
            "The file does not tell the zone; its wall clock is used.",
        )  # fmt: skip
    if recording.lines.open_end:
        yield FileWarning(
            "format.last_line_open", str(recording.lines.number),
            "The last line has no end; if the file was cut, what followed is missing.",
        )  # fmt: skip
    if recording.asleep:
        yield FileWarning(
            "format.monitor_slept", "1",
            "The monitor slept for a part of the recording, which counts as not measured.",
        )  # fmt: skip
    if worn.body_mass_kg is None:
        yield FileWarning(
            "format.body_mass_missing", "1",
            "Without a body mass no force is computed from the impacts.",
        )  # fmt: skip


def _why_odd(fields: list[bytes], width: int, *, ended: bool) -> str:
    if ended:
        return "it follows an empty line"
    if len(fields) in (width * 2, width * 2 - 1) or any(b";" in field for field in fields):
        return "its numbers have decimal commas; export with a decimal point and commas between"
    return f"it should have {width} columns"
