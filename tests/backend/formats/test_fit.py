"""FIT: the figures of real files, and refusal of hostile ones."""

import struct
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from backend.errors import CoreError
from backend.formats import FileTooLarge, UnreadableFile, read_fit, sniff
from backend.formats.fit_frames import RECORD, SET, crc16, split
from backend.formats.imported import LARGEST_FILE
from tests.backend.formats.shared import codes, files, needs_shared, sessions, sets, shared

STRENGTH = "fit/strength-76-sets.fit"
# file: activity, source, start UTC, elapsed, timer, distance, avg HR, max HR, kcal, offset, records
SINGLE = {
    STRENGTH: (
        "resistance_unspecified", "training/strength_training", "2025-09-23T10:08:29Z",
        2404.937, 2404.937, 0.0, 111, 158, 305, 180, 1322),
    "fit/venu3-yoga-1-set.fit": (
        "yoga", "training/yoga", "2026-01-17T08:10:42Z", 778.918, 778.918, None, 102, 118, 114,
        None, 779),
    "fit/suunto-strength-no-sets.fit": (
        "resistance_unspecified", "training/strength_training", "2026-01-22T11:36:43Z",
        4803.57, 4803.666, None, 94, 141, 358, 120, 4803),
    "fit/jumps-mtb.fit": (
        "cycling", "cycling/mountain", "2026-01-14T13:16:37Z", 7250.023, 7250.023, 11137.97,
        122, 172, 853, 120, 7251),
    "fit/garmin-fenix-5-run.fit": (
        "running", "running", "2017-06-11T14:34:09Z", 56.887, 56.887, 157.56, 90, 112, 5, -420,
        21),
    "fit/garmin-fenix-5-walk.fit": (
        "walking", "walking", "2017-06-11T14:32:51Z", 45.379, 45.379, 67.85, 75, 82, 4, -420, 17),
    "fit/stryd-run-developer-fields.fit": (
        "running", "running", "2017-01-17T17:06:47Z", 3424.0, 3424.0, 6753.99, None, None, 0,
        None, 3424),
    "fit/coros-pace-2-cycling-misaligned-fields.fit": (
        "cycling", "cycling", "2020-10-25T11:10:19Z", 12719.0, 11287.0, 32145.76, None, 168, 1636,
        None, 11272),
}  # fmt: skip


@needs_shared
class TestRealFiles:
    @pytest.mark.parametrize("path", SINGLE)
    def test_give_one_session_with_the_figures_of_the_watch(self, path: str) -> None:
        (activity, source, start, elapsed, timer, distance, avg, most, kcal, offset, records) = (
            SINGLE[path]
        )
        imported = read_fit(shared(path))
        (session,) = sessions(imported)

        assert (session.activity, session.activity_source) == (activity, source)
        assert session.started_at == datetime.fromisoformat(start)
        assert (session.elapsed_s, session.timer_s) == (elapsed, timer)
        assert session.ended_at - session.started_at == timedelta(seconds=elapsed)
        assert (session.distance_m, session.energy_kcal) == (distance, kcal)
        assert (session.hr_avg, session.hr_max) == (avg, most)
        assert session.utc_offset_min == (offset or 0)
        assert session.time_quality == (None if offset else "utc")
        assert ("utc_offset_unknown" in codes(imported)) is (offset is None)
        assert sum(part.counts.get(RECORD, 0) for part in split(shared(path))) == records

    def test_keep_38_active_sets_and_their_38_rests(self) -> None:
        (session,) = sessions(read_fit(shared(STRENGTH)))
        done = sets(session)

        assert len(done) == 38
        assert sum(one.rest_after_s is not None for one in done) == 38
        assert sum(one.reps or 0 for one in done) == 279
        assert sum(one.load_kg is not None for one in done) == 14
        assert max(one.load_kg or 0 for one in done) == 14.0
        assert sum((one.reps or 0) * (one.load_kg or 0) for one in done) == 572.0
        assert sum(one.duration_s or 0 for one in done) == pytest.approx(1264.306)
        assert [one.uid for one in done] == [f"s{index}" for index in range(0, 76, 2)]
        assert session.local_date.isoformat() == "2025-09-23"

    def test_name_exercises_only_as_the_guess_of_the_device(self) -> None:
        (session,) = sessions(read_fit(shared(STRENGTH)))

        for exercise in session.exercises:
            assert exercise.confidence == ("device_guess" if exercise.exercise else None)
        assert [e.exercise for e in session.exercises[:4]] == [None, "sit_up", None, "row"]
        assert [e.uid for e in session.exercises] == [
            f"e{index}" for index in range(len(session.exercises))
        ]

    def test_give_every_set_to_the_session_it_belongs_to(self) -> None:
        imported = read_fit(shared("fit/bike-then-strength-2-sessions.fit"))
        ride, lift = sessions(imported)
        done = sets(lift)
        weighted = [one for one in done if one.load_kg]

        assert (ride.activity, ride.elapsed_s, ride.timer_s) == ("cycling", 623.77, 600.436)
        assert ride.distance_m == 4331.59
        assert ride.exercises == ()
        assert lift.started_at == datetime(2025, 10, 20, 10, 21, 30, tzinfo=UTC)
        assert (lift.elapsed_s, lift.timer_s, lift.rpe) == (3946.006, 3868.636, 4.0)
        assert (len(done), sum(one.reps or 0 for one in done)) == (41, 376)
        assert sum((one.reps or 0) * (one.load_kg or 0) for one in done) == 7961.0
        assert (len(weighted), max(one.load_kg or 0 for one in weighted)) == (16, 136.0)
        assert (weighted[0].reps, weighted[0].load_kg) == (6, 76.0)
        assert weighted[0].started_at == datetime(2025, 10, 20, 10, 37, 30, tzinfo=UTC)
        assert {draft.external_id[-2:] for draft in imported.drafts} == {"-0", "-1"}

    def test_invent_no_repetitions_for_yoga(self) -> None:
        (session,) = sessions(read_fit(shared("fit/venu3-yoga-1-set.fit")))
        (only,) = sets(session)

        assert (only.reps, only.load_kg, only.duration_s) == (None, None, 778.918)
        assert session.exercises[0].exercise is None

    def test_keep_jumps_without_deriving_a_force(self) -> None:
        (session,) = sessions(read_fit(shared("fit/jumps-mtb.fit")))
        first = session.jumps[0]

        assert len(session.jumps) == 11
        assert sum(jump.hang_time_s or 0 for jump in session.jumps) == pytest.approx(4.96)
        assert first.at == datetime(2026, 1, 14, 13, 46, 45, tzinfo=UTC)
        assert (first.distance_m, first.hang_time_s, first.height_cm) == (2.0692, 0.36, None)
        assert first.score == pytest.approx(62.44, abs=0.005)

    def test_use_the_wall_clock_when_the_watch_only_counted(self) -> None:
        imported = read_fit(shared("fit/compressed-speed-distance.fit"))
        (session,) = sessions(imported)

        assert session.time_quality == "local_only"
        assert session.started_at == datetime(2012, 2, 13, 11, 16, 16, tzinfo=UTC)
        assert (session.distance_m, session.elapsed_s, session.timer_s) == (
            10248.67, 3883.273, 3772.75,
        )  # fmt: skip
        assert (session.hr_avg, session.hr_max, session.energy_kcal) == (170, 190, 708)
        assert codes(imported) == ["time_local_only"]

    def test_name_the_byte_where_a_damaged_file_breaks(self) -> None:
        with pytest.raises(UnreadableFile, match="byte 7471") as refusal:
            read_fit(shared("fit/strava-android-run-broken.fit"))
        assert refusal.value.pointer == "7471"

    @pytest.mark.parametrize("path", SINGLE)
    def test_keep_no_position_and_nothing_about_the_wearer(self, path: str) -> None:
        (draft,) = read_fit(shared(path)).drafts
        body = draft.body.decode()

        assert not any(word in body for word in ("position", "_lat", "_long", 'weight"', "birth"))

    @pytest.mark.parametrize("path", SINGLE)
    def test_are_the_same_record_when_read_again(self, path: str) -> None:
        assert read_fit(shared(path)) == read_fit(shared(path))

    def test_are_read_one_after_the_other_when_chained(self) -> None:
        run, walk = "fit/garmin-fenix-5-run.fit", "fit/garmin-fenix-5-walk.fit"
        chained = read_fit(shared(run) + shared(walk))

        assert [session.activity for session in sessions(chained)] == ["running", "walking"]
        twice = read_fit(shared(run) + shared(run))
        assert len(twice.drafts) == 1
        assert "duplicate_session" in codes(twice)

    @pytest.mark.parametrize("path", [*SINGLE, "fit/compressed-speed-distance.fit"])
    def test_are_refused_when_cut_anywhere(self, path: str) -> None:
        data = shared(path)
        for part in range(50):
            with pytest.raises(CoreError):
                read_fit(data[: len(data) * part // 50])

    def test_are_refused_when_any_bit_flips(self) -> None:
        data = shared("fit/garmin-fenix-5-walk.fit")
        for position in range(12, len(data), 37):
            damaged = bytearray(data)
            damaged[position] ^= 0x10
            with pytest.raises(CoreError):
                read_fit(bytes(damaged))


@needs_shared
class TestHostileFiles:
    @pytest.mark.parametrize("path", files("hostile/fit", "*.fit"))
    def test_are_refused_with_a_place(self, path: str) -> None:
        with pytest.raises(UnreadableFile) as refusal:
            read_fit(shared(path))

        assert refusal.value.code == "format.unreadable"
        assert refusal.value.pointer.isdigit()

    def test_are_stopped_by_the_number_of_chained_files(self) -> None:
        with pytest.raises(UnreadableFile, match="more than 16"):
            read_fit(shared("hostile/fit/chained-200-segments.fit"))

    def test_are_stopped_by_the_number_of_messages(self) -> None:
        with pytest.raises(UnreadableFile, match="more than 200000 messages"):
            read_fit(shared("hostile/fit/zero-field-record-flood.fit"))


class TestReadFit:
    def test_refuses_more_than_25_mb_before_looking(self) -> None:
        with pytest.raises(FileTooLarge) as refusal:
            read_fit(bytes(LARGEST_FILE + 1))
        assert refusal.value.code == "format.too_large"

    def test_refuses_a_header_that_promises_more_than_there_is(self) -> None:
        header = struct.pack("<BBHI4s", 12, 0x10, 0, 2**32 - 1, b".FIT")
        assert sniff(header) == "fit"
        with pytest.raises(UnreadableFile, match="ends early"):
            read_fit(header)

    def test_refuses_to_decode_more_than_a_workout_could_need(self) -> None:
        definition = struct.pack("<BBBHB", 0x40, 0, 0, SET, 255) + bytes((0, 255, 13)) * 255
        body = definition + (b"\x00" + bytes(255 * 255)) * 20
        whole = struct.pack("<BBHI4s", 12, 0x10, 0, len(body), b".FIT") + body
        with pytest.raises(UnreadableFile, match="larger than any workout needs"):
            read_fit(whole + crc16(whole).to_bytes(2, "little"))

    def test_says_nothing_of_what_the_file_holds(self) -> None:
        with pytest.raises(UnreadableFile) as refusal:
            read_fit(b"patient name 41 ng/mL" * 10)
        assert "patient" not in refusal.value.detail
        assert msgspec.json.encode(refusal.value.detail)
