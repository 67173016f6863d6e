"""What the writer writes, the reader reads; and nothing wilder."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import fitdecode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import CoreError
from backend.formats import UnreadableFile, read, read_fit, sniff
from backend.formats.fit_frames import crc16
from backend.formats.fit_writer import WrittenSet, WrittenWorkout, write_strength
from backend.simulate import sample_fit
from tests.backend.formats.shared import OURS, sessions, sets

START = datetime(2026, 3, 2, 18, 30, tzinfo=timezone(timedelta(hours=1)))
SAMPLE = sample_fit(START)

written_sets = st.lists(
    st.one_of(
        st.builds(
            WrittenSet,
            duration_s=st.integers(1, 600).map(float),
            category=st.sampled_from([None, 0, 8, 17, 28]),
            repetitions=st.integers(1, 50),
            load_kg=st.one_of(st.none(), st.integers(1, 3200).map(lambda n: n / 16)),
        ),
        st.builds(WrittenSet, duration_s=st.integers(1, 600).map(float), rest=st.just(True)),
    ),
    min_size=1,
    max_size=30,
)


def one_set(**changes: Any) -> WrittenSet:
    return WrittenSet(duration_s=changes.pop("duration_s", 30.0), category=28, **changes)


class TestWriteStrength:
    @settings(deadline=None)
    @given(done=written_sets, quarter_hours=st.integers(-48, 56).filter(bool))
    def test_is_read_back_as_written(self, done: list[WrittenSet], quarter_hours: int) -> None:
        zone = timezone(timedelta(minutes=15 * quarter_hours))
        start = datetime(2026, 3, 2, 18, 30, tzinfo=zone)
        data = write_strength(WrittenWorkout(started_at=start, sets=tuple(done), rpe=7))
        (session,) = sessions(read_fit(data))
        active = [one for one in done if not one.rest]

        assert session.started_at == start
        assert session.utc_offset_min == 15 * quarter_hours
        assert session.local_date == start.date()
        assert session.elapsed_s == sum(one.duration_s for one in done)
        assert session.rpe == 7.0
        assert [(one.reps, one.load_kg, one.duration_s) for one in sets(session)] == [
            (one.repetitions, one.load_kg, one.duration_s) for one in active
        ]
        assert len({one.uid for one in sets(session)}) == len(active)

    def test_is_accepted_by_a_strict_decoder(self) -> None:
        with fitdecode.FitReader(
            SAMPLE,
            check_crc=fitdecode.CrcCheck.RAISE,
            error_handling=fitdecode.ErrorHandling.RAISE,
        ) as reader:
            names = [f.name for f in reader if f.frame_type == fitdecode.FIT_FRAME_DATA]
        assert names[0] == "file_id"
        assert names[-2:] == ["session", "activity"]
        assert names.count("set") == 21

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"repetitions": 1001}, "repetitions"),
            ({"load_kg": 700.5}, "weight"),
            ({"duration_s": 86_401.0}, "duration|elapsed"),
        ],
    )
    def test_can_not_smuggle_in_what_no_workout_has(
        self, changes: dict[str, float], reason: str
    ) -> None:
        data = write_strength(WrittenWorkout(started_at=START, sets=(one_set(**changes),)))
        with pytest.raises(UnreadableFile, match=reason):
            read_fit(data)

    def test_can_not_fill_a_session_without_end(self) -> None:
        data = write_strength(WrittenWorkout(started_at=START, sets=(one_set(),) * 2001))
        with pytest.raises(UnreadableFile, match="more than 2000 sets"):
            read_fit(data)

    def test_treats_zero_as_not_entered_and_keeps_a_single_repetition(self) -> None:
        blank = one_set(repetitions=0, load_kg=0.0)
        single = one_set(repetitions=1, load_kg=100.0)
        data = write_strength(WrittenWorkout(started_at=START, sets=(blank, single)))
        (session,) = sessions(read_fit(data))

        assert [(one.reps, one.load_kg) for one in sets(session)] == [(None, None), (1, 100.0)]

    def test_has_an_unknown_offset_when_both_clocks_agree(self) -> None:
        start = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
        imported = read_fit(write_strength(WrittenWorkout(started_at=start, sets=(one_set(),))))

        assert sessions(imported)[0].time_quality == "utc"
        assert imported.warnings[0].code == "format.utc_offset_unknown"

    def test_names_the_leg_press_that_fit_files_under_squats(self) -> None:
        (session,) = sessions(read_fit(SAMPLE))
        assert [exercise.exercise for exercise in session.exercises] == ["squat", "deadlift"]


class TestDamage:
    def test_of_any_length_is_refused(self) -> None:
        for end in range(0, len(SAMPLE), 7):
            with pytest.raises(CoreError):
                read_fit(SAMPLE[:end])

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def test_of_any_bytes_never_raises_anything_but_a_refusal(self, data: st.DataObject) -> None:
        damaged = bytearray(SAMPLE)
        for _ in range(data.draw(st.integers(1, 8))):
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        try:
            read(bytes(damaged))
        except CoreError:
            return
        assert sniff(bytes(damaged)) == "fit"

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def test_with_a_mended_checksum_never_raises_anything_but_a_refusal(
        self, data: st.DataObject
    ) -> None:
        damaged = bytearray(SAMPLE[:-2])
        for _ in range(data.draw(st.integers(1, 8))):
            damaged[data.draw(st.integers(14, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        try:
            read_fit(bytes(damaged) + crc16(bytes(damaged)).to_bytes(2, "little"))
        except CoreError:
            return

    @settings(deadline=None)
    @given(st.binary(max_size=400))
    def test_that_was_never_a_file_is_refused(self, noise: bytes) -> None:
        with pytest.raises(CoreError):
            read(b"\x0e\x20\x7b\x08" + len(noise).to_bytes(4, "little") + b".FIT" + noise)


class TestOurSample:
    def test_is_what_the_generator_makes(self) -> None:
        assert (OURS / "strength.fit").read_bytes() == SAMPLE
