"""Ids made on the phone."""

from uuid import RFC_4122, UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from phone import record_id, uuid7

ATHLETE = UUID("2c7b1a3e-93a0-4b8e-8f6d-1f2e3d4c5b6a")


class TestUuid7:
    @given(st.integers(min_value=0, max_value=2**48 - 1))
    def test_carries_its_time_and_says_what_it_is(self, now_ms: int) -> None:
        made = uuid7(now_ms)

        assert (made.version, made.variant, made.int >> 80) == (7, RFC_4122, now_ms)

    def test_is_another_one_each_time(self) -> None:
        assert len({uuid7(1) for _ in range(1000)}) == 1000


class TestRecordId:
    def test_is_the_same_on_every_phone(self) -> None:
        assert record_id(ATHLETE, "workout_session", "healthkit", "A1") == uuid5(
            ATHLETE, "workout_session\x1fhealthkit\x1fA1"
        )
        assert (
            str(record_id(ATHLETE, "workout_session", "healthkit", "A1"))
            == "35d54038-abab-5e11-b451-3ba409b5a97e"
        )

    def test_keeps_neighbouring_parts_apart(self) -> None:
        assert record_id(ATHLETE, "t", "ab", "c") != record_id(ATHLETE, "t", "a", "bc")
