"""The reader of server-sent events: the format's own cases, cut anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phone.sse import Event, EventReader

# What the bytes hold: events, and the last advice about reconnecting.
CASES: list[tuple[bytes, list[Event], int | None]] = [
    (b"data: one\n\n", [Event("one")], None),
    (b"data:one\n\ndata: two\n\n", [Event("one"), Event("two")], None),
    (b"data:  spaced\n\n", [Event(" spaced")], None),
    (b"data: first\ndata: second\n\n", [Event("first\nsecond")], None),
    (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", [Event("a"), Event("b"), Event("c")], None),
    (b": ping\n\n: ping\n\ndata: x\n\n", [Event("x")], None),
    (b"retry: 1500\n\n", [], 1500),
    (b"retry: soon\n\nretry: -1\n\n", [], None),
    (b"event: other\ndata: x\n\ndata: y\n\n", [Event("x", "other"), Event("y")], None),
    (b"event: nothing\n\ndata: y\n\n", [Event("y")], None),
    (b"data\n\n", [Event("")], None),
    (b"id: 7\nunknown: z\ndata: x\n\n", [Event("x")], None),
    (b"\xef\xbb\xbfdata: x\n\n", [Event("x")], None),
    ("data: grün \u2028 ü\n\n".encode(), [Event("grün \u2028 ü")], None),
    (b"data: unfinished\n", [], None),
    (b"", [], None),
]


class TestEventReader:
    @pytest.mark.parametrize(("text", "events", "retry_ms"), CASES)
    def test_reads(self, text: bytes, events: list[Event], retry_ms: int | None) -> None:
        reader = EventReader()
        assert list(reader.feed(text)) == events
        assert reader.retry_ms == retry_ms

    @given(st.lists(st.sampled_from(CASES), max_size=6), st.data())
    def test_reads_the_same_however_it_is_cut(
        self, cases: list[tuple[bytes, list[Event], int | None]], data: st.DataObject
    ) -> None:
        text = b"".join(case[0] for case in cases)
        cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
        whole, cut = EventReader(), EventReader()
        expected = list(whole.feed(text))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        assert [event for piece in pieces for event in cut.feed(piece)] == expected
        assert cut.retry_ms == whole.retry_ms

    @given(st.lists(st.binary(max_size=40), max_size=20))
    def test_survives_anything(self, pieces: list[bytes]) -> None:
        reader = EventReader()
        for piece in pieces:
            for event in reader.feed(piece):
                assert isinstance(event, Event)

    def test_tells_an_event_with_its_last_byte(self) -> None:
        reader = EventReader()
        assert list(reader.feed(b"data: x\r\n")) == []
        assert list(reader.feed(b"\r")) == [Event("x")]
        assert list(reader.feed(b"\ndata: y\r\n\r\n")) == [Event("y")]
