"""Raw accelerometry of ActiGraph: the figures of real files, made-up ones, and refusals."""

import math
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.errors import CoreError
from backend.formats import (
    ImportedFile,
    PlacementMissing,
    UnreadableFile,
    Worn,
    actigraph,
    read,
    read_actigraph,
    sniff,
)
from backend.formats.actigraph import Recording
from backend.formats.actigraph_header import pieces_of
from backend.impacts.histogram import InvalidSample, NotInG, SamplingTooSlow
from backend.loading.rate import rate_session
from backend.records import REGISTRY
from backend.records.reading import validate
from backend.records.workout_session import WorkoutSession
from tests.backend.build import uid
from tests.backend.formats.shared import codes, needs_shared, sessions, shared

HIP = Worn(placement="hip", activity="running", zone=ZoneInfo("Europe/Berlin"), body_mass_kg=70)
HZ = 100
COLUMNS = "Accelerometer X,Accelerometer Y,Accelerometer Z"


def head(
    *, hz: str = " at 100 Hz", dates: str = " date format dd/MM/yyyy", day: str = "06/04/2021",
    clock: str = "15:43:00", epoch: str = "00:00:00", title: str = "Data File",
    columns: str | None = COLUMNS,
) -> list[str]:  # fmt: skip
    rows = [
        f"------------ {title} Created By ActiGraph GT3X+ ActiLife v6.13.4 Firmware v1.7.2"
        f"{dates}{hz}  Filter Normal -----------",
        "Serial Number: MADE00000001",
        f"Start Time {clock}",
        f"Start Date {day}",
        f"Epoch Period (hh:mm:ss) {epoch}",
        "Download Time 15:59:38",
        f"Download Date {day}",
        "Current Memory Address: 0",
        "Current Battery Voltage: 4.13     Mode = 12",
        "--------------------------------------------------",
    ]
    return [*rows, columns] if columns is not None else rows


def landings(count: int = 10, peak_g: float = 6.1) -> list[str]:
    """Standing with a landing each second: half a sine of 0.12 s on the vertical axis."""
    step = [math.sin(math.pi * n / 12) if n <= 12 else 0.0 for n in range(HZ)]
    still = ["0.0,-1.0,0.0"] * HZ
    return still + [f"0.0,{-1 - (peak_g - 1) * up:.3f},0.0" for up in step] * count + still


def made(rows: list[str], *, end: str = "\r\n", **change: Any) -> bytes:
    return "".join(row + end for row in [*head(**change), *rows]).encode()


def timed(rows: list[str], start: datetime, form: str, *, step_ms: float = 10) -> list[str]:
    return [
        f"{(start + timedelta(milliseconds=n * step_ms)).strftime(form)},{row}"
        for n, row in enumerate(rows)
    ]


def imported(data: bytes, worn: Worn = HIP) -> ImportedFile:
    return read_actigraph(pieces_of(data), worn=worn)


def session(data: bytes, worn: Worn = HIP) -> WorkoutSession:
    (one,) = sessions(imported(data, worn))
    return one


def peaks(body: WorkoutSession) -> float:
    assert body.impacts is not None
    return sum(one.count for one in body.impacts.bins)


class TestAFile:
    def test_becomes_a_session_with_its_impacts(self) -> None:
        body = session(made(landings()))
        assert body.impacts is not None
        assert body.source is not None
        assert (body.activity, body.zone, body.body_mass_kg) == ("running", "Europe/Berlin", 70)
        assert body.started_at == datetime(2021, 4, 6, 15, 43, tzinfo=timezone(timedelta(hours=2)))
        assert (body.ended_at - body.started_at, body.elapsed_s) == (timedelta(seconds=12), 12.0)
        assert (body.utc_offset_min, body.local_date) == (120, date(2021, 4, 6))
        assert body.time_quality is None
        assert (body.source.device, body.source.method) == ("ActiGraph GT3X+", "sensed")
        assert body.source.external_id == "MADE00000001-20210406T154300"
        assert (body.impacts.placement, body.impacts.coverage) == ("hip", 1.0)
        assert peaks(body) == 10

    def test_is_a_body_that_the_feed_takes_and_rates_as_measured(self) -> None:
        (draft,) = imported(made(landings())).drafts
        validate(REGISTRY[draft.type], draft.body)
        assert rate_session(uid(1), session(made(landings()))).tier == "A"

    def test_is_told_by_its_content(self) -> None:
        data = made(landings())
        assert sniff(data) == "actigraph"
        assert read(data, worn=HIP) == imported(data)

    def test_needs_to_be_told_where_it_was_worn(self) -> None:
        with pytest.raises(PlacementMissing):
            read(made(landings()))

    def test_without_a_zone_keeps_its_wall_clock(self) -> None:
        file = imported(made(landings()), Worn(placement="wrist"))
        (body,) = sessions(file)
        assert (body.started_at, body.time_quality) == (
            datetime(2021, 4, 6, 15, 43, tzinfo=UTC), "local_only",
        )  # fmt: skip
        assert codes(file) == ["time_local_only", "body_mass_missing"]

    @pytest.mark.parametrize(
        ("dates", "day"),
        [
            ("dd/MM/yyyy", "06/04/2021"),
            ("dd/MM/yyyy", "06-04-2021"),
            ("dd-MM-yyyy", "06-04-2021"),
            ("M/d/yyyy", "4/6/2021"),
            ("d.M.yyyy", "6.4.2021"),
            ("yyyy-MM-dd", "2021-04-06"),
        ],
    )
    def test_writes_dates_as_it_says(self, dates: str, day: str) -> None:
        data = made(landings(), dates=f" date format {dates}", day=day)
        assert session(data).local_date == date(2021, 4, 6)

    def test_may_lack_the_names_of_its_columns(self) -> None:
        assert session(made(landings(), columns=None)).elapsed_s == 12.0

    def test_may_have_passed_through_a_spreadsheet(self) -> None:
        rows = [*(f"{row},,," for row in head()[:10]), COLUMNS, *landings(), ""]
        data = b"\xef\xbb\xbf" + "\n".join(rows).encode()
        assert peaks(session(data)) == 10

    @pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S.%f0", "%d/%m/%Y %H:%M:%S.%f"])
    def test_starts_with_its_first_timestamp(self, form: str) -> None:
        start = datetime(2021, 4, 6, 15, 45)  # noqa: DTZ001 (a wall clock)
        data = made(timed(landings(), start, form), columns=f"Timestamp,{COLUMNS}")
        body = session(data)
        assert (body.started_at.hour, body.started_at.minute) == (15, 45)
        assert (peaks(body), body.elapsed_s) == (10, 12.0)

    def test_finds_its_axes_among_those_of_an_imu(self) -> None:
        rows = [f"43.7,{row},9,9,9" for row in landings()]
        columns = f"Temperature,{COLUMNS},Gyroscope X,Gyroscope Y,Gyroscope Z"
        assert peaks(session(made(rows, columns=columns))) == 10

    def test_counts_sleep_as_not_measured(self) -> None:
        file = imported(made(["0,0,0"] * 400 + landings() + ["0,0,0"] * 400))
        (body,) = sessions(file)
        assert body.impacts is not None
        assert (body.impacts.coverage, body.elapsed_s) == (0.6, 20.0)
        assert (peaks(body), codes(file)) == (10, ["monitor_slept"])

    def test_takes_zeros_of_an_instant_for_a_fall(self) -> None:
        body = session(made([*landings(), *["0,0,0"] * 99, "0,-1,0"]))
        assert body.impacts is not None
        assert body.impacts.coverage == 1.0

    def test_says_when_its_last_line_has_no_end(self) -> None:
        file = imported(made(landings())[:-2])
        assert codes(file) == ["last_line_open"]

    def test_reads_the_same_in_pieces_of_any_size(self) -> None:
        data = made(landings(2))
        whole = read_actigraph([data], worn=HIP)
        for size in (1, 7, 1000):
            cut = (data[at : at + size] for at in range(0, len(data), size))
            assert read_actigraph(cut, worn=HIP) == whole

    def test_is_not_held_in_memory(self) -> None:
        def endless(count: int) -> Iterator[bytes]:
            yield made([])
            for _ in range(count):
                yield b"0.123,-1.000,0.123\r\n" * HZ

        peak = []
        for seconds in (60, 600):
            recording = Recording(endless(seconds))
            tracemalloc.start()
            assert sum(1 for _ in recording.samples()) == seconds * HZ
            peak.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peak[1] < peak[0] + 20_000


def changed(number: int, row: str) -> list[str]:
    rows = landings(2)
    rows[number] = row
    return rows


REFUSED = {
    "counts per epoch": (made(landings(), epoch="00:00:05"), "counts per epoch"),
    "a data table": (made(landings(), title="Data Table File", hz=""), "counts per epoch"),
    "no rate": (made(landings(), hz=""), "sampling rate"),
    "no date format": (made(landings(), dates=""), "how dates are written"),
    "a date format of two months": (
        made(landings(), dates=" date format MM/MM/yyyy"), "how dates are written"),
    "a day that does not exist": (made(landings(), day="31/02/2021"), "does not exist"),
    "a year of two digits": (made(landings(), day="06/04/21"), "does not exist|when the rec"),
    "an hour that does not exist": (made(landings(), clock="25:00:00"), "does not exist"),
    "no start": (made(landings(), clock="noon"), "when the recording started"),
    "no third axis": (
        made(landings(), columns="Accelerometer X,Accelerometer Y,Z"), "the columns"),
    "a head only": (made([]), "no sample"),
    "a head cut off": (made([])[:300], "ends within its head"),
    "a head without end": (made([])[:300] + b"\r\nmore" * 30 + b"\r\n", "does not end"),
    "sleep only": (made(["0,0,0"] * 500), "slept"),
    "two columns": (made(changed(50, "0,1")), "3 columns"),
    "a cut last line": (made([*landings(), "0.1,-1"])[:-2], "3 columns"),
    "decimal commas": (made(["0,1,-1,0,0,2"] * 100), "decimal commas"),
    "semicolons": (made(["0,1;-1,0;0,2"] * 100), "decimal commas"),
    "words": (made(changed(50, "0,up,1")), "not a number"),
    "digits in groups": (made(changed(50, "0,1_0,1")), "3 columns|not a number"),
    "a line in between": (made(changed(50, "")), "follows an empty line"),
    "an endless line": (made(landings()) + b"0" * 200_000, "longer than 1000"),
    "an endless first line": (b"- Data File Created By ActiGraph " * 9000, "no CSV file"),
}  # fmt: skip


class TestARefusal:
    @pytest.mark.parametrize("name", REFUSED)
    def test_tells_line_and_reason(self, name: str) -> None:
        data, reason = REFUSED[name]
        with pytest.raises(UnreadableFile, match=reason) as refusal:
            imported(data)
        assert int(refusal.value.pointer) >= 1

    def test_names_the_line(self) -> None:
        with pytest.raises(UnreadableFile) as refusal:
            imported(made(changed(50, "0,1")))
        assert refusal.value.pointer == str(11 + 51)

    @pytest.mark.parametrize("step_ms", [10.01, 20])
    def test_meets_times_that_do_not_follow_the_rate(self, step_ms: float) -> None:
        start = datetime(2021, 4, 6, 15, 43)  # noqa: DTZ001 (a wall clock)
        rows = timed(landings(), start, "%Y-%m-%dT%H:%M:%S.%f", step_ms=step_ms)
        with pytest.raises(UnreadableFile, match="does not follow"):
            imported(made(rows, columns=f"Timestamp,{COLUMNS}"))

    def test_meets_a_lost_sample(self) -> None:
        start = datetime(2021, 4, 6, 15, 43)  # noqa: DTZ001 (a wall clock)
        rows = timed(landings(), start, "%Y-%m-%dT%H:%M:%S.%f")
        with pytest.raises(UnreadableFile, match="samples are missing") as refusal:
            imported(made(rows[:70] + rows[71:], columns=f"Timestamp,{COLUMNS}"))
        assert refusal.value.pointer == str(11 + 71)

    def test_meets_a_slow_recording(self) -> None:
        with pytest.raises(SamplingTooSlow):
            imported(made(landings(), hz=" at 30 Hz"))

    def test_meets_another_unit(self) -> None:
        with pytest.raises(NotInG):
            imported(made(["0.0,-9.81,0.0"] * 500))

    @pytest.mark.parametrize("value", ["nan", "inf", "-1e9"])
    def test_meets_what_no_sensor_says_and_names_the_line(self, value: str) -> None:
        with pytest.raises(InvalidSample) as refusal:
            imported(made(changed(50, f"0,{value},1")))
        assert refusal.value.pointer == str(11 + 51)

    def test_meets_more_than_its_most_without_reading_on(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert actigraph.MOST_SAMPLES == 12 * 3600 * HZ
        monkeypatch.setattr(actigraph, "MOST_SAMPLES", 20_000)

        def endless() -> Iterator[bytes]:
            yield made([])
            while True:
                yield b"0,-1,0\r\n" * 8000

        recording = Recording(endless())
        with pytest.raises(UnreadableFile, match="12 hours"):
            for _ in recording.samples():
                pass
        assert recording.count == 20_001

    def test_comes_of_every_cut_within_the_head(self) -> None:
        data = made(landings(1))
        for end in range(data.index(b"0.0,")):
            with pytest.raises(CoreError):
                read(data[:end], worn=HIP)


@needs_shared
class TestRealFiles:
    def test_give_five_minutes_at_the_hip(self) -> None:
        body = session(shared("accelerometer/actigraph-hip-100hz-5min.csv"))
        assert body.impacts is not None
        assert body.source is not None
        assert (body.elapsed_s, body.local_date) == (300.0, date(2021, 4, 6))
        assert body.started_at.isoformat() == "2021-04-06T15:43:00+02:00"
        assert (body.impacts.sampling_hz, body.impacts.coverage) == (100.0, 1.0)
        # Nearer together than the publication takes peaks, so a few more than its 295.
        assert peaks(body) == 319
        assert max(one.lower_g for one in body.impacts.bins) == 3.5
        assert body.source.external_id == "TAS1F25160319-20210406T154300"

    def test_hold_the_samples_that_are_known_of_them(self) -> None:
        recording = Recording(pieces_of(shared("accelerometer/actigraph-hip-100hz-5min.csv")))
        sizes = [math.hypot(*sample) for sample in recording.samples()]
        assert len(sizes) == 30_000
        assert round(sum(sizes) / len(sizes), 4) == 1.0596
        assert round(max(sizes), 4) == 4.8357

    @pytest.mark.parametrize("name", ["with-timestamps", "date-separator"])
    def test_give_a_second_of_an_imu(self, name: str) -> None:
        file = imported(shared(f"accelerometer/actigraph-imu-{name}.csv"))
        (body,) = sessions(file)
        assert body.source is not None
        assert body.source.device == "ActiGraph Link IMU 9DOF Sensor"
        assert body.started_at.isoformat() == "2017-12-09T15:00:00+01:00"
        assert (body.elapsed_s, peaks(body)) == (1.0, 0)
        assert codes(file) == ["last_line_open"]

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("actigraph-epoch-not-raw.csv", "counts per epoch"),
            ("actigraph-without-header.csv", "head lines of ActiGraph are gone"),
            ("not-actigraph.csv", "GENEActiv"),
            ("ax3_sample.cwa", "Axivity"),
            ("gnactv_sample.bin", "GENEActiv"),
        ],
    )
    def test_of_others_are_refused_with_the_reason(self, name: str, reason: str) -> None:
        data = shared(f"accelerometer/{name}")
        with pytest.raises(UnreadableFile, match=reason):
            read(data, worn=HIP)
        with pytest.raises(UnreadableFile, match=reason):
            imported(data)
